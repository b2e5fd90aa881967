"""Decides on a message by writing a row in the caller's transaction. delivery.dispatch sends it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import pghistory
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from delivery import rules
from delivery.dispatch.claims import call_off_rows
from delivery.models import ChannelAccount, OutboxMessage, SendingSwitch, SignInLink
from guardians.models import Adult, ContactPoint
from guardians.queries import sign_in_points
from schools.models import School

NO_LONGER, BEFORE_START = KEPT_BACK = ("no_longer_due", "before_start")  # causes of delivery.texts
ADULTS_PER_PHONE = 3  # a grandparents' phone serves two; more is a mistake in the roster


def queue_message(
    *,
    kind: str,
    school: School,
    dedupe_key: str,
    due_at: datetime,
    expires_at: datetime,
    adult: Adult | None = None,
    user: User | None = None,
    about_id: int | None = None,
    contact_point: ContactPoint | None = None,
    payload: dict | None = None,
) -> bool:
    """Write an outbox row. Return False, and change nothing, if one with this `dedupe_key` exists.

    A concern's `payload` is {"path": "/concerns/7/"}, with "words" unless it uses the usual sentence. A
    message to staff names its "student" (or "students"): it is not sent to anybody to whom that file is
    closed by then.
    """
    row = OutboxMessage(
        kind=kind,
        school=school,
        dedupe_key=dedupe_key,
        due_at=due_at,
        expires_at=expires_at,
        adult=adult,
        user=user,
        about_id=about_id,
        contact_point=contact_point,
        payload=payload or {},
    )
    had = OutboxMessage.objects.filter(dedupe_key=dedupe_key).exists()
    OutboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    return not had


def queue_messages(rows: Sequence[OutboxMessage]) -> None:
    """Write many rows as `queue_message` writes one: a row whose `dedupe_key` exists changes nothing.

    A notice's `payload` is {"words": …, "path": …, "students": [keys]}, with `day` (ISO) if the words name a
    day. When it is sent, the adult must still be allowed to see the file of one of these children.
    """
    OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)


def room_notice(
    *,
    about: str,
    about_id: int,
    key: str,
    school_id: int,
    adult_id: int,
    words: str,
    path: str,
    due_at: datetime,
    expires_at: datetime,
    student_id: int | None = None,
    which: str = "",
    is_awaited: bool = False,
) -> OutboxMessage:
    """Return an unsaved notice of a package, for `queue_notices`.

    `about` names the package's class in `MESSAGE_KINDS`, which is asked before sending whether the notice
    still applies; `about_id` is the row that it is about, `which` says more (delivery.kinds.Asked). `words`
    is one English sentence marked with `gettext_noop`: it is translated when it is sent, in the adult's
    language at that time. It names no child and nothing that could shame or frighten on a lock screen. `path`
    is the family page behind it, under /f/. `key` contains everything that makes the message the same one,
    including the local date if it may come again ("call:17:day-before"). With `student_id`, the adult must
    still be this child's when it is sent. `is_awaited`: somebody is waiting for it right now, and no daily
    cap holds it back.
    """
    payload: dict[str, object] = {"words": words, "path": path, "about": about}
    if which:
        payload["which"] = which
    if is_awaited:
        payload["awaited"] = True
    if student_id is not None:
        payload["student"] = student_id
    return OutboxMessage(
        kind=OutboxMessage.Kind.NOTICE,
        school_id=school_id,
        dedupe_key=f"notice:{key}",
        adult_id=adult_id,
        about_id=about_id,
        due_at=due_at,
        expires_at=expires_at,
        payload=payload,
    )


@transaction.atomic
def queue_notices(
    rows: Sequence[OutboxMessage], unless_sent: Mapping[str, str] | None = None
) -> int:
    """Queue notices of a package (`room_notice`), each key once, and return how many are new.

    Of two notices with the same key, the first is queued. `unless_sent` gives, for the key of a notice, that
    of an earlier one in whose place it comes: it is queued only if that one expired or never was.

    A notice that was held back because it no longer applied, or because the school had not begun, and is
    decided on again (a call that was cancelled by mistake, a reminder whose time is still ahead) becomes due
    again, as nobody ever tried to send it. The same holds for a notice that a worker holds and has not begun
    to send: the worker may just have read that it does not apply. It then finds that the row is no longer its
    own.
    """
    by_key: dict[str, OutboxMessage] = {}
    for row in rows:
        by_key.setdefault(row.dedupe_key, row)
    State, earlier = OutboxMessage.State, unless_sent or {}
    known = OutboxMessage.objects.filter(dedupe_key__in=[*by_key, *earlier.values()])
    states = dict(known.values_list("dedupe_key", "state"))
    for key, before in earlier.items():
        if states.get(before, State.EXPIRED) != State.EXPIRED:
            by_key.pop(key, None)
    queue_messages([row for key, row in by_key.items() if key not in states])
    kept_back = Q(state=State.SUPPRESSED, cause__in=KEPT_BACK) | Q(state=State.CLAIMED)
    for key, row in by_key.items():
        if states.get(key) in (State.SUPPRESSED, State.CLAIMED):
            OutboxMessage.objects.filter(
                kept_back, dedupe_key=key, attempt_count=0, sending_at=None
            ).update(
                state=State.DUE,
                cause="",
                finished_at=None,
                lease_owner=None,
                lease_until=None,
                about_id=row.about_id,
                payload=row.payload,
                due_at=row.due_at,
                expires_at=row.expires_at,
            )
    return len(by_key.keys() - states.keys())


def call_off_notices(*, about: str, about_id: int, at: datetime) -> None:
    """Hold back the notices about a row that nobody has tried to send, in the transaction that takes the row
    back.

    A new row may then use the same key ("one message a day", `queue_notices`).
    """
    State = OutboxMessage.State
    OutboxMessage.objects.filter(
        kind=OutboxMessage.Kind.NOTICE,
        about_id=about_id,
        payload__about=about,
        state__in=[State.DUE, State.CLAIMED],
        attempt_count=0,
        sending_at=None,
    ).update(
        state=State.SUPPRESSED,
        cause=NO_LONGER,
        finished_at=at,
        lease_owner=None,
        lease_until=None,
    )


def call_off(*, dedupe_keys: Collection[str], cause: str, at: datetime) -> None:
    """Cancel messages (dispatch.claims.call_off_rows)."""
    call_off_rows(OutboxMessage.objects.filter(dedupe_key__in=dedupe_keys), cause, at)


def drop_unsent(*, school: School, at: datetime) -> int:
    """Drop what is waiting to be sent to families automatically or to many (`rules.ROUTINE`), as the school
    begins.

    Messages written to one family keep waiting. Return how many were dropped.
    """
    State = OutboxMessage.State
    waiting = OutboxMessage.objects.filter(
        school=school,
        state__in=[State.DUE, State.RETRY],
        kind__in=rules.ROUTINE,
        adult__isnull=False,
    )
    return waiting.update(state=State.SUPPRESSED, cause=BEFORE_START, finished_at=at)


@transaction.atomic
def queue_sign_in_link(*, phone: str, at: datetime, next_path: str = "") -> None:
    """Queue a link for each person of a family who is reached at `phone` (E.164 or an e-mail address).

    None is queued if more than ADULTS_PER_PHONE adults have the address. Nothing is returned, so that nobody
    learns whether the address is known. The caller has checked the limit on requests
    (delivery.sign_in.limits). `next_path` is the family page that the link leads to.
    """
    known = sign_in_points().filter(address=phone).select_related("adult", "school")
    points = list(known.select_for_update(of=("self",))[: ADULTS_PER_PHONE + 1])
    if not points or len(points) > ADULTS_PER_PHONE:
        return
    # A person known at two schools needs one link: the account joins their records.
    one_per_person: dict[int | str, ContactPoint] = {}
    for point in points:
        one_per_person.setdefault(point.adult.user_id or f"adult {point.adult_id}", point)
    expires_at = at + timedelta(minutes=rules.SIGN_IN_LINK_MINUTES)
    for point in one_per_person.values():
        link = SignInLink.objects.create(
            adult=point.adult,
            address=point.address,
            next_path=next_path,
            created_at=at,
            expires_at=expires_at,
        )
        queue_message(
            kind=OutboxMessage.Kind.LINK,
            school=point.school,
            dedupe_key=f"link:{link.pk}",
            due_at=at,
            expires_at=expires_at,
            adult=point.adult,
            contact_point=point,
            payload={"link": link.pk},
        )


def use_sign_in_link(*, link: SignInLink, at: datetime) -> Adult | None:
    """Use up the link and return the adult who may sign in now.

    None if the link is used or too old, or the adult is blocked. Of two requests at the same moment, one
    succeeds.
    """
    open_links = SignInLink.objects.filter(
        pk=link.pk, used_at=None, expires_at__gt=at, adult__blocked_at=None
    )
    if not SignInLink.objects.filter(pk__in=open_links.values("pk"), used_at=None).update(
        used_at=at
    ):
        return None
    return Adult.objects.select_related("user", "school").get(pk=link.adult_id)


def queue_test(
    *,
    channel_account: ChannelAccount,
    address: str,
    by: User,
    at: datetime,
    as_question: bool = False,
) -> OutboxMessage:
    """Queue a test message over exactly this account; its row shows the result.

    `as_question`: with the text of a check-in and a link to a page that saves nothing.
    """
    payload: dict[str, object] = {"by": by.pk, "by_name": by.name}
    if as_question:
        payload["shown_as"] = OutboxMessage.Kind.CHECK_IN
    return OutboxMessage.objects.create(
        kind=OutboxMessage.Kind.TEST,
        school_id=channel_account.school_id,
        dedupe_key=f"test:{uuid4()}",
        due_at=at,
        expires_at=at + timedelta(hours=1),
        address=address,
        channel=channel_account.kind,
        account=channel_account,
        payload=payload,
    )


def stop_sending(*, school: School | None, by: User, reason: str, at: datetime) -> None:
    """Send nothing more to families, of one school or (None) of all. Messages to staff still go."""
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        if school is not None:
            School.objects.filter(pk=school.pk, sending_stopped_at=None).update(
                sending_stopped_at=at
            )
            return
        SendingSwitch.objects.update_or_create(
            singleton=True, defaults={"stopped_at": at, "stopped_by": by, "reason": reason[:200]}
        )


def resume_sending(*, school: School | None, by: User, reason: str = "", at: datetime) -> None:
    with transaction.atomic(), pghistory.context(user=by.pk, reason=reason):
        if school is not None:
            School.objects.filter(pk=school.pk).update(sending_stopped_at=None)
            return
        SendingSwitch.objects.filter(~Q(stopped_at=None)).update(
            stopped_at=None, stopped_by=by, reason=reason[:200]
        )

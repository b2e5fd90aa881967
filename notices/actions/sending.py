"""Send notices: first messages, reminders to adults who have not answered, and recalls."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from accounts.models import User
from delivery import actions as messaging
from delivery.models import OutboxMessage
from guardians.hours import local_day, next_allowed
from guardians.models import Adult
from notices import rules
from notices.actions.drafts import digest_of
from notices.links import message_key, path_for
from notices.models import Notice, NoticeChild, Notified
from notices.policies import answerers
from notices.reach import Reach, reach_of_notice
from notices.reminding import reminders
from schools.policies import today_in

Kind, State = Notice.Kind, Notice.State
FIRST = {
    Kind.READ: gettext_noop("You have a notice to read."),
    Kind.CONFIRM: gettext_noop("You have a notice to confirm by %(day)s."),
    Kind.SIGN: gettext_noop("You have a notice to sign by %(day)s."),
}
AGAIN = {
    Kind.READ: gettext_noop("You still have a notice to read."),
    Kind.CONFIRM: gettext_noop("You still have a notice to confirm by %(day)s."),
    Kind.SIGN: gettext_noop("You still have a notice to sign by %(day)s."),
}
SENT_AT_ONCE = 20  # notices in one run of the task; the next run follows within seconds


def send_due(*, at: datetime) -> int:
    """Send each notice that is due, in its own transaction. Safe to run twice at once."""
    due = Notice.objects.filter(state=State.SCHEDULED, starts_at__lte=at).order_by("starts_at")
    return sum(_go_out(pk, at) for pk in due.values_list("pk", flat=True)[:SENT_AT_ONCE])


@transaction.atomic
def _go_out(pk: int, at: datetime) -> bool:
    rows = Notice.objects.select_for_update(skip_locked=True, of=("self",))
    notice = rows.select_related("school", "author").filter(pk=pk, state=State.SCHEDULED).first()
    if notice is None or notice.starts_at is None:
        return False
    reach = reach_of_notice(notice, today_in(notice.school, at))
    if not reach.children:
        # The author's post has ended, or the class is empty: we write to nobody and keep the text.
        notice.state, notice.starts_at = State.DRAFT, None
        notice.save(update_fields=["state", "starts_at"])
        return False
    notice.state, notice.sent_at, notice.digest = State.SENT, at, digest_of(notice)
    notice.save(update_fields=["state", "sent_at", "digest"])
    _fix_whom(notice, reach, at)
    children: dict[int, list[int]] = {adult: [] for adult in reach.adults}
    for child in reach.children:
        for adult in child.adults:
            children[adult.pk].append(child.student.pk)
    expires_at = at + timedelta(days=rules.FIRST_EXPIRES_DAYS)
    on = today_in(notice.school, at)
    asked = answerers(notice, list(children), [child.student.pk for child in reach.children], on)
    messaging.queue_messages(
        [
            _message(notice, adult, children[adult.pk], FIRST, at, expires_at, adult.pk in asked)
            for adult in reach.adults.values()
        ]
    )
    return True


def _fix_whom(notice: Notice, reach: Reach, at: datetime) -> None:
    NoticeChild.objects.bulk_create(
        [
            NoticeChild(
                school_id=notice.school_id,
                notice=notice,
                student=child.student,
                school_class_id=child.class_id,
                family=child.family,
                left_out=child.left_out,
            )
            for child in reach.children
        ],
        batch_size=1000,
    )
    Notified.objects.bulk_create(
        [
            Notified(
                school_id=notice.school_id,
                notice=notice,
                adult=adult,
                told_at=at,
                asked_on=local_day(adult.hours, next_allowed(adult.hours, at)),
            )
            for adult in reach.adults.values()
        ],
        batch_size=1000,
    )


def _message(
    notice: Notice,
    adult: Adult,
    children: list[int],
    words: dict,
    due_at: datetime,
    expires_at: datetime,
    is_asked: bool,
    on: object = "",
) -> OutboxMessage:
    """Return the message to one adult.

    `is_asked` tells whether the notice asks this adult for an answer; to others it is only something to
    read.
    """
    wants_answer = notice.wants_answer and is_asked
    payload: dict[str, object] = {
        "words": words[notice.kind if wants_answer else Kind.READ],
        "path": path_for(notice.pk, adult.pk),
        "students": children,
    }
    if notice.due_on and wants_answer:
        payload["day"] = str(notice.due_on)
    return OutboxMessage(
        kind=OutboxMessage.Kind.NOTICE,
        school_id=notice.school_id,
        adult=adult,
        dedupe_key=message_key(notice.pk, adult.pk, on),
        due_at=due_at,
        expires_at=expires_at,
        payload=payload,
    )


@transaction.atomic
def ask_again(*, notice: Notice, lines: Collection[NoticeChild], at: datetime) -> int:
    """Remind the adults of unsettled `lines` in their free evening, each at most once a local day.

    Return the number of reminders.
    """
    locked = Notice.objects.select_for_update().select_related("school").get(pk=notice.pk)
    if locked.state != State.SENT:
        return 0
    waiting = NoticeChild.objects.filter(
        pk__in=[line.pk for line in lines], notice=locked, settled_at=None
    )
    found = reminders(locked, list(waiting), at)
    rows = []
    for one in found:
        row = one.row
        row.asked_on, row.asked_times = one.on, row.asked_times + 1
        row.told_at = row.told_at or at
        expires_at = one.due_at + timedelta(hours=rules.AGAIN_EXPIRES_HOURS)
        rows.append(
            _message(
                locked,
                one.adult,
                one.children,
                AGAIN,
                one.due_at,
                expires_at,
                one.is_asked,
                one.on,
            )
        )
    told = [one.row for one in found]
    Notified.objects.bulk_create([row for row in told if row.pk is None])
    Notified.objects.bulk_update(
        [row for row in told if row.pk], ["asked_on", "asked_times", "told_at"], batch_size=500
    )
    messaging.queue_messages(rows)
    return len(rows)


@transaction.atomic
def recall(*, notice: Notice, reason: str, by: User, at: datetime) -> bool:
    """Recall a notice. It stays in the list with its reason, and unsent messages are cancelled.

    Return False if it is not sent, or recalled already.
    """
    locked = Notice.objects.select_for_update().get(pk=notice.pk)
    if locked.state != State.SENT:
        return False
    locked.state, locked.recalled_at = State.RECALLED, at
    locked.recalled_by, locked.recall_reason = by, reason
    locked.save(update_fields=["state", "recalled_at", "recalled_by", "recall_reason"])
    call_off(locked, Notified.objects.filter(notice=locked), at, cause="no_longer_due", first=True)
    return True


def call_off(
    notice: Notice,
    rows: Iterable[Notified],
    at: datetime,
    *,
    cause: str,
    first: bool = False,
    reminder: bool = True,
) -> None:
    """Cancel unsent messages of a notice to these adults: the `first` message, the `reminder`, or both."""
    keys = []
    for row in rows:
        if reminder and row.asked_times:
            keys.append(message_key(notice.pk, row.adult_id, row.asked_on))
        if first:
            keys.append(message_key(notice.pk, row.adult_id))
    if keys:
        messaging.call_off(dedupe_keys=keys, cause=cause, at=at)

"""Messages about a transfer.

None names a child, a school or the subject, because somebody else may hold the phone.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from core.clock import local_date
from delivery import actions as messaging
from delivery.actions import call_off_notices, queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from delivery.models import OutboxMessage
from schools.models import School
from schools.policies import today_in
from schools.roles import Permission
from transfers import protecting
from transfers.models import Transfer, TransferWord
from transfers.policies import adults_to_ask, people_of, sent_by, who_decide

ABOUT = "transfer"
ASKED_FOR_DAYS = 14  # days during which the question is sent; later only the page shows it
TOLD_LATE_DAYS = 3  # days after which a message to staff would only repeat what Today has shown
ASK = gettext_noop("The school asks for your consent.")
PROTECT = gettext_noop("Another school tells you something that protects a child. Please read it.")
PROTECT_LATE = gettext_noop(
    "You have not yet confirmed what another school told you to protect a child. Please read it now."
)
CALL = gettext_noop(
    "The other school has not confirmed what protects a child. Please call there today."
)
CALL_OUTSIDE = gettext_noop(
    "A child goes to a school without Jiaqiao. Please call there what protects it, and note whom you told."
)
CAME = gettext_noop("A child's file waits for your school. Please look at it.")
REFUSED = gettext_noop("Somebody has said no to handing a file over.")
ACCEPTED = gettext_noop("The other school has taken over a child's file.")
DECLINED = gettext_noop("The other school does not take over a child's file.")
CALLED_OFF = "no_longer_due"
PROTECTING, COMING = "transfer-protect", "transfer-coming"  # how keys of these messages begin


def ask_family(transfer: Transfer, at: datetime) -> None:
    queue_notices(
        [
            room_notice(
                about=ABOUT,
                about_id=transfer.pk,
                key=f"transfer:{transfer.pk}:{adult_id}",
                school_id=transfer.school_id,
                adult_id=adult_id,
                words=ASK,
                path=reverse("family_transfers:transfer", args=[transfer.pk]),
                due_at=at,
                expires_at=at + timedelta(days=ASKED_FOR_DAYS),
                student_id=transfer.student_id,
            )
            for adult_id in adults_to_ask(transfer, at).values_list("pk", flat=True)
        ]
    )


def call_off_family(transfer: Transfer, at: datetime) -> None:
    call_off_notices(about=ABOUT, about_id=transfer.pk, at=at)


def tell_protectors(transfer: Transfer, at: datetime) -> None:
    """Notify principal and counsellor of the new school, once about each new fact.

    If that school has no Jiaqiao, notify those of the child's own school, who call there.
    """
    latest = protecting.unconfirmed(transfer).order_by("-pk").values_list("pk", flat=True).first()
    page = _protection_page(transfer)
    if transfer.to_school is None:
        _ask_to_call(transfer, f"{PROTECTING}:{transfer.pk}:{latest}", CALL_OUTSIDE, at)
        return
    on = today_in(transfer.to_school, at)
    for user in people_of(transfer, Permission.CHECK_SAFEGUARDING, on):
        key = f"{PROTECTING}:{transfer.pk}:{latest}:{user.pk}"
        _queue(transfer, transfer.to_school, user, PROTECT, page, key, at)


def remind(transfer: Transfer, at: datetime) -> None:
    """Notify them once more because nobody has confirmed in time, and ask the sending school to call."""
    first = protecting.unconfirmed(transfer).order_by("pk").values_list("pk", flat=True).first()
    page = _protection_page(transfer)
    if transfer.to_school is not None:
        on = today_in(transfer.to_school, at)
        for user in people_of(transfer, Permission.CHECK_SAFEGUARDING, on):
            key = f"{PROTECTING}:{transfer.pk}:late:{first}:{user.pk}"
            _queue(transfer, transfer.to_school, user, PROTECT_LATE, page, key, at)
    _ask_to_call(transfer, f"{PROTECTING}:{transfer.pk}:call:{first}", CALL, at)


def _ask_to_call(transfer: Transfer, key: str, words: str, at: datetime) -> None:
    page = _protection_page(transfer)
    for user in protecting.who_may_call(transfer, today_in(transfer.school, at)):
        _queue(transfer, transfer.school, user, words, page, f"{key}:{user.pk}", at)


def call_off_protectors(transfer: Transfer, at: datetime) -> None:
    _call_off(f"{PROTECTING}:{transfer.pk}:", at)


def tell_takers(transfer: Transfer, at: datetime) -> None:
    """Notify those who may accept the file that the family has agreed.

    For a file on paper, Today tells the person who opened the transfer.
    """
    if transfer.to_school is None:
        return
    on = today_in(transfer.to_school, at)
    page = reverse("transfers:transfer", args=[transfer.pk])
    people = people_of(transfer, Permission.HAND_OVER_FILES, on).exclude(pk=transfer.opened_by_id)
    for user in people:
        key = f"{COMING}:{transfer.pk}:{at:%Y%m%dT%H%M%S%f}:{user.pk}"
        _queue(transfer, transfer.to_school, user, CAME, page, key, at)


def call_off_takers(transfer: Transfer, at: datetime) -> None:
    _call_off(f"{COMING}:{transfer.pk}:", at)


def tell_opener(transfer: Transfer, words: str, at: datetime) -> None:
    """Notify the person who opened it, if they may still see it."""
    on, user = today_in(transfer.school, at), transfer.opened_by
    if sent_by(user, on, Permission.HAND_OVER_FILES).filter(pk=transfer.pk).exists():
        page = reverse("transfers:transfer", args=[transfer.pk])
        key = f"transfer-answer:{transfer.pk}:{at:%Y%m%dT%H%M%S%f}"
        _queue(transfer, transfer.school, user, words, page, key, at)


def _protection_page(transfer: Transfer) -> str:
    return reverse("transfers:protection", args=[transfer.pk])


def _queue(
    transfer: Transfer, school: School, user: User, words: str, path: str, key: str, at: datetime
) -> None:
    messaging.queue_message(
        kind=OutboxMessage.Kind.NOTICE,
        school=school,
        user=user,
        dedupe_key=key,
        due_at=at,
        expires_at=at + timedelta(days=TOLD_LATE_DAYS),
        payload={"words": words, "path": path, "student": transfer.student_id},
    )


def _call_off(begins: str, at: datetime) -> None:
    keys = OutboxMessage.objects.filter(dedupe_key__startswith=begins)
    messaging.call_off(
        dedupe_keys=list(keys.values_list("dedupe_key", flat=True)), cause=CALLED_OFF, at=at
    )


class AskNotice(RoomNotice):
    """The question to an adult who decides, while they have not answered."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        about = {one.about_id for one in asked}
        rows = Transfer.objects.filter(pk__in=about, closed_at=None)
        on = local_date(at)
        children = {row.pk: row.student_id for row in rows}
        deciding = set(
            who_decide(on)
            .filter(student__in=children.values())
            .values_list("student_id", "adult_id")
        )
        said = set(
            TransferWord.objects.filter(transfer__in=about).values_list("transfer_id", "adult_id")
        )
        for one in asked:
            pair = (children.get(one.about_id), one.adult_id)
            if pair in deciding and (one.about_id, one.adult_id) not in said:
                yield one.message_id

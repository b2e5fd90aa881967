"""The link in a message to one notice for one adult. Fetching it records nothing (previews do)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from delivery import links
from delivery.policies import is_out_of_hands
from guardians.models import Adult
from notices import rules
from notices.models import Notice, NoticeChild
from notices.policies import OUT, lines_of_family
from schools.policies import today_in

PURPOSE = "notice"


@dataclass(frozen=True)
class Opened:
    notice: Notice
    adult: Adult
    lines: list[NoticeChild]


def path_for(notice_id: int, adult_id: int) -> str:
    token = links.seal(PURPOSE, notice_id, adult_id)
    return reverse("family_notices:link", args=[token])


def message_key(notice_id: int, adult_id: int, on: object = "") -> str:
    """Return the key of an outbox row: the first message, or the one of a later day `on`."""
    return f"note:{notice_id}:a{adult_id}" + (f":{on}" if on else "")


def open_link(token: str, at: datetime) -> Opened | None:
    """Return the notice behind a link, or None whatever is wrong with it.

    It may be forged or expired; the adult, or somebody else at the same phone, may be blocked; the adult
    may no longer be around the child; or the phone may now belong to somebody else.
    """
    numbers = links.unseal(PURPOSE, token, 2)
    if numbers is None:
        return None
    notice = Notice.objects.select_related("school", "author").filter(pk=numbers[0]).first()
    adult = Adult.objects.select_related("school", "user").filter(pk=numbers[1]).first()
    if notice is None or adult is None or notice.state not in OUT or notice.sent_at is None:
        return None
    closes_at = rules.closes_at(notice.due_on, notice.sent_at, notice.school.time_zone)
    if at >= closes_at or is_out_of_hands(adult, message_key(notice.pk, adult.pk)):
        return None
    rows = lines_of_family([adult], today_in(notice.school, at)).filter(notice=notice)
    lines = list(rows.order_by("student__born_on", "pk"))
    return Opened(notice, adult, lines) if lines else None

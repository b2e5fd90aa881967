"""The link of one notice for one adult, in a message. Reading it records nothing (previews fetch links)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.urls import reverse

from guardians.models import Adult, ContactPoint
from guardians.queries import addresses_of_blocked
from messaging import links
from messaging.models import OutboxMessage
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
    """Of an outbox row: the first message, or the one of a later day."""
    return f"note:{notice_id}:a{adult_id}" + (f":{on}" if on else "")


def open_link(token: str, at: datetime) -> Opened | None:
    """None whatever is wrong: forged, over, blocked (also somebody else at the phone), no longer around
    the child, gone to a phone that is somebody else's by now.
    """
    numbers = links.unseal(PURPOSE, token, 2)
    if numbers is None:
        return None
    notice = Notice.objects.select_related("school", "author").filter(pk=numbers[0]).first()
    adult = Adult.objects.select_related("school", "user").filter(pk=numbers[1]).first()
    if notice is None or adult is None or notice.state not in OUT or notice.sent_at is None:
        return None
    closes_at = rules.closes_at(notice.due_on, notice.sent_at, notice.school.time_zone)
    if at >= closes_at or _is_barred(notice, adult):
        return None
    rows = lines_of_family([adult], today_in(notice.school, at)).filter(notice=notice)
    lines = list(rows.order_by("student__born_on", "pk"))
    return Opened(notice, adult, lines) if lines else None


def _is_barred(notice: Notice, adult: Adult) -> bool:
    if adult.is_blocked or _is_blocked_elsewhere(adult):
        return True
    shared = addresses_of_blocked("school_id").filter(address=OuterRef("address"))
    points = ContactPoint.objects.filter(adult=adult).exclude(address="")
    rows = list(
        points.annotate(is_shared=Exists(shared)).values("address", "disputed_at", "is_shared")
    )
    if any(row["is_shared"] or row["disputed_at"] for row in rows):
        return True
    sent = OutboxMessage.objects.filter(
        adult=adult, dedupe_key__startswith=message_key(notice.pk, adult.pk)
    ).exclude(address="")
    went_to = set(sent.values_list("address", flat=True))
    return bool(went_to - {row["address"] for row in rows})


def _is_blocked_elsewhere(adult: Adult) -> bool:
    """Whoever is blocked at one school is so wherever their account reaches."""
    if adult.user_id is None:
        return False
    return Adult.objects.filter(user_id=adult.user_id, blocked_at__isnull=False).exists()

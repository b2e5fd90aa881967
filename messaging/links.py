"""The link of a question, `<check-in>-<contact point>-<mac>` (delivery.links).

Whether it is still open stands in its row (`CheckIn.expires_at`).
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from core.clock import READ_AT
from core.prepared import prepared
from delivery.links import capped, digits_of, is_ours, mac_of, split_token, url_for
from guardians.models import Adult
from messaging.models import CheckIn

CHECK_IN = "check_in"


@dataclass(frozen=True)
class CheckInLink:
    """What a check-in's token opens, read afresh; nothing is recorded by reading it."""

    check_in: CheckIn
    adult: Adult
    contact_point_id: int | None

    def is_open(self, at: datetime) -> bool:
        """Blocked adults meet the page for expired links."""
        return at < self.check_in.expires_at and not self.adult.is_blocked


def token_for(*, check_in_id: int, adult_id: int, contact_point_id: int | None = None) -> str:
    body = f"{digits_of(check_in_id)}-{digits_of(contact_point_id or 0)}"
    return f"{body}-{mac_of(CHECK_IN, body, adult_id)}"


def read_token(*, token: str) -> CheckInLink | None:
    """None for what was forged, cut off or made for something else; expired ones are read."""
    numbers, mac = split_token(token, 2)
    if numbers is None:
        return None
    found = _check_ins(pk=capped(numbers[0]))
    check_in = found[0] if found else None
    body = token.rpartition("-")[0]
    if check_in is None or not is_ours(mac, CHECK_IN, body, check_in.adult_id):
        return None
    return CheckInLink(check_in, check_in.adult, numbers[1] or None)


def read_at(token: str) -> datetime | None:
    """What time it was when the link was looked up, on a page that reads; None for what was forged."""
    link = read_token(token=token)
    return link.check_in.read_at if link else None  # type: ignore[attr-defined]


@prepared
def _check_ins(*, pk) -> QuerySet[CheckIn]:
    found = CheckIn.objects.filter(pk=pk).annotate(read_at=READ_AT)
    return found.select_related("adult", "school", "first__adult")


def check_in_url(*, check_in_id: int, adult_id: int, contact_point_id: int | None = None) -> str:
    token = token_for(check_in_id=check_in_id, adult_id=adult_id, contact_point_id=contact_point_id)
    return url_for(path=f"{_family_root()}{token}/")


@cache
def _family_root() -> str:
    """Routes do not change while a process runs, and a batch needs a hundred links."""
    try:
        return reverse("check_in:open", kwargs={"token": "0"})[: -len("0/")]
    except NoReverseMatch:
        return "/f/c/"

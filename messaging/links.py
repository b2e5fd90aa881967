"""The link in a question, `<check-in>-<contact point>-<mac>` (delivery.links).

`CheckIn.expires_at` says until when it is open.
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
    """The check-in and the adult to whom a token leads, freshly queried. Reading it records nothing."""

    check_in: CheckIn
    adult: Adult
    contact_point_id: int | None

    def is_open(self, at: datetime) -> bool:
        """Return whether the link is open. A blocked adult sees the page for expired links."""
        return at < self.check_in.expires_at and not self.adult.is_blocked


def token_for(*, check_in_id: int, adult_id: int, contact_point_id: int | None = None) -> str:
    body = f"{digits_of(check_in_id)}-{digits_of(contact_point_id or 0)}"
    return f"{body}-{mac_of(CHECK_IN, body, adult_id)}"


def read_token(*, token: str) -> CheckInLink | None:
    """Return what the token opens, even if it has expired.

    None if it was forged, cut off or made for something else.
    """
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
    """Return the time at which a read-only page looked the link up; None for a forged token."""
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
    """Return the family pages' root. It is cached: routes do not change at run time, and a batch needs 100
    links.
    """
    try:
        return reverse("check_in:open", kwargs={"token": "0"})[: -len("0/")]
    except NoReverseMatch:
        return "/f/c/"

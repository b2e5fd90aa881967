"""Signed links: short, made for one act each, worthless for any other.

A check-in's link is `<check-in>-<contact point>-<mac>`, a sign-in's `<link>-<mac>`, numbers in base 62.
The purpose salts the mac, so that a token of one kind never opens the other.
Whether a link is still open stands in its row (`CheckIn.expires_at`, `SignInLink`).
"""

import hashlib
import hmac
import string
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse

from core.prepared import prepared
from delivery.models import SignInLink
from guardians.models import Adult
from messaging.models import CheckIn

CHECK_IN, SIGN_IN = "check_in", "sign_in"
MAC_CHARS = 13  # base-62 digits, 77 bits: beyond guessing within a link's life of days
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
TOKEN_CHARS_AT_MOST = 40


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
    body = f"{_digits(check_in_id)}-{_digits(contact_point_id or 0)}"
    return f"{body}-{_mac(CHECK_IN, body, adult_id)}"


def read_token(*, token: str) -> CheckInLink | None:
    """None for what was forged, cut off or made for something else; expired ones are read."""
    numbers, mac = _split(token, 2)
    if numbers is None:
        return None
    found = _check_ins(pk=_capped(numbers[0]))
    check_in = found[0] if found else None
    body = token.rpartition("-")[0]
    if check_in is None or not _is_ours(mac, CHECK_IN, body, check_in.adult_id):
        return None
    return CheckInLink(check_in, check_in.adult, numbers[1] or None)


@prepared
def _check_ins(*, pk) -> QuerySet[CheckIn]:
    return CheckIn.objects.select_related("adult", "school", "first__adult").filter(pk=pk)


def sign_in_token_for(*, link_id: int, adult_id: int) -> str:
    body = _digits(link_id)
    return f"{body}-{_mac(SIGN_IN, body, adult_id)}"


def read_sign_in_token(*, token: str) -> SignInLink | None:
    """The link's row, used and expired ones too; `actions.use_sign_in_link` decides."""
    numbers, mac = _split(token, 1)
    if numbers is None:
        return None
    link = SignInLink.objects.select_related("adult").filter(pk=_capped(numbers[0])).first()
    body = token.rpartition("-")[0]
    if link is None or not _is_ours(mac, SIGN_IN, body, link.adult_id):
        return None
    return link


def seal(purpose: str, *numbers: int) -> str:
    """A token for another room's act; the last number is the adult's key. `purpose` is that room's own."""
    body = "-".join(_digits(number) for number in numbers)
    return f"{body}-{_mac(purpose, body, numbers[-1])}"


def unseal(purpose: str, token: str, count: int) -> list[int] | None:
    """The numbers of `seal`; None for what was forged, cut off or made for something else."""
    numbers, mac = _split(token, count)
    if numbers is None or not _is_ours(mac, purpose, token.rpartition("-")[0], numbers[-1]):
        return None
    return [_capped(number) for number in numbers]


def url_for(*, path: str) -> str:
    """A whole address for a message; `path` starts with a slash."""
    return f"{settings.PUBLIC_URL}{path}"


def check_in_url(*, check_in_id: int, adult_id: int, contact_point_id: int | None = None) -> str:
    token = token_for(check_in_id=check_in_id, adult_id=adult_id, contact_point_id=contact_point_id)
    return url_for(path=f"{_family_root()}{token}/")


def sign_in_url(*, link_id: int, adult_id: int) -> str:
    token = sign_in_token_for(link_id=link_id, adult_id=adult_id)
    try:
        return url_for(path=reverse("family:use_link", kwargs={"token": token}))
    except NoReverseMatch:
        return url_for(path=f"/f/l/{token}/")


@cache
def _family_root() -> str:
    """Routes do not change while a process runs, and a batch needs a hundred links."""
    try:
        return reverse("check_in:open", kwargs={"token": "0"})[: -len("0/")]
    except NoReverseMatch:
        return "/f/c/"


def _mac(purpose: str, body: str, adult_id: int) -> str:
    return _mac_with(settings.SECRET_KEY, purpose, body, adult_id)


def _mac_with(key: str, purpose: str, body: str, adult_id: int) -> str:
    text = f"jiaqiao.link.{purpose}:{body}:{adult_id}"
    digest = hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()
    return _digits(int.from_bytes(digest[:16], "big"))[-MAC_CHARS:].rjust(MAC_CHARS, "0")


def _is_ours(mac: str, purpose: str, body: str, adult_id: int) -> bool:
    """Under today's key or one before it: links that are out outlive a change of key."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(_same(mac, _mac_with(key, purpose, body, adult_id)) for key in keys)


def _same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _digits(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits or "0"


def _number(digits: str) -> int:
    number = 0
    for digit in digits:
        number = number * 62 + ALPHABET.index(digit)
    return number


def _capped(number: int) -> int:
    """Beyond PostgreSQL's bigint there is no row: 0 is none either."""
    return number if number < 2**63 else 0


def _split(token: str, numbers: int) -> tuple[list[int] | None, str]:
    parts = token.split("-")
    well_formed = (
        len(token) <= TOKEN_CHARS_AT_MOST
        and len(parts) == numbers + 1
        and all(part and set(part) <= set(ALPHABET) for part in parts)
    )
    if not well_formed:
        return None, ""
    return [_number(part) for part in parts[:-1]], parts[-1]

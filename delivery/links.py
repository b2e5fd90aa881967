"""Signed links: short, each made for one act and useless for any other.

A token is numbers in base 62 and a MAC, `<link>-<mac>`. The purpose is part of the MAC, so a token made for
one act never opens another. Its row says whether the link is still open (`SignInLink.used_at`).
"""

import hmac
import string

from django.conf import settings

from core.addresses import page_above
from delivery.models import SignInLink

SIGN_IN = "sign_in"
MAC_CHARS = 13  # base-62 digits, 77 bits: nobody can guess it in the days that a link is valid
ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
TOKEN_CHARS_AT_MOST = 40


def sign_in_token_for(*, link_id: int, adult_id: int) -> str:
    body = digits_of(link_id)
    return f"{body}-{mac_of(SIGN_IN, body, adult_id)}"


def read_sign_in_token(*, token: str) -> SignInLink | None:
    """Return the link's row, even if it is used or expired; `actions.use_sign_in_link` decides."""
    numbers, mac = split_token(token, 1)
    if numbers is None:
        return None
    link = SignInLink.objects.select_related("adult").filter(pk=capped(numbers[0])).first()
    body = token.rpartition("-")[0]
    if link is None or not is_ours(mac, SIGN_IN, body, link.adult_id):
        return None
    return link


def seal(purpose: str, *numbers: int) -> str:
    """Make a token for an act of another package.

    The last number is the adult's key; `purpose` belongs to that package.
    """
    body = "-".join(digits_of(number) for number in numbers)
    return f"{body}-{mac_of(purpose, body, numbers[-1])}"


def unseal(purpose: str, token: str, count: int) -> list[int] | None:
    """Return the numbers given to `seal`; None for a token that is forged, cut off or made for something
    else.
    """
    numbers, mac = split_token(token, count)
    if numbers is None or not is_ours(mac, purpose, token.rpartition("-")[0], numbers[-1]):
        return None
    return [capped(number) for number in numbers]


def url_for(*, path: str) -> str:
    """Return a full address for a message. `path` starts with a slash."""
    return f"{settings.PUBLIC_URL}{path}"


def sign_in_url(*, link_id: int, adult_id: int) -> str:
    token = sign_in_token_for(link_id=link_id, adult_id=adult_id)
    return url_for(path=page_above("family_link", token))


def mac_of(purpose: str, body: str, adult_id: int) -> str:
    return _mac_with(settings.SECRET_KEY, purpose, body, adult_id)


def _mac_with(key: str, purpose: str, body: str, adult_id: int) -> str:
    text = f"jiaqiao.link.{purpose}:{body}:{adult_id}"
    digest = hmac.digest(key.encode(), text.encode(), "sha256")
    number = int.from_bytes(digest[:16], "big") % 62**MAC_CHARS
    return digits_of(number).rjust(MAC_CHARS, "0")


def is_ours(mac: str, purpose: str, body: str, adult_id: int) -> bool:
    """Check the MAC with the current key and with earlier ones: links outlive a change of key."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(
        hmac.compare_digest(mac.encode(), _mac_with(key, purpose, body, adult_id).encode())
        for key in keys
    )


def digits_of(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = ALPHABET[rest] + digits
    return digits or "0"


def capped(number: int) -> int:
    """Return 0 for a number beyond PostgreSQL's bigint: no row has either number."""
    return number if number < 2**63 else 0


def split_token(token: str, numbers: int) -> tuple[list[int] | None, str]:
    parts = token.split("-")
    well_formed = (
        len(token) <= TOKEN_CHARS_AT_MOST
        and len(parts) == numbers + 1
        and all(part and set(part) <= set(ALPHABET) for part in parts)
    )
    if not well_formed:
        return None, ""
    found = []
    for part in parts[:-1]:
        number = 0
        for digit in part:
            number = number * 62 + ALPHABET.index(digit)
        found.append(number)
    return found, parts[-1]

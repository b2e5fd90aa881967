"""Six digits for a message and ten characters for a slip, derived so that no code is stored.

The code follows from the row's salt and a key of the environment. Old keys (SECRET_KEY_FALLBACKS) still open
the codes they made.
"""

import hashlib
import hmac
from collections.abc import Iterator
from uuid import UUID

from django.conf import settings

from core.codes import clean_code, clean_digits
from delivery.sign_in.models import Invitation, OneTimeCode

DIGITS = 6
SLIP_CHARS = (
    # out of 31 characters: 49 bits; with a limit on tries, nobody guesses one of a county's slips
    10
)
# Without 0 O, 1 I L, which people confuse when they type from paper.
SLIP_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def digits_of(code: OneTimeCode) -> str:
    return _digits(settings.SECRET_KEY, code.purpose, code.salt)


def is_right(code: OneTimeCode, given: str) -> bool:
    plain = clean_digits(given)[:20]
    return any(
        hmac.compare_digest(plain.encode(), _digits(key, code.purpose, code.salt).encode())
        for key in _keys()
    )


def slip_code(salt: UUID) -> str:
    return _slip(settings.SECRET_KEY, salt)


def code_on(invitation: Invitation) -> str:
    """Return the code printed on the slip; "" if the key that made it is gone."""
    for key in _keys():
        code = _slip(key, invitation.salt)
        if digest_of(code, key) == invitation.digest:
            return code
    return ""


def digest_of(code: str, key: str = "") -> str:
    text = f"jiaqiao.slip.digest:{code}"
    return hmac.new(
        (key or settings.SECRET_KEY).encode(), text.encode(), hashlib.sha256
    ).hexdigest()


def possible_digests(typed: str) -> list[str]:
    code = plain_slip(typed)
    return [digest_of(code, key) for key in _keys()] if len(code) == SLIP_CHARS else []


def plain_slip(typed: str) -> str:
    return "".join(one for one in clean_code(typed) if one in SLIP_ALPHABET)


def readable_slip(code: str) -> str:
    """Return the code in two halves, such as K7MPQ-3XW9A."""
    half = SLIP_CHARS // 2
    return f"{code[:half]}-{code[half:]}"


def _digits(key: str, purpose: str, salt: UUID) -> str:
    return f"{_number(key, f'code.{purpose}', salt) % 10**DIGITS:0{DIGITS}d}"


def _slip(key: str, salt: UUID) -> str:
    number, code = _number(key, "slip", salt), ""
    for _place in range(SLIP_CHARS):
        number, rest = divmod(number, len(SLIP_ALPHABET))
        code += SLIP_ALPHABET[rest]
    return code


def _number(key: str, what: str, salt: UUID) -> int:
    text = f"jiaqiao.{what}:{salt}"
    return int.from_bytes(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest(), "big")


def _keys() -> Iterator[str]:
    yield settings.SECRET_KEY
    yield from settings.SECRET_KEY_FALLBACKS

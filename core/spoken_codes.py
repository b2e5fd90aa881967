"""Six digits that one person tells another face to face, so that a page alone is not enough.

They are derived from a row's salt and a key in the environment, so a copy of the database contains none.
"""

import hmac
from uuid import UUID

from django.utils.crypto import salted_hmac

from core.codes import clean_digits

DIGITS = 6
ATTEMPTS = 5  # wrong numbers; then the row is closed (the chance of guessing it is 1 in 200,000)


def number_of(what: str, salt: UUID) -> str:
    digest = salted_hmac(f"core.spoken_codes.{what}", str(salt), algorithm="sha256").digest()
    return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}d}"


def is_right(what: str, salt: UUID, given: str) -> bool:
    return hmac.compare_digest(clean_digits(given).encode(), number_of(what, salt).encode())

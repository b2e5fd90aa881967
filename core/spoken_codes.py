"""Six digits that one person tells another face to face, so that a page alone is not enough.

They follow from a row's salt and a key of the environment: a copy of the database holds none.
"""

import hmac
from uuid import UUID

from django.utils.crypto import salted_hmac

from core.codes import clean_digits

DIGITS = 6
TRIES = 5  # wrong numbers; after them the row is over (one in 200,000 guesses right)


def number_of(what: str, salt: UUID) -> str:
    digest = salted_hmac(f"core.spoken_codes.{what}", str(salt), algorithm="sha256").digest()
    return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}d}"


def is_right(what: str, salt: UUID, given: str) -> bool:
    return hmac.compare_digest(clean_digits(given).encode(), number_of(what, salt).encode())

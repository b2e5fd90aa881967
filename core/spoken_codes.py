"""Six digits that one person tells another face to face, so that a page alone is not enough.

They follow from a row's salt and a key of the environment: a copy of the database holds none.
"""

import hmac
import unicodedata
from uuid import UUID

from django.utils.crypto import salted_hmac

DIGITS = 6
TRIES = 5  # wrong numbers; after them the row is over (one in 200,000 guesses right)


def number_of(what: str, salt: UUID) -> str:
    digest = salted_hmac(f"core.spoken_codes.{what}", str(salt), algorithm="sha256").digest()
    return f"{int.from_bytes(digest, 'big') % 10**DIGITS:0{DIGITS}d}"


def is_right(what: str, salt: UUID, given: str) -> bool:
    """Full-width digits and spaces as people type them."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", given) if one.isdecimal())
    return hmac.compare_digest(plain.encode(), number_of(what, salt).encode())

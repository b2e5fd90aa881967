"""A provider's signed request counts if it was signed recently and not seen before.

A signature alone would be valid for ever: somebody who reads an address in a log could send it again.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from delivery.channels.base import ReportRefused

FRESH = timedelta(minutes=5)  # before or after our own clock
MILLISECONDS_FROM = 10**11  # as seconds, a larger number would be in the year 5138


def must_be_fresh(written: str, at: datetime) -> None:
    """Check the time of a request. `written`: Unix time in seconds or milliseconds. Raises ReportRefused."""
    if not (written.isascii() and written.isdigit() and len(written) <= 13):
        raise ReportRefused("stale")
    number = int(written)
    seconds = number / 1000 if number >= MILLISECONDS_FROM else number
    if abs(datetime.fromtimestamp(seconds, UTC) - at) > FRESH:
        raise ReportRefused("stale")


def must_be_signed(given: str, key: str, written: str, body: bytes) -> None:
    """Check the HMAC-SHA256 over the time, a dot and the body, in hexadecimal. Raises ReportRefused."""
    made = hmac.new(key.encode(), written.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not key or not hmac.compare_digest(given.lower().encode(), made.encode()):
        raise ReportRefused("signature")

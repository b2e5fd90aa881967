"""The only clock: PostgreSQL's, so that every process and machine agrees.

Tests shift it for all processes at once by setting `jiaqiao.clock_offset` (an interval) on the database. A
restore sets it within one transaction (delivery.dispatch.restored); nothing else may.
"""

from datetime import datetime
from typing import cast

from django.db import connection
from django.db.models import DateTimeField
from django.db.models.expressions import RawSQL
from django.http import HttpRequest
from django.utils import timezone

from core.per_page import READING
from core.prepared import read_first

NOW_SQL = (
    "(now() + coalesce(nullif(current_setting('jiaqiao.clock_offset', true), ''), '0')::interval)"
)

# The same as an extra column of a row that a page reads first.
READ_AT = RawSQL(NOW_SQL, [], output_field=DateTimeField())  # noqa: S611 (our own text)

# The date of an instant in the server's time zone; it also works in a policy of prepared SQL (core.prepared).
local_date = read_first(timezone.localdate)


def now() -> datetime:
    """Return the current instant, aware, in UTC; inside a transaction, the instant at which it began."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {NOW_SQL}")
        return cursor.fetchone()[0]


class _Read(HttpRequest):
    _at: datetime  # read once per request


def for_request(request: HttpRequest) -> datetime:
    """Return the instant of this request: it is read once and is the same for everything on a page.

    A page that only reads gets it with its session (accounts.session_store); a POST reads it separately.
    """
    read = cast(_Read, request)
    if not hasattr(read, "_at"):
        of_session = getattr(getattr(request, "session", None), "read_at", None)
        read._at = of_session if of_session and request.method in READING else now()
    return read._at


def tell(request: HttpRequest, at: datetime | None) -> None:
    """Set the instant that was read with a row (`READ_AT`), for a page that only reads and has no session."""
    read = cast(_Read, request)
    if at and not hasattr(read, "_at"):
        read._at = at

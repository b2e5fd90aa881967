"""Django's sessions in the database, read with a prepared statement because every page begins with it.

The statement also reads the time, which nearly every page needs next (core.clock).
"""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from core.clock import READ_AT
from core.prepared import prepared


@prepared
def _session(*, key) -> QuerySet[Any]:
    """Look up a session by its key alone.

    With a condition on `expire_date`, PostgreSQL may use that column's index and read all valid sessions
    while its statistics of the table are out of date.
    """
    found = Session.objects.filter(session_key=key).annotate(read_at=READ_AT)
    return found.values_list("session_data", "expire_date", "read_at", named=True)


class SessionStore(db.SessionStore):
    read_at: datetime | None = None  # by core.clock

    def _get_session_from_db(self) -> Any:
        found = _session(key=self.session_key)
        if found and found[0].expire_date > timezone.now():
            self.read_at = found[0].read_at
            return found[0]
        self._session_key = None
        return None

    def delete(self, session_key: str | None = None) -> None:
        """Delete the row unread; Django's own looks it up first."""
        Session.objects.filter(session_key=session_key or self.session_key).delete()

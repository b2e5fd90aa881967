"""Sessions in the database, as Django keeps them, read by a statement made once: each page begins so. It also
tells what time it is, which nearly each page asks next (core.clock).
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
    """By its key alone. With a condition on `expire_date` as well, PostgreSQL may use the index of that
    and read all sessions that last, while its statistics of the table are old.
    """
    found = Session.objects.filter(session_key=key).annotate(read_at=READ_AT)
    return found.values_list("session_data", "expire_date", "read_at", named=True)


class SessionStore(db.SessionStore):
    read_at: datetime | None = None  # by the one clock

    def _get_session_from_db(self) -> Any:
        found = _session(key=self.session_key)
        if found and found[0].expire_date > timezone.now():
            self.read_at = found[0].read_at
            return found[0]
        self._session_key = None
        return None

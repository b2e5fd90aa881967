"""Sessions in the database, as Django keeps them, read by a statement made once: each page begins so. It also
tells what time it is, which nearly each page asks next (core.clock).
"""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import DateTimeField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone

from core.clock import NOW_SQL
from core.prepared import prepared


@prepared
def _session(*, key, at) -> QuerySet[Any]:
    read_at = RawSQL(NOW_SQL, [], output_field=DateTimeField())  # noqa: S611 (our own text)
    found = Session.objects.filter(session_key=key, expire_date__gt=at)
    return found.annotate(read_at=read_at).values_list("session_data", "read_at", named=True)


class SessionStore(db.SessionStore):
    read_at: datetime | None = None  # by the one clock

    def _get_session_from_db(self) -> Any:
        found = _session(key=self.session_key, at=timezone.now())
        if found:
            self.read_at = found[0].read_at
            return found[0]
        self._session_key = None
        return None

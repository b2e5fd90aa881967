"""Sessions in the database, as Django keeps them, read by a statement made once: each page begins so."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from core.prepared import prepared


@prepared
def _session(*, key, at) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=at)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        found = _session(key=self.session_key, at=timezone.now())
        if found:
            return found[0]
        self._session_key = None
        return None

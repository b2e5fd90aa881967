"""Entries about concerns in a child's timeline."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.prepared import joined, prepared
from safeguarding import presenters
from safeguarding.models import ConcernEntry
from safeguarding.queries import concerns_about, relations_of
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return when concerns about the child were opened and closed, as far as `user` may see them."""
    concerns = concerns_about(student, user, at)[:limit]
    if not concerns:
        return []
    relations = relations_of(concerns)
    closings = _closings(concern_ids=[concern.pk for concern in concerns])
    opened = [
        TimelineEvent(
            at=concern.opened_at,
            kind=EventKind.CONCERN,
            icon="concern",
            title=concern.get_source_display(),
            text=concern.words,
            meta=presenters.who_asks(concern, relations),
        )
        for concern in concerns
    ]
    closed = [
        TimelineEvent(
            at=entry.at,
            kind=EventKind.CONCERN,
            icon="check",
            title=entry.concern.get_closing_display() or _("Closed"),
            text=entry.words,
            meta=entry.by.name if entry.by else "",
        )
        for entry in closings
    ]
    return opened + closed


@prepared
def _closings(*, concern_ids) -> QuerySet[ConcernEntry]:
    rows = ConcernEntry.objects.filter(concern__in=concern_ids, kind=ConcernEntry.Kind.CLOSED)
    return joined(rows, "by__name", "concern__closing")

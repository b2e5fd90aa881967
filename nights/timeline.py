"""What a child's timeline says of evenings."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import local_date
from core.prepared import prepared
from nights.models import Night
from nights.policies import nights_visible_to
from nights.presenters import state_words
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Evenings on which who cares was not simply at home, as far as `user` may see them."""
    if not nights_visible_to(user, local_date(at)).filter(student=student).exists():
        return []
    return [
        TimelineEvent(
            at=night.started_at,
            kind=EventKind.VISIT,
            icon="moon",
            title=_("Who is there tonight"),
            text=state_words(night),
            meta=night.started_by.name if night.started_by else "",
        )
        for night in _nights(student_id=student.pk, limit=limit)
    ]


@prepared
def _nights(*, student_id, limit: int) -> QuerySet[Night]:
    rows = Night.objects.filter(student_id=student_id, called_off_at=None)
    rows = rows.exclude(settled_as=Night.Settled.HOME)
    rows = rows.select_related("settled_adult", "settled_by", "started_by")
    return rows.order_by("-started_at", "-pk")[:limit]

"""Timeline events for a child's calls at the school's phone."""

from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from calls.models import CallSlot
from calls.presenters import mood_word
from core.prepared import Question, joined, prepared
from guardians.presenters import called
from guardians.queries import last_ties
from students.models import Student
from students.timeline import EventKind, TimelineEvent

# guardians.timeline shows a call that took place; here we only add how it felt.
TOLD = Q(state=CallSlot.State.MISSED) | (
    Q(state=CallSlot.State.DONE) & (Q(mood__isnull=False) | Q(child_mood__isnull=False))
)


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return the latest `limit` missed calls and ratings, newest first; two queries."""
    rows = _slots_told(student_id=student.pk, limit=limit)
    ties = last_ties([(row.student_id, row.adult_id) for row in rows])
    felt = _("How the call with %(who)s felt")
    events = []
    for row in rows:
        held, is_done = ties.get((row.student_id, row.adult_id)), row.state == CallSlot.State.DONE
        title = felt if is_done else _("The call with %(who)s did not take place")
        text = [] if is_done else [row.place.shown_name]
        if row.mood:
            mood = mood_word(row.mood)
            text.append(_("how it felt for the parent: %(mood)s") % {"mood": mood})
        if row.child_mood:
            mood = mood_word(row.child_mood)
            text.append(_("how it felt for the child: %(mood)s") % {"mood": mood})
        event = TimelineEvent(
            at=row.starts_at,
            kind=EventKind.CONTACT,
            icon="video" if row.place.kind == "video" else "phone",
            title=title % {"who": called(held) if held else row.adult.name},
            text=_(", ").join(text),
            meta=row.settled_by.name if row.settled_by else "",
            part_of=row.contact_key if is_done else "",
        )
        events.append(event)
    return events


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    return [_slots_told.question(student_id=student.pk, limit=limit)]


@prepared
def _slots_told(*, student_id, limit: int) -> QuerySet[CallSlot]:
    rows = CallSlot.objects.filter(TOLD, student_id=student_id)
    shown = joined(rows, "place__name", "place__kind", "settled_by__name", "adult__name")
    return shown.order_by("-starts_at")[:limit]

"""What happened with a child's calls at the school's phone."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import User
from calls.models import CallSlot
from calls.presenters import length_of, minutes_words, mood_word
from calls.queries import relations_of
from guardians.presenters import called
from students.models import Student
from students.timeline import EventKind, TimelineEvent

TOLD = (CallSlot.State.DONE, CallSlot.State.MISSED)


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """The latest `limit` calls that came about or did not, newest first; two queries.

    A call that came about has the key of its contact: both tell of one talk.
    """
    rows = list(
        CallSlot.objects.filter(student=student, state__in=TOLD)
        .select_related("place", "settled_by", "adult")
        .order_by("-starts_at")[:limit]
    )
    held = relations_of([(row.student_id, row.adult_id) for row in rows])
    events = []
    for row in rows:
        known = held.get((row.student_id, row.adult_id))
        events.append(_event(row, called(known) if known else row.adult.name))
    return events


def _event(row: CallSlot, who: str) -> TimelineEvent:
    is_done = row.state == CallSlot.State.DONE
    title = (
        _("Call at school with %(who)s")
        if is_done
        else _("The call with %(who)s did not come about")
    )
    text = [row.place.name]
    if is_done:
        text.append(minutes_words(length_of(row)))
    if row.mood:
        text.append(_("to the parent it felt: %(mood)s") % {"mood": mood_word(row.mood)})
    if row.child_mood:
        text.append(_("to the child it felt: %(mood)s") % {"mood": mood_word(row.child_mood)})
    return TimelineEvent(
        at=row.starts_at,
        kind=EventKind.CONTACT,
        icon="video" if row.place.kind == "video" else "phone",
        title=title % {"who": who},
        text=_(", ").join(text),
        meta=row.settled_by.name if row.settled_by else "",
        key=row.contact_key if is_done else "",
    )

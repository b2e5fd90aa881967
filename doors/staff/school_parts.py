"""What the whole file says of this term at school: days missed and, for whoever reads notes, praise."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from classroom.policies import observations_visible_to
from classroom.presenters import good_news_words
from classroom.queries import absent_days, praise_since, register_days
from core.days import short_day
from doors.staff.file_sheets import Part, term_of
from students.models import Student

PRAISE_SHOWN = 12  # latest notes of one child: half a page


def school_parts(students: Collection[Student], user: User, at: datetime) -> dict[int, list[Part]]:
    """child → its parts. Five queries for the children of one school."""
    parts: dict[int, list[Part]] = defaultdict(list)
    for school in {student.school for student in students}:
        own = [student for student in students if student.school_id == school.pk]
        first, on = term_of(school, at)
        for child, words in _days(own, first, on).items():
            parts[child].append(Part(_("At school this term"), (words,)))
        since_at = datetime.combine(first, time.min, ZoneInfo(school.time_zone))
        for child, lines in _praise(own, user, since_at, on).items():
            parts[child].append(Part(_("Praise this term"), tuple(lines[:PRAISE_SHOWN])))
    return parts


def _days(students: Collection[Student], first: date, on: date) -> dict[int, str]:
    """Only where a register was kept: silence says nothing."""
    ids = [student.pk for student in students]
    taken, absent = register_days(ids, first, on), absent_days(ids, first, on)
    return {
        child: ngettext(
            "missed %(n)d of %(taken)d days on which attendance was taken",
            "missed %(n)d of %(taken)d days on which attendance was taken",
            len(absent.get(child, ())),
        )
        % {"n": len(absent.get(child, ())), "taken": days}
        for child, days in taken.items()
    }


def _praise(
    students: Collection[Student], user: User, since_at: datetime, on: date
) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    here = Student.objects.filter(pk__in=[student.pk for student in students])
    for note in praise_since(observations_visible_to(user, on), here, since_at):
        day = short_day(timezone.localdate(note.happened_at, since_at.tzinfo), on)
        found[note.student_id].append(f"{day} {good_news_words(note)}")
    return found

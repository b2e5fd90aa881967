"""Parts of the whole file about this term at school: days missed and, for people who may read notes,
praise.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, time
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

PRAISE_SHOWN = 12  # latest notes of one child, half a page


def school_parts(students: Collection[Student], user: User, at: datetime) -> dict[int, list[Part]]:
    """Return child → its parts; five queries for the children of one school."""
    parts: dict[int, list[Part]] = defaultdict(list)
    for school in {student.school for student in students}:
        ids = [student.pk for student in students if student.school_id == school.pk]
        first, on = term_of(school, at)
        # Only children with a register get a line: without one, nothing is known about their days.
        taken, absent = register_days(ids, first, on), absent_days(ids, first, on)
        for child, days in taken.items():
            n = len(absent.get(child, ()))
            words = ngettext(
                "missed %(n)d of %(taken)d days on which attendance was taken",
                "missed %(n)d of %(taken)d days on which attendance was taken",
                n,
            ) % {"n": n, "taken": days}
            parts[child].append(Part(_("At school this term"), (words,)))
        zone = ZoneInfo(school.time_zone)
        since_at = datetime.combine(first, time.min, zone)
        praise: dict[int, list[str]] = defaultdict(list)
        here = Student.objects.filter(pk__in=ids)
        for note in praise_since(observations_visible_to(user, on), here, since_at):
            day = short_day(timezone.localdate(note.happened_at, zone), on)
            praise[note.student_id].append(f"{day} {good_news_words(note)}")
        for child, lines in praise.items():
            parts[child].append(Part(_("Praise this term"), tuple(lines[:PRAISE_SHOWN])))
    return parts

"""The rows about school life on a child's page."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.pictures.policies import Reader, pictures_of_family, weeks_of_family
from classroom.weeks.presenters import week_words
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from students.models import Student
from students.queries import class_of


def school_life(student: Student, adults: Sequence[Adult], at: datetime) -> list[FamilyLine]:
    """The class's latest week, and the pictures that came with good news; nothing where there are none."""
    on = timezone.localdate(at)
    ids = [adult.pk for adult in adults]
    rows = []
    enrolment = class_of(student, on)
    if enrolment is not None:
        sent = weeks_of_family(ids, on).filter(school_class=enrolment.school_class_id)
        week = sent.first()
        if week is not None:
            words = _("The class's week, %(days)s") % {"days": week_words(week.week_on, on)}
            url = reverse("family_classroom:week", args=[week.pk])
            rows.append(FamilyLine(words, url, "sun"))
    reader = Reader(adults[0].user_id, ids)
    if pictures_of_family(reader, on).filter(note__student=student).exists():
        url = reverse("family_classroom:pictures", args=[student.pk])
        rows.append(FamilyLine(_("Pictures from school"), url, "camera"))
    return rows

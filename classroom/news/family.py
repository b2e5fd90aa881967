"""Rows about school life on a child's page."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from classroom.models import ClassWeek
from classroom.pictures.policies import Reader, pictures_of_family, weeks_of_family
from classroom.presenters import week_words
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from students.models import Student
from students.queries import current_enrolments


@prepared
def _latest_week(*, adult_ids, on, student_id) -> QuerySet[ClassWeek]:
    own = current_enrolments(on).filter(student_id=student_id)
    return weeks_of_family(adult_ids, on).filter(school_class__in=own.values("school_class_id"))[:1]


@prepared
def _picture_with_news(*, user_id, adult_ids, on, student_id) -> QuerySet[Any]:
    seen = pictures_of_family(Reader(user_id, adult_ids), on)
    return seen.filter(note__student=student_id).order_by().values_list("pk")[:1]


def life_questions(student: Student, adults: Sequence[Adult], on: date) -> list[Question]:
    """Return the prepared queries that `school_life` runs, for `ask_together`."""
    asked = {"user_id": adults[0].user_id, "adult_ids": [adult.pk for adult in adults], "on": on}
    return [
        _latest_week.question(student_id=student.pk, adult_ids=asked["adult_ids"], on=on),
        _picture_with_news.question(student_id=student.pk, **asked),
    ]


def school_life(student: Student, adults: Sequence[Adult], at: datetime) -> list[FamilyLine]:
    """Return lines for the class's latest week and for pictures that came with good news, if any."""
    on = timezone.localdate(at)
    ids = [adult.pk for adult in adults]
    rows = []
    for week in _latest_week(adult_ids=ids, on=on, student_id=student.pk):
        words = _("The class's week, %(days)s") % {"days": week_words(week.week_on, on)}
        url = reverse("family_classroom:week", args=[week.pk])
        rows.append(FamilyLine(words, url, "sun"))
    if _picture_with_news(user_id=adults[0].user_id, adult_ids=ids, on=on, student_id=student.pk):
        url = reverse("family_classroom:pictures", args=[student.pk])
        rows.append(FamilyLine(_("Pictures from school"), url, "camera"))
    return rows

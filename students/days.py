"""Checks for dates in forms about a child: an impossible date is refused with a sentence at its field."""

from datetime import date

from django import forms
from django.utils.translation import gettext as _

from core.day_fields import DAY_TO_COME
from core.days import full_day
from students.rules import OLDEST_YEARS, YOUNGEST_YEARS, DayProblem, birth_problem, day_problem


def check_birth(born_on: date | None, on: date) -> None:
    if born_on and (problem := birth_problem(born_on, on)):
        raise forms.ValidationError(day_words(problem, born_on), code=problem)


def check_day(
    day: date | None, on: date, *, born_on: date | None = None, ahead_days: int = 0
) -> None:
    if day and (problem := day_problem(day, on, born_on=born_on, ahead_days=ahead_days)):
        raise forms.ValidationError(day_words(problem, day, born_on), code=problem)


def day_words(problem: DayProblem, day: date, born_on: date | None = None) -> str:
    if problem is DayProblem.NO_PUPIL:
        words = _("Born in %(year)s? A child at school is between %(from)s and %(to)s years old.")
        return words % {"year": day.year, "from": YOUNGEST_YEARS, "to": OLDEST_YEARS}
    if problem is DayProblem.BEFORE_BIRTH:
        words = _("That is before the child was born (%(day)s).")
        return words % {"day": full_day(born_on)}
    if problem is DayProblem.TO_COME:
        return str(DAY_TO_COME)
    if problem is DayProblem.TOO_FAR_AHEAD:
        return _("%(year)s is too far in the future. Please check the date.") % {"year": day.year}
    return _("%(year)s is too long ago. Please check the date.") % {"year": day.year}

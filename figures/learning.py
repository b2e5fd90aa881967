"""What families, classes and staff have learned this school year: counts that name nobody."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet

from core.prepared import Question, prepared
from learning.queries import counts_of, counts_question
from learning.review.queries import lessons_of, trained, year_questions
from learning.rules import FEWEST_COUNTED
from learning.training.queries import posts_of_staff
from schools.models import School
from schools.queries import year_in_hand


@dataclass(frozen=True)
class LearningRow:
    key: str  # a key of figures.definitions
    count: int | None  # None if there are so few that one would identify a person
    out_of: int | None = None  # also None if `count` is


def learning(school: School, on: date) -> list[LearningRow]:
    """Return the counts; empty before the first school year."""
    year = year_in_hand(school, on)
    if year is None or year.starts_on > on:
        return []
    until = min(on, year.ends_on)
    planned, held = lessons_of(year, until)
    staff = set(_staff(school_id=school.pk, on=on))
    families = counts_of(school, year.starts_on, until)
    if families.adults < FEWEST_COUNTED:
        of_families = [
            LearningRow(key, None)
            for key in ("learning_reached", "learning_done", "learning_of_use")
        ]
    else:
        answered = families.of_use + families.of_no_use
        is_told = families.answering >= FEWEST_COUNTED
        useful = (families.of_use, answered) if is_told else (None, None)
        of_families = [
            LearningRow("learning_reached", families.sent),
            LearningRow("learning_done", families.opened, families.sent),
            LearningRow("learning_of_use", *useful),
        ]
    return [
        *of_families,
        LearningRow("lessons_held", held, planned),
        LearningRow("staff_trained", len(staff & trained(school, year, until)), len(staff)),
    ]


def learning_questions(school: School, on: date) -> list[Question]:
    """Return the queries behind `learning`, once the school year is known."""
    year = year_in_hand(school, on)
    if year is None or year.starts_on > on:
        return []
    until = min(on, year.ends_on)
    return [
        *year_questions(school, year, until),
        counts_question(school, year.starts_on, until),
        _staff.question(school_id=school.pk, on=on),
    ]


@prepared
def _staff(*, school_id, on) -> QuerySet[Any]:
    rows = posts_of_staff(school_id, on).order_by()
    return rows.values_list("user_id", flat=True).distinct()

"""What families, classes and staff have learned this school year: counts that name nobody."""

from dataclasses import dataclass
from datetime import date

from learning.review.queries import Review, review
from learning.rules import FEWEST_COUNTED
from learning.training.policies import staff_on
from schools.models import School
from schools.queries import year_in_hand


@dataclass(frozen=True)
class LearningRow:
    key: str  # of figures.definitions
    count: int | None  # None: too few, one would be a name
    out_of: int | None = None  # None too where `count` is


def learning(school: School, on: date) -> list[LearningRow]:
    """Empty before the first school year."""
    year = year_in_hand(school, on)
    if year is None or year.starts_on > on:
        return []
    found = review(school, year, on)
    trained = LearningRow("staff_trained", found.trained, staff_on(school, on).count())
    return [*_families(found), _classes(found), trained]


def _families(found: Review) -> list[LearningRow]:
    families = found.families
    if families.sent < FEWEST_COUNTED:
        return [
            LearningRow(key, None)
            for key in ("learning_reached", "learning_done", "learning_of_use")
        ]
    answered = families.of_use + families.of_no_use
    useful = (families.of_use, answered) if answered >= FEWEST_COUNTED else (None, None)
    return [
        LearningRow("learning_reached", families.sent),
        LearningRow("learning_done", families.opened, families.sent),
        LearningRow("learning_of_use", *useful),
    ]


def _classes(found: Review) -> LearningRow:
    held, planned = (
        sum(getattr(one, name) for one in found.classes) for name in ("held", "planned")
    )
    return LearningRow("lessons_held", held, planned)

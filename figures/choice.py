"""Which children of a school the figures are about, and until which day: all and today, or as a reader chose.

Talks, whereabouts and ways to a family may be counted for a choice; concerns, cases and answers never are: of
a small group a count would tell about one child.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import replica, walls
from core.per_page import until_written
from core.prepared import Question, prepared
from figures.class_days.reading import NOTHING, Kept, kept_on
from guardians.models import Relation
from guardians.queries import parents_away
from schools.models import School, SchoolClass, Term
from schools.queries import classes_on, terms_begun
from students.models import Enrolment, Student
from students.queries import current_enrolments

KEYS = ("term", "class", "grade", "boarding", "sex", "away")  # parameters of the address
BOTH = "both"
BOARDS, AT_HOME = "boards", "home"


@dataclass(frozen=True)
class Choice:
    """A selection of children; an empty one means everybody. `is_old`: the address named something that does
    not exist (any more). `term`: the term whose weeks are shown; of one that is over, the figures are those
    of its last day."""

    term: Term | None = None
    school_class: SchoolClass | None = None
    grade: int | None = None
    boarding: str = ""  # BOARDS, AT_HOME
    sex: str = ""  # of Student.Sex
    away: str = ""  # a Relation of parents, or BOTH
    is_old: bool = False
    without: tuple[
        int, ...
    ] = ()  # children whose files are closed to the reader: no figure tells of them

    @property
    def is_everybody(self) -> bool:
        return not (self.school_class or self.grade or self.boarding or self.sex or self.away)

    def day(self, today: date) -> date:
        """Return the day that the figures are about."""
        return min(today, self.term.ends_on) if self.term else today

    def is_past(self, today: date) -> bool:
        return self.day(today) < today

    def classes(self, school: School, on: date) -> list[SchoolClass]:
        """Return the selected classes, in their order."""
        return [
            one
            for one in _classes(school_id=school.pk, on=on)
            if self.school_class in (None, one) and self.grade in (None, one.grade.number)
        ]

    def kept(self, school: School, on: date) -> Kept:
        """Return the kept rows; none for a selection, or for a reader to whom a file is closed."""
        if self.without or not self.is_everybody:
            return NOTHING
        key = ("classes of a day", school.pk, on, replica.alias(), walls.reached())
        return until_written(
            key, lambda: kept_on(school, on, [one.pk for one in self.classes(school, on)])
        )

    def children(self, school: School, on: date) -> list[tuple[int, int]]:
        """Return each selected child with its class; read once for a page."""
        kept_under = (self, school.pk, on, replica.alias(), walls.reached())
        return until_written(kept_under, lambda: self._children(school, on))

    def _children(self, school: School, on: date) -> list[tuple[int, int]]:
        # Not prepared: with a plan for any values PostgreSQL would start from all enrolments since some day.
        kept = self.kept(school, on)
        found = [(child, key) for key, one in kept.classes.items() for child in one.children]
        if not kept.is_whole:
            rows = self.enrolments(school, on).exclude(school_class__in=[*kept.classes])
            found += rows.order_by().values_list("student_id", "school_class_id")
        return found

    def enrolments(self, school: School, on: date) -> QuerySet[Enrolment]:
        rows = current_enrolments(on).filter(school=school).exclude(student_id__in=self.without)
        if self.school_class:
            rows = rows.filter(school_class=self.school_class)
        if self.grade:
            rows = rows.filter(school_class__grade__number=self.grade)
        if self.boarding:
            rows = rows.filter(student__is_boarding=self.boarding == BOARDS)
        if self.sex:
            rows = rows.filter(student__sex=self.sex)
        if self.away:
            away = parents_away(on).filter(school=school).order_by()
            children: QuerySet[Any] = away.values("student_id")
            if self.away == BOTH:
                counted = children.annotate(away=Count("adult_id", distinct=True))
                children = counted.filter(away__gte=2).values("student_id")
            else:
                children = children.filter(relation=self.away)
            rows = rows.filter(student_id__in=children)
        return rows


EVERYBODY = Choice()


@prepared
def _classes(*, school_id, on) -> QuerySet[SchoolClass]:
    return classes_on(school_id, on).select_related("grade")


def asks_for_some(asked: Mapping[str, str]) -> bool:
    return any(asked.get(key) for key in KEYS)


def classes_question(school: School, on: date) -> Question:
    """Return the query for the school's classes, which any selection needs."""
    return _classes.question(school_id=school.pk, on=on)


def choice_from(
    asked: Mapping[str, str], school: School, on: date, without: Sequence[int] = ()
) -> Choice:
    """Read a selection from an address. An unknown value selects nothing and sets `is_old`."""
    if not asks_for_some(asked):
        return Choice(without=tuple(without))
    terms = {str(one.pk): one for one in terms_begun(school, on)}
    term = terms.get(asked.get("term", ""))
    day = Choice(term=term).day(on)
    known = {key: {value for value, _label in options} for key, options in _options(school, day)}
    known["term"] = set(terms)
    given = {key: asked[key] for key in known if asked.get(key)}
    kept = {key: value for key, value in given.items() if value in known[key]}
    chosen = {one.pk: one for one in _classes(school_id=school.pk, on=day)}
    return Choice(
        term=term,
        school_class=chosen[int(kept["class"])] if "class" in kept else None,
        grade=int(kept["grade"]) if "grade" in kept else None,
        boarding=kept.get("boarding", ""),
        sex=kept.get("sex", ""),
        away=kept.get("away", ""),
        is_old=kept != given,
        without=tuple(without),
    )


@dataclass(frozen=True)
class Field:
    """One field of the filter: its options with their labels, and the selected one."""

    key: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str

    @property
    def chosen_words(self) -> str:
        return dict(self.options).get(self.chosen, "")


def fields_of(choice: Choice, school: School, today: date) -> list[Field]:
    labels = {
        "term": _("Weeks"),
        "class": _("Class"),
        "grade": _("Grade"),
        "boarding": _("Lives"),
        "sex": _("Girls or boys"),
        "away": _("Who is away"),
    }
    chosen = {
        "term": str(choice.term.pk) if choice.term else "",
        "class": str(choice.school_class.pk) if choice.school_class else "",
        "grade": str(choice.grade or ""),
        "boarding": choice.boarding,
        "sex": choice.sex,
        "away": choice.away,
    }
    terms = [(str(one.pk), str(one)) for one in terms_begun(school, today)]
    options = [("term", terms), *_options(school, choice.day(today))]
    return [Field(key, labels[key], tuple(found), chosen[key]) for key, found in options]


def _options(school: School, on: date) -> list[tuple[str, list[tuple[str, str]]]]:
    classes = _classes(school_id=school.pk, on=on)
    grades = dict.fromkeys(one.grade.number for one in classes)
    return [
        ("class", [(str(one.pk), one.name) for one in classes]),
        ("grade", [(str(number), _("Grade %(number)s") % {"number": number}) for number in grades]),
        (
            "boarding",
            [
                (BOARDS, pgettext("which children", "at school")),
                (AT_HOME, pgettext("which children", "at home")),
            ],
        ),
        ("sex", [(Student.Sex.FEMALE.value, _("girls")), (Student.Sex.MALE.value, _("boys"))]),
        (
            "away",
            [
                (Relation.MOTHER.value, _("the mother")),
                (Relation.FATHER.value, _("the father")),
                (BOTH, pgettext("which children", "both parents")),
            ],
        ),
    ]

"""Who may be asked today: which children of a class, and which adults about them.

A family's no applies to every way of asking. We ask nobody who is blocked, here or at another school, nobody
with whom the child has no contact, and nobody about a child who has left.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from core.prepared import prepared
from guardians.models import Guardianship
from guardians.queries import (
    approachable,
    informed_guardianships,
    is_blocked_somewhere,
    may_be_asked,
    usable_contact_points,
)
from guardians.rules import age_on
from privacy.models import Purpose
from privacy.policies import is_refused, students_allowing
from schools.models import School, SchoolClass
from schools.policies import today_in
from students.models import Student
from students.queries import current_enrolments
from surveys import rules
from surveys.instruments import CARER, PARENT, Instrument

Kind = Guardianship.Kind
# A legal guardian answers as parents and carers do.
KINDS = {PARENT: {Kind.PARENT, Kind.GUARDIAN}, CARER: {Kind.CARER, Kind.GUARDIAN}}


@dataclass(frozen=True)
class Asked:
    """One form about a child of a class. The adult of `tie` answers it; None: the child, or its teacher."""

    student_id: int
    class_id: int
    tie: Guardianship | None = None

    @property
    def adult_id(self) -> int | None:
        return self.tie.adult_id if self.tie else None


def children_to_ask(
    classes: Iterable[SchoolClass], instrument: Instrument, school: School, at: datetime
) -> list[int]:
    """Return ids of the children of these classes who may be asked today, by name.

    They have the right age, the family's consent where it is needed, and no refusal.
    """
    return list(_children([one.pk for one in classes], instrument, school, at))


def asked_among(
    student_ids: Collection[int], instrument: Instrument, school: School, at: datetime
) -> set[int]:
    """Return which of these children, who are in a class being asked, may be asked about today."""
    return set(_of_age(student_ids, instrument, today_in(school, at))) if student_ids else set()


def _children(
    class_ids: Collection[int],
    instrument: Instrument,
    school: School,
    at: datetime,
    only: Collection[int] | None = None,
) -> dict[int, int]:
    """Return {child id: class id}, by name."""
    on = today_in(school, at)
    of_classes = {"class_ids": class_ids, "on": on}
    class_of = dict(
        _held(**of_classes) if only is None else _held_by(student_ids=only, **of_classes)
    )
    return {pk: class_of[pk] for pk in _of_age(class_of, instrument, on)}


def _of_age(student_ids: Collection[int], instrument: Instrument, on: date) -> list[int]:
    """Return those of the right age whose family agrees, by name.

    If no consent is needed, it is enough that the family has not refused.
    """
    asked = _allowing if instrument.needs_consent else _not_refusing
    rows = asked(student_ids=student_ids, on=on)
    ages = {pk: age_on(born_on, on) if born_on else None for pk, born_on in rows}
    return [
        pk
        for pk, age in ages.items()
        if instrument.is_for_age(age) and instrument.items_for(age)  # no form without a question
    ]


@prepared
def _held(*, class_ids, on) -> QuerySet[Any]:
    rows = current_enrolments(on).filter(school_class_id__in=class_ids)
    return rows.values_list("student_id", "school_class_id")


@prepared
def _held_by(*, student_ids, class_ids, on) -> QuerySet[Any]:
    rows = current_enrolments(on).filter(student_id__in=student_ids, school_class_id__in=class_ids)
    return rows.values_list("student_id", "school_class_id")


@prepared
def _allowing(*, student_ids, on) -> QuerySet[Any]:
    return _by_name(students_allowing(Purpose.SCREENING, on).filter(pk__in=student_ids))


@prepared
def _not_refusing(*, student_ids, on) -> QuerySet[Any]:
    refused = is_refused(Purpose.SCREENING, on)
    return _by_name(Student.objects.filter(~refused, pk__in=student_ids))


def _by_name(children: QuerySet[Student]) -> QuerySet[Any]:
    return children.order_by("name_pinyin", "pk").values_list("pk", "born_on")


def asked_of(
    classes: Iterable[SchoolClass],
    instrument: Instrument,
    how: str,
    school: School,
    at: datetime,
    only: Collection[int] | None = None,
) -> list[Asked]:
    """Return every form of a round, by class and name; `only`: some children. Three queries at most."""
    ordered = list(classes)
    class_of = _children([one.pk for one in ordered], instrument, school, at, only)
    place = {one.pk: number for number, one in enumerate(ordered)}
    children = sorted(class_of, key=lambda pk: place[class_of[pk]])
    if how in (rules.IN_CLASS, rules.BY_STAFF):
        return [Asked(pk, class_of[pk]) for pk in children]
    ties = ties_to_ask(children, instrument, today_in(school, at))
    # A person who is both legal guardian and carer has one form.
    around: dict[int, dict[int, Guardianship]] = {pk: {} for pk in children}
    for tie in with_a_way(ties) if how == rules.AT_HOME else ties:
        around[tie.student_id].setdefault(tie.adult_id, tie)
    return [Asked(pk, class_of[pk], tie) for pk in children for tie in around[pk].values()]


def ties_to_ask(
    student_ids: Collection[int], instrument: Instrument, on: date
) -> QuerySet[Guardianship]:
    """Return the ties of adults who may answer about these children, nearest first."""
    return _ties(student_ids, kinds_of(instrument), on)


def kinds_of(instrument: Instrument) -> list[str]:
    """Return the kinds of guardianship that may answer this instrument."""
    return sorted({str(kind) for who in instrument.respondents for kind in KINDS.get(who, ())})


@prepared
def ties_between(*, student_ids, adult_ids, kinds, on) -> QuerySet[Guardianship]:
    """Like `ties_to_ask`, for adults who are known already."""
    return _ties(student_ids, kinds, on).filter(adult_id__in=adult_ids)


def pairs_between(
    student_ids: Collection[int], adult_ids: Collection[int], instrument: Instrument, on: date
) -> list[tuple[int, int]]:
    """Return (adult id, child id) for `ties_between`; no query if there is no child."""
    if not student_ids:
        return []
    kinds = kinds_of(instrument)
    return _pairs(student_ids=student_ids, adult_ids=adult_ids, kinds=kinds, on=on)


@prepared
def _pairs(*, student_ids, adult_ids, kinds, on) -> QuerySet[Any]:
    rows = _ties(student_ids, kinds, on).filter(adult_id__in=adult_ids).select_related(None)
    return rows.values_list("adult_id", "student_id")


def _ties(student_ids: Any, kinds: Any, on: Any) -> QuerySet[Guardianship]:
    return (
        informed_guardianships(on)
        .filter(
            ~is_blocked_somewhere(),
            approachable(),
            student_id__in=student_ids,
            kind__in=kinds,
            adult__merged_into=None,
        )
        .select_related("adult", "student")
        .order_by("student_id", "priority", "pk")
    )


def with_a_way(ties: QuerySet[Guardianship]) -> list[Guardianship]:
    """Return ties of adults who may get a message.

    They want messages, and have a number that is theirs alone. There are two queries: in one, PostgreSQL
    scans all numbers again for each adult while it has no statistics yet, just after a roster: minutes for
    600 children, measured.
    """
    willing = list(ties.filter(may_be_asked()))
    ways = usable_contact_points().filter(adult_id__in={tie.adult_id for tie in willing})
    reached = set(ways.order_by().values_list("adult_id", flat=True))
    return [tie for tie in willing if tie.adult_id in reached]

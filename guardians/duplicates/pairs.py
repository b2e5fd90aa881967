"""Records of a school that may belong to one person. Only a person decides whether they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Prefetch, Q, QuerySet

from accounts.models import User
from guardians.duplicates.merging import UNDO_DAYS
from guardians.models import Adult, ContactPoint, DifferentAdults, Guardianship, Merge, Migration
from guardians.policies import adults_visible_to
from guardians.rules import are_similar_names
from schools.models import School, holds_on
from students.models import Student
from students.policies import students_editable_by

PAIRS_SHOWN = 30  # side by side on one page; the others move up as these are decided


@dataclass(frozen=True)
class Pair:
    """Two records that may belong to one person; `first` is the older one."""

    first: Adult
    second: Adult
    shares_phone: bool


def suspected_pairs(school: School, editable: QuerySet[Adult]) -> list[Pair]:
    """Return pairs with the same number and a similar name, or the same name around one child.

    Both records must be in `editable`; pairs that were told apart or are closed are left out.
    """
    open_ones = Q(adult__merged_into=None)
    points = ContactPoint.objects.filter(open_ones, school=school).exclude(address="")
    by_phone = _pairs(points.filter(adult__in=editable), "address")
    ties = Guardianship.objects.filter(open_ones, school=school, adult__in=editable)
    by_child = _pairs(ties, "student_id")
    apart = set(DifferentAdults.objects.filter(school=school).values_list("first", "second"))
    found = (by_phone | by_child) - apart
    people = Adult.objects.in_bulk({pk for pair in found for pk in pair})
    pairs = [
        Pair(people[a], people[b], (a, b) in by_phone)
        for a, b in sorted(found)
        if _may_be_one(people[a], people[b], (a, b) in by_phone)
    ]
    return pairs[:PAIRS_SHOWN]


def twins_of(adult: Adult, editable: QuerySet[Adult]) -> list[Adult]:
    """Return other records that may belong to this person, with the same number or around the same child, if
    both can be merged.

    Two queries if there are none.
    """
    others = Adult.objects.filter(school=adult.school_id, merged_into=None).exclude(pk=adult.pk)
    points = adult.contact_points.exclude(address="").values("address")
    children = adult.guardianships.values("student_id")
    found = {
        other.pk
        for rows, shares_phone in (
            (others.filter(contact_points__address__in=points), True),
            (others.filter(guardianships__student_id__in=children), False),
        )
        for other in rows
        if _may_be_one(adult, other, shares_phone)
    }
    for pair in DifferentAdults.objects.filter(Q(first=adult) | Q(second=adult)) if found else ():
        found -= {pair.first_id, pair.second_id}
    both = list(editable.filter(pk__in=[adult.pk, *found])) if found else []
    return [one for one in both if one != adult] if adult in both else []


def _may_be_one(first: Adult, second: Adult, shares_phone: bool) -> bool:
    if shares_phone:
        return are_similar_names(first.name, second.name)
    return first.name_pinyin.replace(" ", "") == second.name_pinyin.replace(" ", "")


def _pairs(rows: QuerySet, by: str) -> set[tuple[int, int]]:
    """Return (lower, higher) keys of the adults who share a value of `by`."""
    groups: dict[object, set[int]] = {}
    for value, adult_id in rows.order_by().values_list(by, "adult_id").distinct():
        groups.setdefault(value, set()).add(adult_id)
    return {(a, b) for group in groups.values() for a in group for b in group if a < b}


def editable_adults(user: User, school: School, on: date) -> QuerySet[Adult]:
    """Return adults for whom `user` may edit the files of all their children, because a merge affects every
    one of them.
    """
    mine = students_editable_by(user, on).values("pk")
    around = Guardianship.objects.filter(student_id__in=mine)
    beyond = Guardianship.objects.filter(school=school).exclude(student_id__in=mine)
    return adults_visible_to(user, on).filter(
        Q(pk__in=around.values("adult_id")) & ~Q(pk__in=beyond.values("adult_id")),
        school=school,
        merged_into=None,
    )


@dataclass(frozen=True)
class Known:
    """A record with what it has today."""

    adult: Adult
    ties: list[Guardianship]
    places: list[Migration]


def with_what_they_have(adults: Sequence[int], on: date) -> dict[int, Known]:
    """Return the records with children, numbers and place, for a side-by-side view; four queries."""
    ties = Guardianship.objects.filter(holds_on(on)).select_related("student", "adult")
    return {
        one.pk: Known(one, one.ties_now, one.places_now)
        for one in Adult.objects.filter(pk__in=adults).prefetch_related(
            Prefetch("guardianships", ties, to_attr="ties_now"),
            "contact_points",
            Prefetch("migrations", Migration.objects.filter(holds_on(on)), to_attr="places_now"),
        )
    }


def recent_merges(school: School, at: datetime) -> QuerySet[Merge]:
    """Return merges that can still be undone, the latest first."""
    rows = Merge.objects.filter(
        school=school, undone_at=None, merged_at__gte=at - timedelta(days=UNDO_DAYS)
    )
    return rows.select_related("kept", "closed", "merged_by")


def children_of_merge(merge: Merge) -> QuerySet[Student]:
    held = Guardianship.objects.filter(Q(adult=merge.kept) | Q(adult=merge.closed))
    return Student.objects.filter(pk__in=held.values("student_id"))


def tell_apart(*, first: Adult, second: Adult, by: User, at: datetime) -> None:
    """Record that these are two people, so that they are not suggested again.

    Calling it again changes nothing.
    """
    low, high = sorted([first.pk, second.pk])
    DifferentAdults.objects.get_or_create(
        first_id=low,
        second_id=high,
        defaults={"school_id": first.school_id, "decided_by": by, "decided_at": at},
    )

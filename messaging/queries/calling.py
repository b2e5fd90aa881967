"""Families whom no message has reached, and whom to call, for the call sheet on paper."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from core.requests import key_of
from guardians.families import families_of
from guardians.models import ContactPoint
from guardians.queries import FamilyMember, last_contact_on, usable_contact_points
from guardians.rules import days_since
from messaging.models import FollowUp
from messaging.policies import follow_ups_visible_to
from messaging.queries.silence import Why, whys
from schools.models import holds_on
from students.models import Enrolment

PEOPLE_AT_MOST = 4  # for each child; the sheet is read during a phone call


@dataclass(frozen=True)
class Group:
    """A class or village with open tasks. `key` is for instance "class-3" or "village-周家村"."""

    key: str
    name: str
    count: int


@dataclass(frozen=True)
class Callee:
    """An adult around the child, with the numbers at which they may be called, if any."""

    member: FamilyMember
    numbers: tuple[ContactPoint, ...]


@dataclass(frozen=True)
class CallRow:
    follow_up: FollowUp
    class_name: str
    days: int | None  # since the last talk with a parent
    people: tuple[Callee, ...]
    why: Why


def call_groups(user: User, on: date) -> tuple[list[Group], list[Group]]:
    """Return the classes and villages in which the viewer has somebody to call, in one query."""
    classes: Counter[tuple[str, str]] = Counter()
    villages: Counter[tuple[str, str]] = Counter()
    for pk, name, village in _open(user, on).values_list(
        "class_id", "class_name", "student__village"
    ):
        if pk:
            classes[f"class-{pk}", name] += 1
        if village:
            villages[f"village-{village}", village] += 1
    of_classes, of_villages = (
        [Group(key, name, count) for (key, name), count in counts.items()]
        for counts in (classes, villages)
    )
    return of_classes, of_villages


def call_rows(user: User, key: str, at: datetime) -> list[CallRow]:
    """Return the rows of a class or village, the longest waiting first, in a fixed number of queries."""
    on = timezone.localdate(at)
    kind, _dash, value = key.partition("-")
    tasks = _open(user, on)
    if kind == "class" and (class_id := key_of(value)):
        tasks = tasks.filter(class_id=class_id)
    elif kind == "village" and value:
        tasks = tasks.filter(student__village=value)
    else:
        return []
    rows = list(tasks.select_related("student__school", "check_in__adult"))
    why = whys(rows)
    families = families_of([row.student_id for row in rows])
    members = {pk: facts.members(on) for pk, facts in families.items()}
    # Leave out numbers of blocked adults, numbers that they share and numbers that belong to somebody else.
    phones = usable_contact_points().filter(
        adult_id__in={one.adult.pk for family in members.values() for one in family},
        kind=ContactPoint.Kind.PHONE,
    )
    numbers: dict[int, list[ContactPoint]] = defaultdict(list)
    for point in phones:
        numbers[point.adult_id].append(point)
    found = []
    for row in rows:
        # Leave out adults who have died, are not in contact or are blocked. Those with a number come first.
        people = [
            Callee(one, tuple(numbers.get(one.adult.pk, ())))
            for one in members.get(row.student_id, [])
            if one.adult.is_approachable
        ]
        people.sort(key=lambda one: not one.numbers)
        days = days_since(row.talked_on, on)
        found.append(
            CallRow(row, row.class_name or "", days, tuple(people[:PEOPLE_AT_MOST]), why[row.pk])
        )
    return found


def _open(user: User, on: date) -> QuerySet[Any]:
    """Return tasks for which somebody still has to call, with class and last talk."""
    enrolled = Enrolment.objects.filter(holds_on(on), student_id=OuterRef("student_id"))
    rows = follow_ups_visible_to(user, on).filter(done_at=None)
    return rows.annotate(
        class_id=Subquery(enrolled.values("school_class_id")[:1]),
        class_name=Subquery(enrolled.values("school_class__name")[:1]),
        talked_on=last_contact_on("student_id"),
    ).order_by(F("class_name").asc(nulls_last=True), "opened_at", "pk")

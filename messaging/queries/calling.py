"""Families whom no message has reached, with whom to call: for a sheet on paper."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User
from core.requests import key_of
from guardians.families import families_of
from guardians.models import Adult, ContactPoint
from guardians.queries import FamilyMember, last_contact_on, usable_contact_points
from guardians.rules import days_since
from messaging.models import FollowUp
from messaging.policies import follow_ups_visible_to
from schools.models import holds_on
from students.models import Enrolment

PEOPLE_AT_MOST = 4  # around one child; a sheet is read at the phone


@dataclass(frozen=True)
class Group:
    """A class or a village with open tasks. `key`: "class-3", "village-周家村"."""

    key: str
    name: str
    count: int


@dataclass(frozen=True)
class Callee:
    """An adult around the child and the numbers at which they may be called; may be none."""

    member: FamilyMember
    numbers: tuple[ContactPoint, ...]


@dataclass(frozen=True)
class CallRow:
    follow_up: FollowUp
    class_name: str
    days: int | None  # since the last talk with a parent
    people: tuple[Callee, ...]


def call_groups(user: User, on: date) -> tuple[list[Group], list[Group]]:
    """Classes and villages in which the viewer has somebody to call; one query."""
    classes: dict[str, list[str]] = {}
    villages: dict[str, list[str]] = {}
    for pk, name, village in _open(user, on).values_list(
        "class_id", "class_name", "student__village"
    ):
        if pk:
            classes.setdefault(f"class-{pk}", []).append(name)
        if village:
            villages.setdefault(f"village-{village}", []).append(village)
    return _groups(classes), _groups(villages)


def _groups(found: dict[str, list[str]]) -> list[Group]:
    return [Group(key, names[0], len(names)) for key, names in found.items()]


def call_rows(user: User, key: str, at: datetime) -> list[CallRow]:
    """Of one class or village, who has waited longest first; as many queries for any number."""
    on = timezone.localdate(at)
    kind, _dash, value = key.partition("-")
    rows = _open(user, on)
    if kind == "class" and (class_id := key_of(value)):
        rows = rows.filter(class_id=class_id)
    elif kind == "village" and value:
        rows = rows.filter(student__village=value)
    else:
        return []
    return _with_families(list(rows.select_related("student__school")), on)


def _open(user: User, on: date) -> QuerySet[Any]:
    enrolled = Enrolment.objects.filter(holds_on(on), student_id=OuterRef("student_id"))
    rows = follow_ups_visible_to(user, on).filter(done_at=None)
    return rows.annotate(
        class_id=Subquery(enrolled.values("school_class_id")[:1]),
        class_name=Subquery(enrolled.values("school_class__name")[:1]),
        talked_on=last_contact_on("student_id"),
    ).order_by(F("class_name").asc(nulls_last=True), "opened_at", "pk")


def _with_families(rows: Sequence[Any], on: date) -> list[CallRow]:
    families = families_of([row.student_id for row in rows])
    members = {pk: facts.members(on) for pk, facts in families.items()}
    numbers = _numbers({one.adult.pk for family in members.values() for one in family})
    return [
        CallRow(
            follow_up=row,
            class_name=row.class_name or "",
            days=days_since(row.talked_on, on),
            people=_people(members.get(row.student_id, []), numbers),
        )
        for row in rows
    ]


def _numbers(adult_ids: Iterable[int]) -> dict[int, list[ContactPoint]]:
    """Numbers that may be called: none of a blocked adult, or that one shares, or that is another's."""
    found: dict[int, list[ContactPoint]] = {}
    phones = usable_contact_points().filter(
        adult_id__in=list(adult_ids), kind=ContactPoint.Kind.PHONE
    )
    for point in phones:
        found.setdefault(point.adult_id, []).append(point)
    return found


def _people(
    family: Sequence[FamilyMember], numbers: dict[int, list[ContactPoint]]
) -> tuple[Callee, ...]:
    """Whoever has died or is not in contact is not called, nor who is blocked; a number first."""
    found = [
        Callee(one, tuple(numbers.get(one.adult.pk, ())))
        for one in family
        if one.adult.condition == Adult.Condition.IN_TOUCH and not one.adult.is_blocked
    ]
    found.sort(key=lambda one: not one.numbers)
    return tuple(found[:PEOPLE_AT_MOST])

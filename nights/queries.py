"""Queries for whom an evening reaches, who is asked, and what became of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from core.prepared import Question, joined, prepared
from guardians.models import Adult, Guardianship
from guardians.nearby.queries import counts_of
from guardians.queries import (
    current_guardianships,
    current_migrations,
    has_usable_way,
    may_be_asked,
    parents_away,
)
from nights import rules
from nights.models import Asking, Night, NightEntry, NightRule, Switch
from nights.policies import nights_visible_to
from schools.models import CalendarDay, Post, School, holds_on
from schools.queries import calendar_of
from schools.roles import Role
from students.models import Enrolment, Student


def zone_of(school: School) -> ZoneInfo:
    return ZoneInfo(school.time_zone)


def tonight_at(school: School, at: datetime) -> date:
    return rules.evening_of(at.astimezone(zone_of(school)))


def open_nights() -> QuerySet[Night]:
    return Night.objects.filter(settled_at=None, called_off_at=None)


def _carers(on: date) -> QuerySet[Guardianship]:
    """Return ties of adults who can say whether somebody is at home.

    They care for the child, or are a parent who lives there.
    """
    at_home = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=False)
    is_there = Q(kind__in=Guardianship.CARING) | (
        Q(kind=Guardianship.Kind.PARENT) & Q(Exists(at_home))
    )
    rows = current_guardianships(on).filter(is_there, may_be_asked())
    return rows.select_related("adult").order_by("priority", "pk")


def carers_at_home(on: date) -> QuerySet[Guardianship]:
    """Return those of them who can be asked."""
    return _carers(on).filter(has_usable_way("adult_id"))


def carer_of(student_ids: Collection[int], on: date) -> dict[int, Adult]:
    """Return {child id: the adult whom the school asks first at home}.

    Carers come before parents who live there.
    """
    found: dict[int, Adult] = {}
    rows = sorted(
        carers_at_home(on).filter(student_id__in=student_ids),
        key=lambda row: row.kind == Guardianship.Kind.PARENT,
    )
    for row in rows:
        found.setdefault(row.student_id, row.adult)
    return found


def people_for(
    nights: Collection[Night], evening: date, at: datetime
) -> dict[int, dict[str, rules.Person]]:
    """Return {night id: {step: who may be asked in it now}}; three queries for any number of nights."""
    on = timezone.localdate(at)
    children = {night.student_id for night in nights}
    carers, near = carer_of(children, on), counts_of(children, on)
    asked = set(
        Asking.objects.filter(evening=evening, part=Asking.Part.NEARBY)
        .filter(adult_id__in={row.adult_id for rows in near.values() for row in rows})
        .values_list("adult_id", flat=True)
    )
    found: dict[int, dict[str, rules.Person]] = {}
    for night in nights:
        people = {}
        if night.student_id in carers:
            people[rules.CARER] = rules.Person(carers[night.student_id].pk)
        for row in near.get(night.student_id, []):
            step = rules.NEARBY[row.rank - 1]
            people[step] = rules.Person(row.adult_id, row.adult_id in asked)
        found[night.pk] = people
    return found


def nights_of(asking: Asking, at: datetime) -> list[Night]:
    """Return the evenings for which this adult was asked and may still answer, with `student`.

    The caller checks whether an answer comes from one of the adult's numbers (nights.links).
    """
    on = timezone.localdate(at)
    entries = NightEntry.objects.filter(
        night_id=OuterRef("pk"), asking=asking.pk, kind=NightEntry.Kind.ASKED
    )
    nights = Night.objects.filter(Exists(entries), called_off_at=None)
    found = list(nights.select_related("student", "school").order_by("student__born_on", "pk"))
    children = [night.student_id for night in found]
    if asking.part == Asking.Part.CARER:
        rows = _carers(on).filter(student_id__in=children, adult=asking.adult_id)
        theirs = set(rows.values_list("student_id", flat=True))
    else:
        near = counts_of(children, on)
        theirs = {pk for pk, rows in near.items() if asking.adult_id in {r.adult_id for r in rows}}
    return [night for night in found if night.student_id in theirs]


def waiting_for_answer(asking_ids: Collection[int], at: datetime) -> set[int]:
    """Return ids of those questions that have no answer and are still needed.

    A question is needed while a child waits about whom this adult may be asked now. The number of queries
    does not depend on that of questions.
    """
    on = timezone.localdate(at)
    entries = NightEntry.objects.filter(
        asking__in=asking_ids,
        asking__answer="",
        kind=NightEntry.Kind.ASKED,
        night__settled_at=None,
        night__called_off_at=None,
    )
    pairs = list(
        entries.order_by().values_list(
            "asking_id", "asking__part", "asking__adult_id", "night__student_id"
        )
    )
    children = {child for *_asking, child in pairs}
    home = carers_at_home(on).filter(student_id__in=children)
    theirs = {(Asking.Part.CARER, row.adult_id, row.student_id) for row in home}
    for child, rows in counts_of(children, on).items():
        theirs |= {(Asking.Part.NEARBY, row.adult_id, child) for row in rows}
    return {pk for pk, *who in pairs if tuple(who) in theirs}


def waiting_ids(at: datetime) -> list[int]:
    """Return ids of open evenings whose step is over."""
    return list(
        open_nights().filter(step_ends_at__lte=at).order_by("pk").values_list("pk", flat=True)
    )


def nights_with_blocked(at: datetime) -> QuerySet[Night]:
    """Return tonight's evenings that were settled by an adult who has been blocked since."""
    tonight = rules.evening_of(timezone.localtime(at))
    return Night.objects.filter(
        settled_adult__blocked_at__isnull=False, evening=tonight, called_off_at=None
    )


def ids_looked_after() -> list[int]:
    """Return ids of open evenings whose concern a person has closed: an adult has seen to the child."""
    rows = open_nights().filter(concern__closed_at__isnull=False)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def village_workers(student: Student, on: date) -> list[int]:
    """Return ids of village workers for the village where the child lives."""
    if not student.village:
        return []
    posts = Post.objects.filter(
        holds_on(on),
        role=Role.VILLAGE_WORKER,
        school=student.school_id,
        village=student.village,
        user__is_active=True,
    )
    return list(posts.order_by("user_id").values_list("user_id", flat=True).distinct())


@dataclass(frozen=True)
class Reach:
    """Whom a switch reaches.

    `students`: children to ask about; `without_way`: those of them with nobody at home who can be asked;
    `boarding`: how many are left out because they board.
    """

    students: list[Student]
    without_way: list[Student]
    boarding: int


def reach_of(
    school: School, class_ids: Collection[int] | None, with_boarders: bool, on: date
) -> Reach:
    """Return whom a switch reaches: children with a parent away in one of these classes (None: in any)."""
    enrolled = Enrolment.objects.filter(holds_on(on), school=school, student_id=OuterRef("pk"))
    if class_ids is not None:
        enrolled = enrolled.filter(school_class_id__in=class_ids)
    away = parents_away(on).filter(student_id=OuterRef("pk"))
    rows = Student.objects.filter(Exists(enrolled), Exists(away), school=school)
    found = list(rows.order_by("name_pinyin", "pk"))
    boarding = [] if with_boarders else [one for one in found if one.is_boarding]
    if boarding:
        found = [one for one in found if not one.is_boarding]
    carers = carer_of([one.pk for one in found], on)
    return Reach(found, [one for one in found if one.pk not in carers], len(boarding))


def away_from(school: School, on: date) -> list[Student]:
    """Return children with a parent away who seem to have nobody at home.

    Everybody who cares for them at home is recorded as away or as not in touch, and no parent lives with
    them. Boarders count as at home if the next day is free.
    """
    sleeps_at_school = calendar_of(school).is_school_day(on + timedelta(days=1))
    found = reach_of(school, None, not sleeps_at_school, on).students
    gone = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=True)
    stays = current_migrations(on).filter(adult_id=OuterRef("adult_id"), is_away=False)
    ties = current_guardianships(on).filter(student__in=found)
    care = Q(kind__in=Guardianship.CARING)
    there = ties.filter(
        (care & ~Q(Exists(gone))) | (Q(kind=Guardianship.Kind.PARENT) & Q(Exists(stays))),
        adult__condition=Adult.Condition.IN_TOUCH,
        adult__blocked_at=None,  # an adult who may not come near the child does not count
    )
    cared_for = set(ties.filter(care).values_list("student_id", flat=True))
    left = cared_for - set(there.values_list("student_id", flat=True))
    return [one for one in found if one.pk in left]


def rule_of(school: School) -> NightRule | None:
    return NightRule.objects.filter(school=school).first()


def rules_in_force() -> list[NightRule]:
    rows = NightRule.objects.filter(Q(on_festivals=True) | Q(for_away=True))
    return list(rows.select_related("school").order_by("pk"))


def festivals_of(school: School, first: date, last: date) -> list[date]:
    """Return the evenings on which the rule asks, by the school's calendar.

    A festival of several days may have begun before `first`.
    """
    since = first - timedelta(days=rules.SWITCH_DAYS_MOST)
    days = CalendarDay.objects.filter(
        school=school, kind=CalendarDay.Kind.HOLIDAY, on__range=(since, last)
    )
    evenings = rules.festival_evenings(days.values_list("on", "name"))
    return [on for on in evenings if on >= first]


def asked_about(students: Collection[Student], on: date) -> set[int]:
    """Return ids of the adults whom the school would ask first about these children, each once."""
    return {adult.pk for adult in carer_of([one.pk for one in students], on).values()}


def switches_to_begin(at: datetime) -> list[Switch]:
    """Return switches in force whose rows for tonight do not exist yet."""
    on = timezone.localdate(at)
    rows = Switch.objects.filter(called_off_at=None, starts_on__lte=on, ends_on__gte=on)
    made = Night.objects.filter(switch_id=OuterRef("pk"), evening=on)
    return list(rows.filter(~Exists(made)).select_related("school").order_by("pk"))


@prepared
def _latest(*, student_id, evening) -> QuerySet[Night]:
    rows = Night.objects.filter(student_id=student_id, called_off_at=None, evening__gte=evening)
    return rows.select_related("settled_adult", "settled_by").order_by("-evening", "-pk")[:1]


def night_of(student_id: int, evening: date) -> Night | None:
    """Return the child's latest evening since `evening` that was not called off."""
    found = _latest(student_id=student_id, evening=evening)
    return found[0] if found else None


def nights_tonight(student_ids: Collection[int], evening: date) -> list[Any]:
    """Return nights of these children: tonight's, and earlier ones that are still open."""
    return list(_tonight(student_ids=student_ids, evening=evening))


def tonight_questions(student_ids: Collection[int], evening: date) -> list[Question]:
    """Return the query behind `nights_tonight`."""
    return [_tonight.question(student_ids=student_ids, evening=evening)]


@prepared
def _tonight(*, student_ids, evening) -> QuerySet[Night]:
    rows = Night.objects.filter(student_id__in=student_ids, called_off_at=None)
    rows = rows.filter(Q(evening=evening) | Q(settled_at=None))
    return joined(rows, "student__name", "settled_adult__name", "settled_by__name").order_by("pk")


def entries_of(night: Night) -> list[NightEntry]:
    rows = night.entries.select_related("asking__adult", "user", "night__school")
    return list(rows.order_by("at", "pk"))


def tonight_of_school(school: School, user: User, on: date, at: datetime) -> list[Night]:
    """Return tonight's evenings of one school that `user` may see, and earlier open ones; by name."""
    evening = tonight_at(school, at)
    rows = nights_visible_to(user, on).filter(school=school, called_off_at=None)
    rows = rows.filter(Q(evening=evening) | Q(settled_at=None))
    rows = rows.select_related("student", "school", "settled_adult", "settled_by")
    return list(rows.order_by("student__name_pinyin", "pk"))

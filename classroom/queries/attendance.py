"""Queries for registers, marks and missing homework."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classroom.models import AttendanceMark, ClassRegister, MissedHomework, Observation, Theme
from classroom.rules import (
    ATTENDANCE_DAYS,
    HOMEWORK_DAYS,
    HOMEWORK_MISSES,
    LEARNING_NOTES,
    Mark,
    is_much_missed,
)
from core.days import short_day
from core.prepared import Question, joined, prepared
from schools.models import SchoolClass, holds_on
from students.models import Enrolment, Student


def register_of(school_class: SchoolClass, on: date) -> ClassRegister | None:
    rows = ClassRegister.objects.filter(school_class=school_class, taken_on=on)
    return rows.select_related("taken_by").first()


def marks_on(student_ids: Collection[int], on: date) -> dict[int, Mark]:
    """Return marks by child; a child without one was present."""
    rows = AttendanceMark.objects.filter(student_id__in=student_ids, marked_on=on)
    return {pk: Mark(kind, reason) for pk, kind, reason in rows.values_list(*_MARK)}


_MARK = ("student_id", "kind", "reason")


def absences_of(student: Student, on: date, limit: int) -> list[AttendanceMark]:
    """Return absences, leave and late days up to that day, latest first, with who recorded them."""
    return _absences(student_id=student.pk, on=on, limit=limit)


@prepared
def _absences(*, student_id, on, limit: int) -> QuerySet[AttendanceMark]:
    rows = AttendanceMark.objects.filter(student_id=student_id, marked_on__lte=on)
    rows = rows.exclude(kind=AttendanceMark.Kind.PRESENT)
    return joined(rows, "written_by__name").order_by("-marked_on")[:limit]


def signals(student: Student, on: date) -> list[str]:
    """Return the result of `signals_of` for one child."""
    return signals_of([student.pk], on).get(student.pk, [])


def signals_of(student_ids: Collection[int], on: date) -> dict[int, list[str]]:
    """Return, by child, facts that together may show weariness of study; never a label.

    Only facts past their threshold (classroom.rules) are included, and children without any are left out.
    Five queries for any number of children.
    """
    lines: dict[int, list[str]] = defaultdict(list)
    since = on - timedelta(days=ATTENDANCE_DAYS)
    taken, absent = _taken_days(student_ids, since, on), absent_days(student_ids, since, on)
    for child, (first, days) in taken.items():
        missed = sum(day >= first for day in absent.get(child, ()))
        if is_much_missed(missed, len(days)):
            facts = {"absent": missed, "taken": len(days), "day": short_day(first, on)}
            words = _("missed %(absent)d of %(taken)d school days since %(day)s")
            lines[child].append(words % facts)
    without_homework = missed_days(student_ids, on - timedelta(days=HOMEWORK_DAYS - 1), on)
    for child, days in without_homework.items():
        if len(days) >= HOMEWORK_MISSES:
            words = _("homework missing %(times)d times in two weeks")
            lines[child].append(words % {"times": len(days)})
    noted = Counter(child for (child,) in _weary(student_ids=student_ids, since=since, on=on))
    for child, times in noted.items():
        if times >= LEARNING_NOTES:
            words = ngettext(
                "%(times)d note about learning in four weeks",
                "%(times)d notes about learning in four weeks",
                times,
            )
            lines[child].append(words % {"times": times})
    return dict(lines)


def absences_question(student: Student, on: date, limit: int) -> Question:
    """Return the prepared query that `absences_of` runs, for `ask_together`."""
    return _absences.question(student_id=student.pk, on=on, limit=limit)


def child_questions(student: Student, on: date, since: date) -> list[Question]:
    """Return the prepared queries about absences and homework that a child's page runs besides its timeline.

    They cover the time since `since` and the last weeks.
    """
    asked, lately = [student.pk], on - timedelta(days=ATTENDANCE_DAYS)
    homework = on - timedelta(days=HOMEWORK_DAYS - 1)
    return [
        _enrolled.question(student_ids=asked, on=on),
        *(_absent.question(student_ids=asked, since=day, on=on) for day in (since, lately)),
        *(_missed.question(student_ids=asked, since=day, on=on) for day in (since, homework)),
        _weary.question(student_ids=asked, since=lately, on=on),
    ]


def register_days(student_ids: Collection[int], since: date, on: date) -> dict[int, int]:
    """Return, by child, on how many days a register of its present class covers the child. Two queries."""
    taken = _taken_days(student_ids, since, on)
    return {child: len(days) for child, (_first, days) in taken.items() if days}


def _taken_days(
    student_ids: Collection[int], since: date, on: date
) -> dict[int, tuple[date, list[date]]]:
    """Return, by child, the first day counted and the days since then that a register covers.

    Only registers of the child's present class count, without those that leave the child out.
    """
    enrolled = _enrolled(student_ids=student_ids, on=on)
    class_ids = {row["school_class_id"] for row in enrolled}
    taken = defaultdict(list)
    for class_id, day, unseen in _registers(class_ids=class_ids, since=since, on=on):
        taken[class_id].append((day, unseen))
    found = {}
    for row in enrolled:
        first, child = max(since, row["starts_on"]), row["student_id"]
        days = taken[row["school_class_id"]]
        found[child] = (
            first,
            [day for day, unseen in days if day >= first and child not in unseen],
        )
    return found


@prepared
def _enrolled(*, student_ids, on) -> QuerySet[Any]:
    rows = Enrolment.objects.filter(holds_on(on), student_id__in=student_ids)
    return rows.order_by().values("student_id", "school_class_id", "starts_on")


@prepared
def _registers(*, class_ids, since, on) -> QuerySet[Any]:
    rows = ClassRegister.objects.filter(school_class_id__in=class_ids)
    rows = rows.filter(taken_on__gte=since, taken_on__lte=on)
    return rows.values_list("school_class_id", "taken_on", "unseen")


def absent_days(student_ids: Collection[int], since: date, on: date) -> dict[int, list[date]]:
    """Return days of absence by child, from `since` to `on`; one query."""
    return _grouped(_absent(student_ids=student_ids, since=since, on=on))


@prepared
def _absent(*, student_ids, since, on) -> QuerySet[Any]:
    rows = AttendanceMark.objects.filter(student_id__in=student_ids, marked_on__gte=since)
    rows = rows.filter(marked_on__lte=on, kind=AttendanceMark.Kind.ABSENT)
    return rows.values_list("student_id", "marked_on")


def missed_days(student_ids: Collection[int], since: date, on: date) -> dict[int, list[date]]:
    """Return days with missing homework by child, from `since` to `on`; one query."""
    return _grouped(_missed(student_ids=student_ids, since=since, on=on))


@prepared
def _missed(*, student_ids, since, on) -> QuerySet[Any]:
    rows = MissedHomework.objects.filter(student_id__in=student_ids, retracted_at=None)
    rows = rows.filter(missed_on__gte=since, missed_on__lte=on)
    return rows.values_list("student_id", "missed_on")


def _grouped(rows: Iterable[tuple[int, date]]) -> dict[int, list[date]]:
    found: dict[int, list[date]] = defaultdict(list)
    for key, day in rows:
        found[key].append(day)
    return found


@prepared
def _weary(*, student_ids, since, on) -> QuerySet[Any]:
    rows = Observation.objects.filter(
        student_id__in=student_ids,
        retracted_at=None,
        is_reported=False,
        themes__contains=[Theme.WEARY.value],
    )
    rows = rows.filter(happened_at__date__gt=since, happened_at__date__lte=on)
    return rows.order_by().values_list("student_id")

"""Registers and marks; what they and the homework say of one child, as facts."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.prepared import prepared
from classroom.models import AttendanceMark, ClassRegister, MissedHomework, Observation, Theme
from classroom.rules import (
    ATTENDANCE_DAYS,
    HOMEWORK_DAYS,
    HOMEWORK_MISSES,
    LEARNING_NOTES,
    Mark,
    is_much_missed,
)
from schools.models import SchoolClass
from students.models import Student
from students.presenters import short_day
from students.queries import class_of


def register_of(school_class: SchoolClass, on: date) -> ClassRegister | None:
    rows = ClassRegister.objects.filter(school_class=school_class, taken_on=on)
    return rows.select_related("taken_by").first()


def marks_on(student_ids: Collection[int], on: date) -> dict[int, Mark]:
    """child → what its row says; a child without one was there."""
    rows = AttendanceMark.objects.filter(student_id__in=student_ids, marked_on=on)
    return {pk: Mark(kind, reason) for pk, kind, reason in rows.values_list(*_MARK)}


_MARK = ("student_id", "kind", "reason")


def absences_of(student: Student, limit: int) -> list[AttendanceMark]:
    """Days on which the child was not there, or late; the latest first, with who wrote it down."""
    return _absences(student_id=student.pk, limit=limit)


@prepared
def _absences(*, student_id, limit: int) -> QuerySet[AttendanceMark]:
    rows = AttendanceMark.objects.filter(student_id=student_id)
    rows = rows.exclude(kind=AttendanceMark.Kind.PRESENT).select_related("written_by")
    return rows.order_by("-marked_on")[:limit]


def signals(student: Student, on: date) -> list[str]:
    """Facts that together may speak of weariness of study, each in one line; never a label.

    Only what passes its threshold (classroom.rules) is said; four queries.
    """
    return [
        line
        for line in (
            _attendance_line(student, on),
            _homework_line(student, on),
            _notes(student, on),
        )
        if line
    ]


def _attendance_line(student: Student, on: date) -> str:
    since = on - timedelta(days=ATTENDANCE_DAYS)
    enrolment = class_of(student, on)
    if enrolment is None:
        return ""
    first = max(since, enrolment.starts_on)
    taken = len(_taken(class_id=enrolment.school_class_id, first=first, on=on))
    absent = len(_absent(student_id=student.pk, first=first, on=on))
    if not is_much_missed(absent, taken):
        return ""
    return _("missed %(absent)d of %(taken)d school days since %(day)s") % {
        "absent": absent,
        "taken": taken,
        "day": short_day(first, on),
    }


@prepared
def _taken(*, class_id, first, on) -> QuerySet[Any]:
    rows = ClassRegister.objects.filter(
        school_class_id=class_id, taken_on__gte=first, taken_on__lte=on
    )
    return rows.values_list("pk")


@prepared
def _absent(*, student_id, first, on) -> QuerySet[Any]:
    rows = AttendanceMark.objects.filter(
        student_id=student_id, marked_on__gte=first, marked_on__lte=on
    )
    return rows.filter(kind=AttendanceMark.Kind.ABSENT).values_list("pk")


def _homework_line(student: Student, on: date) -> str:
    since = on - timedelta(days=HOMEWORK_DAYS)
    times = len(_homework_missed(student_id=student.pk, since=since, on=on))
    if times < HOMEWORK_MISSES:
        return ""
    return _("homework missing %(times)d times in two weeks") % {"times": times}


@prepared
def _homework_missed(*, student_id, since, on) -> QuerySet[Any]:
    rows = MissedHomework.objects.filter(student_id=student_id, retracted_at=None)
    return rows.filter(missed_on__gt=since, missed_on__lte=on).values_list("pk")


def _notes(student: Student, on: date) -> str:
    since = on - timedelta(days=ATTENDANCE_DAYS)
    times = len(_weary(student_id=student.pk, since=since, on=on))
    if times < LEARNING_NOTES:
        return ""
    return ngettext(
        "%(times)d note about learning in four weeks",
        "%(times)d notes about learning in four weeks",
        times,
    ) % {"times": times}


@prepared
def _weary(*, student_id, since, on) -> QuerySet[Any]:
    rows = Observation.objects.filter(
        student_id=student_id, retracted_at=None, themes__contains=[Theme.WEARY.value]
    )
    return rows.filter(happened_at__date__gt=since, happened_at__date__lte=on).values_list("pk")

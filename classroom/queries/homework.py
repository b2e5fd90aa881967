"""Queries for help with homework and for missing homework."""

from collections.abc import Collection
from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from classroom.models import HomeworkHelp, MissedHomework
from schools.models import Post, School, holds_on
from schools.roles import Permission, roles_with
from students.models import Student


def help_for(student: Student) -> QuerySet[HomeworkHelp]:
    """Return current help first, then help that has ended."""
    rows = HomeworkHelp.objects.filter(student=student)
    return rows.select_related("staff", "adult", "assigned_by", "ended_by").order_by(
        "-ended_at", "-assigned_at", "-pk"
    )


def present_help(student_ids: Collection[int], on: date) -> QuerySet[HomeworkHelp]:
    """Return current help for these children, ordered by time of day."""
    rows = HomeworkHelp.objects.filter(student_id__in=student_ids, ended_at=None)
    rows = rows.filter(starts_on__lte=on).select_related("student", "staff", "adult")
    return rows.order_by("starts_at", "student__name_pinyin", "pk")


def helpers_at(school: School, on: date) -> QuerySet[User]:
    """Return the staff who may help: those who see children in class."""
    held = Post.objects.filter(holds_on(on), school=school, role__in=roles_with(Permission.OBSERVE))
    return User.objects.filter(pk__in=held.values("user_id")).order_by("name", "pk")


def missed_on(student_ids: Collection[int], on: date) -> set[int]:
    """Return ids of children whose homework is missing on that day."""
    rows = MissedHomework.objects.filter(
        student_id__in=student_ids, missed_on=on, retracted_at=None
    )
    return set(rows.values_list("student_id", flat=True))

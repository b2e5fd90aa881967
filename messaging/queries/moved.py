"""Answers of families to a school that their child has since left."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from messaging.models import CheckInLine
from schools.models import SchoolClass, holds_on
from students.models import Enrolment

# a question is open for a week; then the teacher who asked has a week to read the answer
SHOWN_DAYS = 14


@dataclass(frozen=True)
class AnswerAfterMove:
    """All that the class that asked may still see: the child's name, and the answer to its question."""

    student_name: str
    class_name: str
    answer: str
    answered_at: datetime


def answers_after_a_move(*, classes: QuerySet[SchoolClass], at: datetime) -> list[AnswerAfterMove]:
    """Return recent answers to questions asked while the child was in one of `classes`.

    Only for children who are no longer in any class of that school. Two queries; one if nobody has left.
    """
    on = timezone.localdate(at)
    left = Enrolment.objects.filter(school_class__in=classes.values("pk"), ends_on__isnull=False)
    student_ids = set(left.values_list("student_id", flat=True))
    if not student_ids:
        return []
    still_here = Enrolment.objects.filter(
        holds_on(on), student_id=OuterRef("student_id"), school_id=OuterRef("school_id")
    )
    asked_here = Enrolment.objects.filter(
        school_class__in=classes.values("pk"),
        student_id=OuterRef("student_id"),
        starts_on__lte=OuterRef("check_in__due_on"),
        ends_on__gte=OuterRef("check_in__due_on"),
    )
    lines = (
        CheckInLine.objects.filter(
            Exists(asked_here),
            student_id__in=student_ids,
            check_in__answered_at__gte=at - timedelta(days=SHOWN_DAYS),
        )
        .exclude(Exists(still_here))
        .exclude(answer="")
        .annotate(class_name=asked_here.values("school_class__name")[:1])
        .select_related("student", "check_in")
        .order_by("-check_in__answered_at", "pk")
    )
    return [
        AnswerAfterMove(
            line.student.name,
            line.class_name,
            str(line.get_answer_display()),
            line.check_in.answered_at or at,
        )
        for line in lines
    ]

"""Brings a family's next question forward for a date, once for each date, however often it runs."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists
from django.utils import timezone
from psycopg2.extras import execute_values

from accounts.models import User
from messaging.models import CheckInPlan, MarkedDate, OccasionSetting
from messaging.plans.rules import (
    OCCASION_DAYS,
    OCCASION_LATE_DAYS,
    Occasion,
    PlanFacts,
    takes_occasion,
)
from messaging.queries.occasions import occasions_between
from messaging.queries.plan_facts import climbing, talk_taken_back, waits_with_class
from schools.models import School
from students.models import Student

SEE = """
INSERT INTO messaging_occasionseen (student_id, kind, "on", at) VALUES %s
ON CONFLICT DO NOTHING RETURNING student_id, kind, "on"
"""
BRING = """
UPDATE messaging_checkinplan plan SET next_due_on = brought.ask_on, occasion = brought.kind
FROM (VALUES %s) AS brought (id, ask_on, kind) WHERE plan.id = brought.id
"""


@transaction.atomic
def bring_forward(
    *, at: datetime, except_schools: Collection[int] = (), except_classes: Collection[int] = ()
) -> int:
    """Bring forward the questions that a date calls for today, and return how many. It is safe to run twice.

    `except_schools` and `except_classes` have not begun to ask: a first question must not be about a date
    that is long past.
    """
    on = timezone.localdate(at)
    plans = CheckInPlan.objects.all()
    if except_schools:
        plans = plans.exclude(school__in=except_schools)
    if except_classes:
        plans = plans.exclude(waits_with_class(except_classes, on))
    found = occasions_between(plans, on - timedelta(days=OCCASION_LATE_DAYS), on)
    # The talk may have kept a question about the date away (answers._take_back_talk), so the date is not
    # dealt with before this family's ladder ends.
    taken_back = talk_taken_back().filter(student__in=list(found))
    waiting = set(taken_back.values_list("student_id", flat=True))
    rows = [
        (pk, one.kind, one.on, at)
        for pk, several in found.items()
        if pk not in waiting
        for one in several
    ]
    if not rows:
        return 0
    with connection.cursor() as cursor:
        new = set(execute_values(cursor, SEE, rows, page_size=len(rows), fetch=True))
    first: dict[int, Occasion] = {}  # for each child, the earliest that has not been dealt with yet
    for pk, several in found.items():
        for one in several:
            if (pk, str(one.kind), one.on) in new:
                first.setdefault(pk, one)
    due = CheckInPlan.objects.filter(student_id__in=first, ended_on=None)
    due = due.annotate(is_climbing=Exists(climbing())).select_for_update(of=("self",))
    brought = []
    for plan in due.order_by("pk"):
        facts = PlanFacts(
            next_due_on=plan.next_due_on,
            paused_until=plan.paused_until,
            is_climbing=plan.is_climbing,
        )
        if takes_occasion(facts, on):
            brought.append((plan.pk, on, first[plan.student_id].kind))
    if brought:
        with connection.cursor() as cursor:
            execute_values(cursor, BRING, brought, page_size=len(brought))
    return len(brought)


@transaction.atomic
def set_occasions(*, school: School, days: Mapping[str, int | None], by: User) -> None:
    """Save a school's own days before or after each kind of date.

    A value equal to the default needs no row.
    """
    for kind, number in days.items():
        if number == OCCASION_DAYS[kind]:
            OccasionSetting.objects.filter(school=school, kind=kind).delete()
        else:
            OccasionSetting.objects.update_or_create(
                school=school, kind=kind, defaults={"days": number}
            )


def mark_date(
    *, school: School, student: Student | None, on: date, label: str, by: User
) -> MarkedDate:
    """Save an exam for everybody (no `student`) or a date of one child.

    The same day again changes its label.
    """
    row, _is_new = MarkedDate.objects.update_or_create(
        school=school, student=student, on=on, defaults={"label": label, "created_by": by}
    )
    return row


def unmark_date(*, marked: MarkedDate) -> None:
    marked.delete()

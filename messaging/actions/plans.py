"""Creates, ends and reopens plans from who is away, in SQL. It is safe to run at any time."""

from collections.abc import Collection
from datetime import date, datetime, timedelta

import pghistory
from django.db import connection, transaction
from django.db.models import DateField, Exists, ExpressionWrapper, F
from django.db.models.functions import Least
from django.utils import timezone

from accounts.history import refuse_unseen_change
from accounts.models import User
from guardians.queries import with_parent_away
from messaging.models import CheckIn, CheckInPlan
from messaging.queries.climb_facts import unsettled_lines
from messaging.queries.plan_facts import parents_within_reach
from schools.models import holds_on
from students.models import Enrolment

MAKE = """
INSERT INTO messaging_checkinplan (school_id, student_id, every_days, next_due_on)
SELECT child.school_id, child.id, school.check_in_every_days, %s
FROM ({children}) child JOIN schools_school school ON school.id = child.school_id
ON CONFLICT (student_id) DO NOTHING
"""
END = """
UPDATE messaging_checkinplan SET ended_on = %s, unreachable_since = NULL
WHERE ended_on IS NULL AND student_id NOT IN (SELECT id FROM ({children}) child)
"""
REOPEN = """
UPDATE messaging_checkinplan plan SET ended_on = NULL, next_due_on = greatest(plan.next_due_on, %s)
FROM ({children}) child WHERE child.id = plan.student_id AND plan.ended_on IS NOT NULL
"""
# A child's own rhythm takes precedence over the school's.
FOLLOW_SCHOOL = """
UPDATE messaging_checkinplan plan SET school_id = child.school_id,
    every_days = coalesce(plan.own_every_days, school.check_in_every_days),
    next_due_on = least(plan.next_due_on,
        %s::date + coalesce(plan.own_every_days, school.check_in_every_days)::int)
FROM ({children}) child JOIN schools_school school ON school.id = child.school_id
WHERE child.id = plan.student_id
    AND (plan.every_days, plan.school_id) IS DISTINCT FROM
        (coalesce(plan.own_every_days, school.check_in_every_days)::int, child.school_id)
"""


@transaction.atomic
def ensure_plans(*, at: datetime) -> int:
    """Make a plan for each child at school with a parent away, and return how many plans changed.

    That includes children whose parent cannot be asked, because the board has to show them. Plans that are
    made, ended, reopened or changed all count.
    """
    on = timezone.localdate(at)
    enrolled = Enrolment.objects.filter(holds_on(on)).values("student_id")
    to_ask_about = with_parent_away(on).filter(pk__in=enrolled)
    children, params = to_ask_about.values("id", "school_id").query.sql_with_params()
    changed = 0
    with connection.cursor() as cursor:
        # Use hash joins. Just after a school's first roster, PostgreSQL has no statistics yet, assumes that
        # the tables are empty and would loop over their product: minutes for 600 children, measured.
        cursor.execute("SET LOCAL enable_nestloop = off")
        for sql in (MAKE, REOPEN, END, FOLLOW_SCHOOL):
            cursor.execute(sql.format(children=children), [on, *params])
            changed += cursor.rowcount
        cursor.execute("SET LOCAL enable_nestloop = on")
    return changed


@transaction.atomic
def set_rhythm(
    *,
    plan: CheckInPlan,
    own_every_days: int | None,
    paused_until: date | None,
    paused_reason: str,
    instead_of: str | None = None,
    by: User,
    at: datetime,
) -> None:
    """Save the child's own rhythm (None: the school's) and a pause up to and including `paused_until`.

    `instead_of`: the version (`mark_of` CHOSEN) that the form began with; see core.meanwhile.
    """
    row = (
        CheckInPlan.objects.select_for_update(of=("self",)).select_related("school").get(pk=plan.pk)
    )
    said = (own_every_days, paused_until, paused_reason if paused_until else "")
    refuse_unseen_change(row, dict(zip(CheckInPlan.CHOSEN, said, strict=True)), seen=instead_of)
    row.own_every_days, row.paused_until, row.paused_reason = said
    every_days = own_every_days or row.school.check_in_every_days
    if every_days != row.every_days:
        row.every_days = every_days
        row.next_due_on = min(row.next_due_on, timezone.localdate(at) + timedelta(days=every_days))
    with pghistory.context(user=by.pk):
        row.save()


def mark_unreachable(student_ids: Collection[int], *, at: datetime) -> None:
    """Mark those of these children whose parents no question reaches.

    Their next question waits for a number that works.
    """
    on = timezone.localdate(at)
    rows = CheckInPlan.objects.filter(
        student__in=student_ids, unreachable_since=None, ended_on=None
    )
    rows.exclude(Exists(parents_within_reach(on))).update(unreachable_since=on)


def ask_after_pause(closed: Collection[CheckIn], *, at: datetime) -> None:
    """Ask about the children of these questions, which a pause has ended, on the day after it."""
    if not closed:
        return
    after = ExpressionWrapper(F("paused_until") + timedelta(days=1), output_field=DateField())
    CheckInPlan.objects.filter(
        student__in=unsettled_lines(check_in__in=closed).values("student"),
        paused_until__gte=timezone.localdate(at),
    ).update(next_due_on=Least("next_due_on", after))


def resume_asking(*, plan: CheckInPlan, by: User) -> None:
    with pghistory.context(user=by.pk):
        CheckInPlan.objects.filter(pk=plan.pk).update(paused_until=None, paused_reason="")

"""Previews a school's first questions before somebody decides to start."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from delivery import queries as delivery_queries
from guardians.queries import last_contact_on, usable_contact_points
from messaging.models import CheckInPlan
from messaging.plans.rules import Outcome, next_question
from messaging.queries.plan_facts import read_plans, waits_until
from schools.models import School
from schools.rollout.queries import day_of_class


@dataclass(frozen=True)
class FirstQuestions:
    """Figures about a school's first questions.

    `families`: adults we will ask. `first_at`: the earliest question. `without_channel`: those of these
    adults whom no channel of the school reaches. `nobody`: children about whom nobody can be asked, including
    those whose class waits. `later`: other children whose class begins on a day of its own.
    """

    families: int = 0
    first_at: datetime | None = None
    without_channel: int = 0
    nobody: int = 0
    later: int = 0


def first_questions(school: School, at: datetime) -> FirstQuestions:
    """Return the figures as if the school began now (`actions.start_sending`).

    Classes whose day is still ahead do not begin. The number of queries does not depend on the school's size.
    """
    on = timezone.localdate(at)
    plans = CheckInPlan.objects.filter(school=school, ended_on=None).annotate(
        talked_on=last_contact_on("student_id"), waits_until=waits_until(day_of_class(on))
    )
    asked, first, nobody, later = set(), [], 0, 0
    for read in read_plans(list(plans.order_by("pk")), at):
        facts = replace(read.facts, next_due_on=on, occasion="")
        decided = next_question(facts, (), at)
        if decided.outcome == Outcome.NOBODY:
            nobody += 1
        elif read.plan.waits_until:
            later += 1
        elif decided.outcome == Outcome.ASK and decided.adult and decided.due_at:
            asked.add(decided.adult.adult_id)
            first.append(decided.due_at)
    means = delivery_queries.means_in_use(school)
    points = usable_contact_points().filter(adult_id__in=asked, kind__in=means)
    reached = set(points.values_list("adult_id", flat=True))
    return FirstQuestions(len(asked), min(first, default=None), len(asked - reached), nobody, later)

"""What a school's first questions will be, for whoever decides to start."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.utils import timezone

from delivery import queries as delivery_queries
from guardians.queries import last_contact_on, usable_contact_points
from messaging.models import CheckInPlan
from messaging.plans.rules import Outcome, next_question
from messaging.queries.plan_facts import read_plans, waits_with_class
from schools.models import School
from schools.rollout.queries import classes_that_wait


@dataclass(frozen=True)
class FirstQuestions:
    """`families`: adults who are asked; `first_at`: the earliest question; `without_channel`: of these adults
    those whom no channel of the school reaches; `nobody`: children about whom nobody can be asked; `later`:
    children whose class begins on a day of its own.
    """

    families: int = 0
    first_at: datetime | None = None
    without_channel: int = 0
    nobody: int = 0
    later: int = 0


def first_questions(school: School, at: datetime) -> FirstQuestions:
    """As if the school began now (`actions.start_sending`); classes whose day is still ahead do not. The same
    number of queries for any size.
    """
    on = timezone.localdate(at)
    every = CheckInPlan.objects.filter(school=school, ended_on=None)
    plans = every.exclude(waits_with_class(classes_that_wait(on), on))
    plans = plans.annotate(talked_on=last_contact_on("student_id")).order_by("pk")
    asked, first, nobody = set(), [], 0
    for read in read_plans(list(plans), at):
        facts = replace(read.facts, next_due_on=on, occasion="")
        decided = next_question(facts, (), at)
        if decided.outcome == Outcome.ASK and decided.adult and decided.due_at:
            asked.add(decided.adult.adult_id)
            first.append(decided.due_at)
        elif decided.outcome == Outcome.NOBODY:
            nobody += 1
    means = delivery_queries.means_in_use(school)
    points = usable_contact_points().filter(adult_id__in=asked, kind__in=means)
    reached = set(points.values_list("adult_id", flat=True))
    later = every.filter(waits_with_class(classes_that_wait(on), on)).count()
    return FirstQuestions(len(asked), min(first, default=None), len(asked - reached), nobody, later)

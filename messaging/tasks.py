"""Beat's wake-up calls. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from core import clock
from core.clock import local_date
from delivery import queries as delivery_queries
from messaging import actions
from schools.rollout.queries import schools_that_wait


@shared_task(name="messaging.ask_due_check_ins")
def ask_due_check_ins() -> int:
    at = clock.now()
    actions.ensure_plans(at=at)
    # The one place that puts questions off: nothing else looks at the county's plan (decision 0131).
    later = schools_that_wait(local_date(at))
    actions.bring_forward(at=at, except_schools=later)
    actions.propose_village_visits(at=at)  # no message: goes on while sending is held up
    silent = later | delivery_queries.silent_schools(
        at
    )  # their board and the operation page say so
    asked = actions.ask_due_check_ins(at=at, except_schools=silent)
    actions.climb_ladders(at=at, except_schools=silent)
    return asked

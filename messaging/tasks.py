"""Tasks that beat starts. Each finds its work in PostgreSQL, and may run twice, late or not at all."""

from celery import shared_task

from core import clock
from core.clock import local_date
from delivery import queries as delivery_queries
from messaging import actions
from schools.rollout.queries import classes_that_wait, schools_that_wait


@shared_task(name="messaging.ask_due_check_ins")
def ask_due_check_ins() -> int:
    at = clock.now()
    actions.ensure_plans(at=at)
    # Only this task postpones questions: nothing else looks at the plans of county and school (decisions 0131
    # and 0135). A ladder that has started goes on: in a waiting class, only children whose family was never
    # asked wait.
    on = local_date(at)
    later, classes = schools_that_wait(on), set(classes_that_wait(on))
    actions.bring_forward(at=at, except_schools=later, except_classes=classes)
    actions.propose_village_visits(at=at)  # sends no message: goes on while sending is stopped
    silent = later | delivery_queries.silent_schools(
        at
    )  # their board and the operation page say so
    asked = actions.ask_due_check_ins(at=at, except_schools=silent, except_classes=classes)
    actions.climb_ladders(at=at, except_schools=silent)
    return asked

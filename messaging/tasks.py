"""Beat's wake-up calls. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from core import clock
from delivery import queries as delivery_queries
from messaging import actions


@shared_task(name="messaging.ask_due_check_ins")
def ask_due_check_ins() -> int:
    at = clock.now()
    actions.ensure_plans(at=at)
    actions.bring_forward(at=at)
    actions.propose_village_visits(at=at)  # no message: goes on while sending is held up
    silent = delivery_queries.silent_schools(at)  # their board and the operation page say so
    asked = actions.ask_due_check_ins(at=at, except_schools=silent)
    actions.climb_ladders(at=at, except_schools=silent)
    return asked

from celery import shared_task

from accounts import clock
from counselling import actions, triage


@shared_task(name="counselling.run_intake")
def run_intake() -> None:
    """Opens what has no concern yet, passes on what nobody took and what was not looked after in time.
    Safe to run twice.
    """
    at = clock.now()
    actions.run_intake(at)
    actions.climb_unacknowledged(at)
    triage.remind_of_late(at)

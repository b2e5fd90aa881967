from celery import shared_task

from accounts import clock
from counselling import actions, triage, warning_actions


@shared_task(name="counselling.run_intake")
def run_intake() -> None:
    """Opens what has no concern yet, passes on what nobody took and what was not looked after in time.
    Safe to run twice.
    """
    at = clock.now()
    actions.run_intake(at)
    actions.climb_unacknowledged(at)
    triage.remind_of_late(at)


@shared_task(name="counselling.look_for_signals")
def look_for_signals() -> None:
    """Once a night: writes hints where signals came together. Safe to run twice."""
    warning_actions.look_for_signals(clock.now())

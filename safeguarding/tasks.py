from celery import shared_task

from core import clock
from safeguarding import actions
from safeguarding.early_warning import actions as warning_actions
from safeguarding.levels import triage
from safeguarding.reports import actions as report_actions
from safeguarding.reports import unattended


@shared_task(name="safeguarding.run_intake")
def run_intake() -> None:
    """Opens what has no concern yet, passes on what nobody took and what was not looked after in time.
    Safe to run twice.
    """
    at = clock.now()
    actions.run_intake(at)
    actions.climb_unacknowledged(at)
    triage.remind_of_late(at)


@shared_task(name="safeguarding.look_for_signals")
def look_for_signals() -> None:
    """Once a night: hints are written where signals came together. Safe to run twice."""
    warning_actions.look_for_signals(clock.now())


@shared_task(name="safeguarding.close_again")
def close_again() -> None:
    """Close a reported child to suspects recorded since, and tell the county of reports that have lost the
    last other person who could look after them. Safe to run twice.
    """
    at = clock.now()
    report_actions.close_again(at)
    unattended.tell_bureau(at)

from celery import shared_task

from core import clock
from safeguarding import actions, nobody
from safeguarding.early_warning import actions as warning_actions
from safeguarding.levels import triage
from safeguarding.reports import actions as report_actions
from safeguarding.reports import unattended


@shared_task(name="safeguarding.run_intake")
def run_intake() -> None:
    """Open missing concerns, escalate those that nobody took, and remind people of those overdue.

    Tell the county of those for which a school has nobody. Safe to run twice.
    """
    at = clock.now()
    actions.run_intake(at)
    actions.climb_unacknowledged(at)
    triage.remind_of_late(at)
    nobody.tell_county(at)


@shared_task(name="safeguarding.look_for_signals")
def look_for_signals() -> None:
    """Write hints where signals came together, once a night. Safe to run twice."""
    warning_actions.look_for_signals(clock.now())


@shared_task(name="safeguarding.close_again")
def close_again() -> None:
    """Close reported children's files to suspects recorded since, and tell the county of unattended reports.

    A report is unattended once it has lost the last other person who could look after it. Safe to run twice.
    """
    at = clock.now()
    report_actions.close_again(at)
    unattended.tell_bureau(at)

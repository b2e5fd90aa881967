from celery import shared_task

from core import clock
from counselling import actions
from counselling.early_warning import actions as warning_actions
from counselling.levels import triage
from counselling.pool import news as pool_news
from counselling.reports import actions as report_actions
from counselling.reports import alone


@shared_task(name="counselling.run_intake")
def run_intake() -> None:
    """Opens what has no concern yet, passes on what nobody took and what was not looked after in time; tells
    the county where a report is left with whoever wrote it. Safe to run twice.
    """
    at = clock.now()
    actions.run_intake(at)
    actions.climb_unacknowledged(at)
    triage.remind_of_late(at)
    alone.tell_bureau(at)


@shared_task(name="counselling.look_for_signals")
def look_for_signals() -> None:
    """Once a night: hints are written where signals came together. Safe to run twice."""
    warning_actions.look_for_signals(clock.now())


@shared_task(name="counselling.close_again")
def close_again() -> None:
    """What reports closed is closed for whoever was recorded since. Safe to run twice."""
    report_actions.close_again(clock.now())


@shared_task(name="counselling.tell_of_briefs")
def tell_of_briefs() -> None:
    """Counsellors of the county hear what waits in the shared queue, schools what nobody took. Safe to run
    twice.
    """
    pool_news.tell(clock.now())

from celery import shared_task

from core import clock
from nights import actions


@shared_task(name="nights.follow")
def follow() -> None:
    """Begins what a switch or a rule asks tonight, and asks the next adult where nobody has answered. Safe
    to run twice.
    """
    actions.follow(clock.now())

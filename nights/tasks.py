from celery import shared_task

from core import clock
from nights import actions


@shared_task(name="nights.follow")
def follow() -> None:
    """Begin what a switch or a rule asks tonight, and ask the next adult if nobody has answered.

    Safe to run twice.
    """
    actions.follow(clock.now())

from celery import shared_task

from accounts import tries
from core import clock


@shared_task(name="accounts.forget_tries")
def forget_tries() -> None:
    """Delete counts of attempts whose window is over. Safe to run twice."""
    tries.forget_old(clock.now())

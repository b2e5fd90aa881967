from celery import shared_task

from accounts import tries
from core import clock


@shared_task(name="accounts.forget_tries")
def forget_tries() -> None:
    """Delete counts of tries whose window is over. A second run finds none."""
    tries.forget_old(clock.now())

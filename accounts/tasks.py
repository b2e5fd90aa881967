from celery import shared_task

from accounts import rate_limits
from core import clock


@shared_task(name="accounts.forget_attempts")
def forget_attempts() -> None:
    """Delete counts of attempts whose window is over. Safe to run twice."""
    rate_limits.forget_old(clock.now())

from celery import shared_task

from core import clock
from core.database import run_step
from transfers import actions
from transfers.queries import to_follow


@shared_task(name="transfers.follow")
def follow() -> None:
    """Follow transfers that are open or were handed over a short time ago. Safe to run twice.

    New schools hear what came up since, those who have not confirmed are notified again, and a yes of
    somebody who no longer decides does not count.
    """
    at = clock.now()
    for transfer in to_follow(at):
        run_step(_follow, transfer, at)


def _follow(transfer, at) -> None:
    actions.follow(transfer=transfer, at=at)

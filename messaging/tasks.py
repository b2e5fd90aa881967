"""Beat's wake-up calls. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task

from accounts import clock
from messaging import actions, dispatch
from messaging.dispatch import receipts


@shared_task(name="messaging.drain_outbox")
def drain_outbox() -> int:
    return dispatch.drain()


@shared_task(name="messaging.ask_due_check_ins")
def ask_due_check_ins() -> int:
    at = clock.now()
    actions.ensure_plans(at=at)
    actions.bring_forward(at=at)
    asked = actions.ask_due_check_ins(at=at)
    actions.climb_ladders(at=at)
    actions.propose_village_visits(at=at)
    return asked


@shared_task(name="messaging.queue_due_notices")
def queue_due_notices() -> int:
    return actions.queue_due_notices(at=clock.now())


@shared_task(name="messaging.rescue_stale_claims")
def rescue_stale_claims() -> int:
    dispatch.expire_late(clock.now())
    return dispatch.rescue()


@shared_task(name="messaging.fetch_media")
def fetch_media() -> int:
    """Voices and photos of which a provider has told only the number."""
    return actions.fetch_media(at=clock.now())


@shared_task(name="messaging.match_wecom_families")
def match_wecom_families() -> int:
    return actions.match_all_families(at=clock.now())


@shared_task(name="messaging.gather_receipts")
def gather_receipts() -> int:
    """What providers report only when asked, and reports that came before our own record."""
    at = clock.now()
    asked = receipts.ask_for_reports(at)
    receipts.forget_strangers(at)
    return asked + receipts.settle_waiting(at)

"""Beat's wake-up calls. Each finds its work in PostgreSQL and may run twice, late or not at all."""

from celery import shared_task
from django.utils import timezone

from accounts import clock
from messaging import actions, dispatch, queries, rules
from messaging.dispatch import receipts
from messaging.dispatch.archive import archive
from messaging.dispatch.slots import slot


@shared_task(name="messaging.drain_outbox")
def drain_outbox() -> int:
    with slot(clock.now()) as is_free:
        return dispatch.drain() if is_free else 0


@shared_task(name="messaging.ask_due_check_ins")
def ask_due_check_ins() -> int:
    at = clock.now()
    actions.ensure_plans(at=at)
    actions.bring_forward(at=at)
    actions.propose_village_visits(at=at)  # no message: goes on while sending is held up
    if queries.is_held_up(at):  # the operation page says so
        return 0
    asked = actions.ask_due_check_ins(at=at)
    actions.climb_ladders(at=at)
    return asked


@shared_task(name="messaging.queue_due_notices")
def queue_due_notices() -> int:
    at = clock.now()
    return actions.queue_due_notices(at=at) + actions.queue_account_notices(at=at)


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


@shared_task(name="messaging.archive_outbox")
def archive_outbox() -> int:
    """Not while schools are open: pages come first, and nobody waits for this."""
    at = clock.now()
    return 0 if rules.are_schools_open(timezone.localtime(at)) else archive(at)


@shared_task(name="messaging.gather_receipts")
def gather_receipts() -> int:
    """What providers report only when asked, and reports that came before our own record."""
    at = clock.now()
    asked = receipts.ask_for_reports(at)
    receipts.forget_strangers(at)
    return asked + receipts.settle_waiting(at)

"""Tasks that beat starts. Each finds its work in PostgreSQL, and may run twice, late or not at all."""

from celery import shared_task
from django.utils import timezone

from core import clock
from delivery import actions, details, dispatch, rules
from delivery.actions import calls as voice_actions
from delivery.dispatch import receipts
from delivery.dispatch.archive import archive
from delivery.dispatch.slots import OnlyOne, only_one, slot
from delivery.shared.actions import share_out

# No soft limit: its exception would be raised while one message is being handled and would be taken for that
# message's own error. The hard limit ends a sender that hangs, and the rescue finds out what became of the
# messages it held.
SENDS = {"soft_time_limit": None}


@shared_task(name="delivery.drain_outbox", **SENDS)
def drain_outbox() -> int | None:
    """Send what is due. Return None if other drains are running already: that does not prove that sending
    works (homeschool.health).
    """
    with slot(clock.now()) as is_free:
        return dispatch.drain() if is_free else None


@shared_task(name="delivery.drain_alerts", **SENDS)
def drain_alerts() -> int:
    """Send alerts outside all slots: they wait neither for other messages nor for the end of school."""
    return dispatch.drain(only_alerts=True)


@shared_task(name="delivery.rescue_stale_claims", **SENDS)
def rescue_stale_claims() -> int:
    dispatch.expire_late(clock.now())
    return dispatch.rescue()


@shared_task(name="delivery.fetch_media")
def fetch_media() -> int:
    """Fetch voice messages and photos for which a provider has sent only a number."""
    with only_one(OnlyOne.FETCH_MEDIA) as is_mine:
        return actions.fetch_media(at=clock.now()) if is_mine else 0


@shared_task(name="delivery.match_wecom_families")
def match_wecom_families() -> int:
    with only_one(OnlyOne.MATCH_WECOM) as is_mine:
        return actions.match_all_families(at=clock.now()) if is_mine else 0


@shared_task(name="delivery.archive_outbox")
def archive_outbox() -> int:
    """Archive while schools are closed: pages take priority, and nobody is waiting for this."""
    at = clock.now()
    return 0 if rules.are_schools_open(timezone.localtime(at)) else archive(at)


@shared_task(name="delivery.gather_receipts", **SENDS)
def gather_receipts() -> int:
    """Ask for reports that some providers give only on request, and match reports that arrived before our own
    record.
    """
    at = clock.now()
    receipts.delete_unmatched(at)
    voice_actions.end_unanswered(at)
    settled = receipts.settle_unmatched(at)
    with only_one(OnlyOne.GATHER_RECEIPTS) as is_mine:
        return settled + (receipts.ask_for_reports(at) if is_mine else 0)


@shared_task(name="delivery.hang_up")
def hang_up() -> int:
    with only_one(OnlyOne.HANG_UP) as is_mine:
        return voice_actions.hang_up_unwanted(clock.now()) if is_mine else 0


@shared_task(name="delivery.queue_account_notices")
def queue_account_notices() -> int:
    """Queue notices about changes to accounts and to sign-in numbers of families, and about acts of county
    officers.

    First copy the county's accounts to schools that are new there.
    """
    at = clock.now()
    share_out()
    queued = actions.queue_account_notices(at=at) + actions.queue_number_notices(at=at)
    return queued + actions.queue_county_notices(at=at)


@shared_task(name="delivery.remind")
def remind() -> int:
    return details.queue_reminders(at=clock.now())

"""Tasks that need more than one layer."""

import structlog
from celery import shared_task
from django.conf import settings
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _
from redis import RedisError

from accounts.anchors import AnchorTrouble
from accounts.chain import NoAuditKey
from accounts.verifying import renew_anchor
from core import clock
from delivery import actions, queries
from delivery.models import Trouble
from figures import checking
from homeschool import health, verifying
from homeschool.operators import mail_operators
from learning.exchange import troubles as recordings
from safeguarding.reports import unattended

log = structlog.get_logger(__name__)
SILENT = {
    "beat": Trouble.Kind.BEAT,
    "sender": Trouble.Kind.SENDER,
    "worker": Trouble.Kind.WORKER,
}


@shared_task(name="homeschool.watch_operation")
def watch_operation() -> int:
    """Watch the state of sending. Beat runs this itself (`watch_now`); a worker does while beat is silent."""
    at = clock.now()
    silent = [
        queries.Seen(name, kind, None, at) for name, kind in SILENT.items() if _is_silent(name)
    ]
    seen = [*queries.troubles_now(at), *unattended.troubles(at), *recordings.troubles(at), *silent]
    return actions.watch(seen=seen, at=at)


def watch_now() -> None:
    """Watch in the calling process. Whatever is away right now, the next look follows in a minute."""
    try:
        watch_operation()
    except Exception:
        log.exception("watch_failed")
    finally:
        connection.close()


@shared_task(name="homeschool.anchor_logs")
def anchor_logs() -> int:
    """Record the ends of the sealed logs outside the database, and return how many mails were sent.

    It runs every two minutes, often enough that one trouble stays one trouble
    (delivery.rules.TROUBLE_OVER_MINUTES).
    """
    at = clock.now()
    try:
        found = renew_anchor(at)
    except (AnchorTrouble, NoAuditKey) as error:
        log.error("anchor_not_kept", reason=str(error))
        seen = queries.Seen("anchor", Trouble.Kind.ANCHOR, None, at, str(error)[:200])
        return actions.watch(seen=[seen], at=at)
    if not found:
        return 0
    log.error("log_broken", found=found)
    seen = queries.Seen("logs", Trouble.Kind.LOGS, None, at, str(len(found)))
    return actions.watch(seen=[seen], at=at)


@shared_task(name="homeschool.verify_logs")
def verify_logs() -> None:
    """Check every row of the logs once a day, and mail mismatches to those who run the installation.

    The mail is repeated each day until somebody has dealt with it. A second run on one day mails a second
    time.
    """
    found = verifying.look().broken
    if not found:
        return
    log.error("log_broken", found=found)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Jiaqiao: the log of who opened which file does not fit")
        body = _(
            "Somebody or something has changed the log in the database itself. Keep a copy of the database "
            "as it is, and find out who had access to it. What was found:"
        )
    if not mail_operators(subject, "\n\n".join([body, *found])):
        log.warning("trouble_without_reader", subject="logs")


@shared_task(name="homeschool.check_class_weeks")
def check_class_weeks() -> None:
    """Compare the stored weeks of classes with what the schools' pages count, and mail any differences.

    Those who run the installation get both numbers, each day until somebody has dealt with them.
    """
    found = [str(one) for one in checking.check_all(clock.now())]
    if not found:
        return
    log.error("class_weeks_differ", found=found)
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Jiaqiao: kept figures differ from what is counted")
        body = _(
            "Children who talked with a parent, of the children with a parent away, as kept for a "
            "week and as counted now. “manage.py rebuild_class_weeks --weeks 2” counts these weeks "
            "again; please report this, because it should not happen. What was found:"
        )
    if not mail_operators(subject, "\n\n".join([body, *found])):
        log.warning("trouble_without_reader", subject="class_weeks")


def _is_silent(process: str) -> bool:
    """Return whether a process is silent. A sender that never finishes a drain counts as silent."""
    try:
        if process == "sender" and not health.is_lately(health.drained_seconds_ago()):
            return True
        return not health.is_alive(process)
    except RedisError:  # then nobody knows
        return False

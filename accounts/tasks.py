import structlog
from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import clock, tries
from accounts.verifying import look

log = structlog.get_logger(__name__)


@shared_task(name="accounts.verify_access_log")
def verify_access_log() -> None:
    """Looks once a day whether the log of readers is whole; whoever runs the installation is told by mail
    where it is not, each day until somebody has looked. A second run tells a second time.
    """
    broken = look().broken
    if not broken:
        return
    log.error("access_log_broken", rows=broken)
    if not settings.ALERT_EMAILS:
        log.warning("trouble_without_reader", subject="access log")
        return
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("Jiaqiao: the log of who opened which file does not fit")
        body = _(
            "Somebody or something has changed the log in the database itself. Keep a copy of the database "
            "as it is, and find out who had access to it. What was found:"
        )
    EmailMessage(
        subject,
        "\n\n".join([body, *broken]),
        to=settings.ALERT_EMAILS,
        headers={"Auto-Submitted": "auto-generated"},
    ).send()


@shared_task(name="accounts.forget_tries")
def forget_tries() -> None:
    """Counts of tries whose window is over. A second run finds none."""
    tries.forget_old(clock.now())

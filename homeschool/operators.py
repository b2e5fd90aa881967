"""Mail to those who run the installation."""

from django.conf import settings
from django.core.mail import EmailMessage


def mail_operators(subject: str, body: str) -> bool:
    """Send to ALERT_EMAILS. Return False if no address is given there."""
    if not settings.ALERT_EMAILS:
        return False
    headers = {"Auto-Submitted": "auto-generated"}
    EmailMessage(subject, body, to=settings.ALERT_EMAILS, headers=headers).send()
    return True

"""What stands behind an outbox message, for tests that follow one into the room that queued it."""

from delivery.models import OutboxMessage
from messaging.models import CheckIn


def question_of(message: OutboxMessage) -> CheckIn:
    """The check-in that a message of this kind is about, read afresh."""
    return CheckIn.objects.get(pk=message.about_id)

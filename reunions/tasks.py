from celery import shared_task

from core import clock
from reunions import actions, messages
from schools.models import School


@shared_task(name="reunions.ensure_seasons")
def ensure_seasons() -> int:
    """Create each school's holidays.

    A school has them the morning after it has entered its terms.
    """
    return sum(actions.ensure_seasons(school=school) for school in School.objects.order_by("pk"))


@shared_task(name="reunions.remind")
def remind() -> int:
    return messages.queue_reminders(at=clock.now())

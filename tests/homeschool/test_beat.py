import pytest
from django.conf import settings
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from homeschool.celery import app


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_call_that_nobody_heard_is_void_when_the_next_is_due():
    """Hours without a worker must not leave hours of calls in Redis."""
    DatabaseScheduler(app=app)
    kept = {
        name: (task.task, task.expire_seconds)
        for name, task in PeriodicTask.objects.in_bulk(field_name="name").items()
    }
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        options = entry.get("options", {})
        seconds = options.get("expire_seconds") or int(entry["schedule"])
        assert kept[name] == (entry["task"], seconds)
        if isinstance(entry["schedule"], float):
            assert seconds == int(entry["schedule"])

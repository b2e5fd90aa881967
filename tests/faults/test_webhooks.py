"""1 of webhooks: the process that tells other systems is killed at each moment of a delivery's way. By the
receiver's own log: 0 lost, and 0 twice for a receiver that keeps the ids.
"""

import signal
import time
from collections.abc import Iterator

import pytest
from django.utils import timezone

from api.models import Webhook, WebhookChange, WebhookDelivery
from api.tasks import tell_systems
from delivery.channels.http import close_connections
from guardians.models import Contact
from tests.api.receiver import Receiver
from tests.factories.api import make_webhook
from tests.factories.cast import Cast, make_cast
from tests.faults import webhook_deaths
from tests.faults.conftest import Room

DEATHS = 10
SYSTEMS = 4


@pytest.fixture
def cast(transactional_db) -> Cast:
    return make_cast()


@pytest.fixture
def room(cast) -> Iterator[Room]:
    room = Room()
    yield room
    room.close()


def change(cast) -> None:
    """Of the roster, and a talk: two kinds of events for each system."""
    at = timezone.now()
    cast.students["mengyao"].save()
    Contact.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        happened_on=timezone.localdate(at),
        reported_by="staff",
        recorded_at=at,
    )


@pytest.mark.parametrize("moment", webhook_deaths.MOMENTS)
def test_ten_deaths_at_one_moment(cast, room, moment):
    with Receiver() as receiver:
        for number in range(SYSTEMS):
            make_webhook(cast, receiver.url, name=f"平台{number}")
        WebhookChange.objects.all().delete()
        receiver.delay = webhook_deaths.RECEIVER_TAKES_SECONDS * (moment == "mid_request")
        for _death in range(DEATHS):
            before_the_last = len(receiver.heard)
            change(cast)
            assert room.die(f"webhooks {moment}") == -signal.SIGKILL
        receiver.delay = 0
        time.sleep(webhook_deaths.LEASE.total_seconds() + 0.2)
        for _round in range(5):
            tell_systems()
        close_connections()
        told = receiver.heard[before_the_last:]

    assert not WebhookChange.objects.exists()
    rows = {str(row.key): row for row in WebhookDelivery.objects.all()}
    assert {row.state for row in rows.values()} == {"delivered"}
    times = receiver.times()
    assert set(times) == set(rows)  # each was heard, and nothing that is not on record
    after_the_last_change = {(rows[one.key].webhook_id, one.body["type"]) for one in told}
    kinds = ("roster.changed", "contacts.changed")
    assert after_the_last_change == {
        (hook.pk, kind) for hook in Webhook.objects.all() for kind in kinds
    }
    # A repeat bears the id of the first, and only of what was on its way when the process died.
    if moment in webhook_deaths.BEFORE_SENDING:
        assert set(times.values()) == {1}

"""What Prometheus reads: true figures, only with the token, nobody's name."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from core import clock
from delivery.models import OutboxMessage, ProviderHealth
from tests.factories.cast import make_cast

KEY = {"headers": {"Authorization": "Bearer a-long-token"}}


@pytest.fixture
def token(settings):
    settings.METRICS_TOKEN = "a-long-token"


@pytest.mark.parametrize(
    ("token", "shown"), [("", "Bearer "), ("right", "Bearer wrong"), ("right", "")]
)
def test_without_the_token_there_is_no_such_page(db, client, settings, token, shown):
    settings.METRICS_TOKEN = token
    assert client.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_the_figures(db, client, token):
    cast, at = make_cast(), clock.now()
    for number, (state, minutes) in enumerate([("due", 30), ("retry", 5), ("unknown", 1)]):
        OutboxMessage.objects.create(
            school=cast.school, dedupe_key=str(number), kind="notice", adult=cast.adults["mother"],
            state=state, due_at=at - timedelta(minutes=minutes), expires_at=at + timedelta(days=1),
        )  # fmt: skip
    account = cast.school.channels.create(kind="sms")
    ProviderHealth.objects.create(account=account, trips=2, open_until=at + timedelta(minutes=1))
    answer = client.get("/metrics", **KEY)
    assert answer.status_code == 200
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }
    stands = [found["jiaqiao_outbox_messages", one] for one in ("due", "late", "unknown")]
    assert stands == [2, 1, 1]
    assert 1800 <= found["jiaqiao_outbox_oldest_due_seconds",] < 1900
    assert found["jiaqiao_provider_rests", str(account.pk), "sms"] == 1
    assert found["jiaqiao_provider_trips", str(account.pk), "sms"] == 2
    assert ("jiaqiao_alive", "worker") in found
    assert cast.adults["mother"].name not in answer.content.decode()

"""What Prometheus reads: true figures, only with the token, nobody's name."""

import json
import re
import threading
import time
from datetime import timedelta

import psycopg2
import pytest
import yaml
from django.db import connection
from prometheus_client.parser import text_string_to_metric_families

from accounts.tasks import forget_attempts
from core import clock, replica
from delivery.models import OutboxMessage, ProviderHealth
from homeschool import counting, health
from homeschool.celery import app
from runtime.layout import ROOT
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


def figures(client) -> dict[tuple[str, ...], float]:
    """By name and what its labels say, in the order of the labels' names."""
    counting.counted.tell()
    answer = client.get("/metrics", **KEY)
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


@pytest.fixture
def nothing_counted():
    counting.counted.tell()
    with health.link() as link:
        link.delete(counting.KEY)


def test_pages_are_counted_by_route_and_outcome_and_never_by_address(
    db, client, token, nothing_counted
):
    for path in ("/healthz", "/healthz", "/children/1234567/", "/no-such-page/13893512207/"):
        client.get(path)
    found = figures(client)
    assert found["jiaqiao_http_ended_total", "healthz", "2xx"] == 2
    assert found["jiaqiao_http_ended_total", "none", "4xx"] == 1
    assert found["jiaqiao_http_seconds_count", "healthz"] == 2
    assert found["jiaqiao_http_seconds_bucket", "60.0", "healthz"] == 2
    assert found["jiaqiao_http_seconds_sum", "healthz"] > 0
    assert not [name for name in found if "13893512207" in str(name) or "1234567" in str(name)]


def test_what_is_slow_stands_in_the_buckets_of_its_length(db, client, token, nothing_counted):
    counting.counted.add("page", ("slow",), 0.3, "2xx")
    counting.counted.add("page", ("slow",), 90.0, "5xx")
    found = figures(client)
    ends = {
        end: found["jiaqiao_http_seconds_bucket", end, "slow"]
        for end in ("0.25", "0.5", "60.0", "+Inf")
    }
    assert ends == {"0.25": 0, "0.5": 1, "60.0": 1, "+Inf": 2}


@pytest.fixture
def breaks():
    @app.task(name="tests.breaks")
    def task() -> None:
        raise ValueError

    yield task
    app.tasks.unregister(task)


def test_tasks_are_counted_with_how_they_ended(db, client, token, nothing_counted, breaks):
    """By the signals that Celery sends around a task, wherever it runs."""
    forget_attempts.apply()
    breaks.apply()
    found = figures(client)
    assert found["jiaqiao_task_ended_total", "success", "accounts.forget_attempts"] == 1
    assert found["jiaqiao_task_ended_total", "failure", "tests.breaks"] == 1
    assert found["jiaqiao_task_seconds_count", "accounts.forget_attempts"] == 1


def test_without_redis_pages_go_on_and_figures_of_the_database_are_there(
    db, client, token, nothing_counted, monkeypatch
):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert client.get("/healthz").status_code == 200
    found = figures(client)
    assert found["jiaqiao_database_connections_most",] > 10
    assert found["jiaqiao_database_bytes",] > 1e6


@pytest.mark.django_db(transaction=True)
def test_an_old_transaction_and_a_lock_are_seen(client, token):
    values = connection.settings_dict
    others = [
        psycopg2.connect(host=values["HOST"], user=values["USER"], dbname=values["NAME"])
        for _ in "ab"
    ]
    lock = "LOCK TABLE messaging_reply"
    others[0].cursor().execute(lock)
    waits = threading.Thread(target=lambda: others[1].cursor().execute(lock))
    waits.start()
    time.sleep(1)
    found = figures(client)
    others[0].close()
    waits.join(10)
    others[1].close()
    assert found["jiaqiao_database_connections_waiting_for_lock",] == 1
    assert found["jiaqiao_database_connections_in_open_transaction",] >= 1
    assert found["jiaqiao_database_oldest_transaction_seconds",] >= 1


NAME = re.compile(r"\bjiaqiao_\w+")
LABEL = re.compile(r'(\w+)="([^"]*)"')
ALERTS = yaml.safe_load((ROOT / "deploy" / "alerts.yml").read_text())["groups"][0]["rules"]
PANELS = json.loads((ROOT / "deploy" / "dashboard.json").read_text())["panels"]
EXPRESSIONS = [rule["expr"] for rule in ALERTS] + [
    target["expr"] for panel in PANELS for target in panel["targets"]
]


def test_rules_and_dashboard_ask_for_figures_that_are_there(
    db, client, token, nothing_counted, monkeypatch
):
    monkeypatch.setattr(replica, "is_there", lambda: True)
    monkeypatch.setattr(replica, "seconds_behind", lambda: 4.0)
    cast = make_cast()
    account = cast.school.channels.create(kind="sms")
    ProviderHealth.objects.create(account=account, trips=1)
    OutboxMessage.objects.create(
        school=cast.school, dedupe_key="1", kind="notice", adult=cast.adults["mother"], state="failed",
        cause="bad_text", due_at=clock.now(), expires_at=clock.now(), finished_at=clock.now(),
    )  # fmt: skip
    client.get("/healthz")
    forget_attempts.apply()
    health.record_drained()
    there = {name for name, *_labels in figures(client)}
    answer = client.get("/metrics", **KEY).content.decode()
    asked = {name for one in EXPRESSIONS for name in NAME.findall(one)}
    assert len(asked) > 15
    assert asked - there == set()
    # Labels by which they choose or add up exist, too.
    for one in EXPRESSIONS:
        for label in re.findall(r"by \(([^)]*)\)", one):
            assert all(f'{name.strip()}="' in answer for name in label.split(","))


def test_each_rule_says_what_is_wrong_and_how_urgent_it_is():
    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("page", "look")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["expr"].count("(") == rule["expr"].count(")")
    assert len({rule["alert"] for rule in ALERTS}) == len(ALERTS)

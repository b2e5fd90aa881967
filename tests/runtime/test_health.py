import pytest
from celery.signals import task_success
from django.urls import reverse

from homeschool import health
from homeschool.celery import app
from runtime.database_state import state

pytestmark = pytest.mark.django_db
SLOW = 30  # seconds for which a busy machine may leave a test waiting


@pytest.fixture
def nothing_drained():
    """Signs of life end with a test, this one does not."""
    with health.link() as link:
        link.delete(health.DRAINED_KEY)


def test_green_only_when_all_processes_live_and_a_drain_succeeded_lately(client, nothing_drained):
    for name in ("sender", "worker"):
        health.record_alive(name)
    degraded = client.get(reverse("healthz"))
    assert degraded.status_code == 200
    assert degraded.json() | {"beat": "down", "status": "degraded"} == degraded.json()

    health.record_alive("beat")
    assert client.get(reverse("healthz")).json() == {
        "status": "degraded", "database": "ok", "redis": "ok", "sender": "ok", "worker": "ok",
        "beat": "ok", "sending": "down", "drained_seconds_ago": None,
    }  # fmt: skip
    health.record_drained()
    green = client.get(reverse("healthz")).json()
    assert (green["status"], green["sending"]) == ("ok", "ok")
    assert 0 <= green["drained_seconds_ago"] < SLOW


def test_a_sender_that_lives_and_ends_no_drain_is_not_well(client, nothing_drained):
    """A look-up that hung held up all sending while the page said "ok"."""
    for name in health.PROCESSES:
        health.record_alive(name)
    health.record_drained()
    late = health.DRAINED_WITHIN_SECONDS + 5
    with health.link() as link:
        link.expire(health.DRAINED_KEY, health.KNOWN_SECONDS - late)
    found = client.get(reverse("healthz")).json()
    assert (found["status"], found["sending"]) == ("degraded", "down")
    assert late <= found["drained_seconds_ago"] < late + SLOW
    assert health.main("sender") == 1
    assert health.main("worker") == 0


@pytest.mark.parametrize(
    ("task", "result", "counts"),
    [
        ("delivery.drain_outbox", 0, True),  # nothing was due
        ("delivery.drain_outbox", 7, True),
        ("delivery.drain_outbox", None, False),  # others send already
        ("delivery.rescue_stale_claims", 3, False),
    ],
)
def test_a_drain_that_found_nothing_is_a_success(nothing_drained, task, result, counts):
    app.loader.import_default_modules()  # as a worker does; another test may have, or not
    task_success.send(sender=app.tasks[task], result=result)
    assert (health.drained_seconds_ago() is not None) == counts


def test_pages_outlive_redis(client, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    answer = client.get(reverse("healthz"))
    assert answer.status_code == 200
    assert answer.json()["redis"] == "down"
    assert answer.json()["database"] == "ok"
    assert answer.json()["sending"] == "down"
    health.record_alive("worker")  # a worker goes on, too
    health.record_drained()


def test_a_process_that_shows_no_life_counts_as_dead(monkeypatch):
    assert health.main("worker") == 1
    health.record_alive("worker")
    assert health.main("worker") == 0
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    assert health.main("worker") == 1


def test_a_web_server_that_does_not_answer_is_dead(monkeypatch):
    monkeypatch.setenv("PORT", "9")
    assert health.main("web") == 1


def test_health_over_plain_http_on_a_site_with_tls(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    assert client.get(reverse("healthz")).status_code == 200
    assert client.get("/").status_code == 301


def test_a_schema_newer_than_the_program_is_recognised():
    from django.db import connection

    assert state()["unknown"] == []
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('schools', '9999_from_the_future', now())"
        )
    assert state()["unknown"] == ["schools.9999_from_the_future"]

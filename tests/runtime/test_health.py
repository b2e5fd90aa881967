import pytest
from django.urls import reverse

from homeschool import health
from homeschool.local.database_state import state

pytestmark = pytest.mark.django_db


def test_green_only_when_worker_and_beat_live(client):
    health.record_alive("worker")
    degraded = client.get(reverse("healthz"))
    assert degraded.status_code == 200
    assert degraded.json() | {"beat": "down", "status": "degraded"} == degraded.json()

    health.record_alive("beat")
    assert set(client.get(reverse("healthz")).json().values()) == {"ok"}


def test_pages_outlive_redis(client, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    answer = client.get(reverse("healthz"))
    assert answer.status_code == 200
    assert answer.json()["redis"] == "down"
    assert answer.json()["database"] == "ok"
    health.record_alive("worker")  # a worker goes on, too


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

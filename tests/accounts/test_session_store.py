"""A session is found by its key, and only while it lasts."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from accounts.session_store import SessionStore
from tests.plans import readings

pytestmark = pytest.mark.django_db

MANY = 2000  # sessions begun since PostgreSQL last counted them


def kept(lasts: timedelta) -> SessionStore:
    store = SessionStore()
    store["kept"] = "yes"
    store.set_expiry(timezone.now() + lasts)
    store.save()
    return store


def many() -> None:
    later = timezone.now() + timedelta(days=1)
    rows = [Session(session_key=f"new{n}", session_data="", expire_date=later) for n in range(MANY)]
    Session.objects.bulk_create(rows)


def test_no_others_are_read_though_postgresql_believes_that_there_are_two():
    many()
    Session.objects.all().delete()
    key = kept(timedelta(hours=1)).session_key
    kept(timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE django_session")
    many()
    with connection.cursor() as cursor:
        # As on the web server: what earlier tests left in the index must not make reading the table cheaper.
        cursor.execute("SET LOCAL enable_seqscan = off")
    with readings() as found:
        assert SessionStore(key)["kept"] == "yes"
    (reading,) = (each for sql, each in found.items() if "django_session" in sql)
    assert reading.rows <= 2, reading.plan  # an entry of the index, and the row
    # With both columns in the condition, PostgreSQL may choose either index.
    assert "expire_date" not in reading.plan


def test_what_has_ended_is_empty():
    key = kept(-timedelta(seconds=1)).session_key
    store = SessionStore(key)
    assert not store.keys()
    assert store.session_key is None
    assert store.read_at is None

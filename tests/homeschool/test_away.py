"""The database is away, full, or out of connections: 503, nothing half-written."""

import psycopg2
import pytest
from django.db import connection
from django.test import Client

from guardians.models import Contact
from messaging.models import Reply
from tests.factories.cast import make_cast
from tests.messaging.test_family_pages import ask, key_in

pytestmark = [pytest.mark.integration, pytest.mark.django_db(transaction=True)]
FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$;
CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk();
"""


@pytest.fixture
def page(db):
    """A family's page with its form, in a browser that gets what it would get in earnest."""
    from core import clock

    cast = make_cast()
    _, path = ask(cast, clock.now(), "mengyao")
    client = Client(raise_request_exception=False)
    return client, path, key_in(client.get(path))


@pytest.mark.parametrize("table", ["messaging_reply", "guardians_contact"])
def test_a_full_disk_writes_nothing_and_the_same_tap_works_later(page, table):
    client, path, key = page
    with connection.cursor() as cursor:
        cursor.execute(FULL.format(table=table))
    try:
        answer = client.post(path, {"answer": "talked", "key": key})
        assert answer.status_code == 503
        assert answer["Retry-After"]
        assert "稍后" in answer.content.decode() or "一分钟" in answer.content.decode()
        assert (Reply.objects.count(), Contact.objects.count()) == (0, 0)
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER full_disk ON {table}; DROP FUNCTION full_disk()")
    assert client.post(path, {"answer": "talked", "key": key}).status_code in (200, 302, 303)
    assert (Reply.objects.count(), Contact.objects.count()) == (1, 1)


def test_no_connection_left(page):
    """PostgreSQL refuses everybody: its superuser included, as no name may log in to the database."""
    client, path, key = page
    name = connection.settings_dict["NAME"]
    other = psycopg2.connect(
        host=connection.settings_dict["HOST"],
        user=connection.settings_dict["USER"],
        dbname="postgres",
    )
    other.autocommit = True
    with other.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            connection.close()
            for answer in (client.get(path), client.post(path, {"answer": "talked", "key": key})):
                assert answer.status_code == 503
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    other.close()
    connection.close()
    assert not Reply.objects.exists()
    assert client.post(path, {"answer": "talked", "key": key}).status_code in (200, 302, 303)


def test_without_redis_what_is_tapped_is_written_once(page, settings):
    client, path, key = page
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": settings.REDIS_URL}}
    for _ in range(2):
        assert client.post(path, {"answer": "talked", "key": key}).status_code in (200, 302, 303)
    assert (Reply.objects.count(), Contact.objects.count()) == (1, 1)

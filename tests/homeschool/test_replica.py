"""Pages of figures from a copy that follows: two servers of their own, and one of them may die."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import psycopg2
import pytest
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from prometheus_client.parser import text_string_to_metric_families

from core import replica, walls
from doors.staff import rail
from homeschool.walls import WEB, ensure_roles, role_name
from students.models import Student
from tests.factories.cast import make_cast
from tests.factories.factors import sign_in
from tests.factories.leave import talked
from tests.faults.processes import Copy, Postgres, wait_for


@pytest.fixture(scope="module")
def pair(django_db_setup, django_db_blocker) -> Iterator[SimpleNamespace]:
    """Two servers, the second a copy that follows; here, they are the main database and its replica."""
    server, before, copy = Postgres(), dict(connection.settings_dict), None
    with django_db_blocker.unblock():
        connection.close()
        try:
            server.create(before)
            there = {"HOST": str(server.folder), "NAME": server.NAME, "USER": "postgres"}
            connection.settings_dict.update(there)
            ensure_roles(connection)
            cast = make_cast()
            copy = Copy(server)
            copy.start()
            connections.settings[replica.ALIAS] = {**connection.settings_dict, "HOST": copy.host}
            yield SimpleNamespace(server=server, copy=copy, cast=cast)
        finally:
            if replica.ALIAS in connections.settings:
                connections[replica.ALIAS].close()
                del connections[replica.ALIAS], connections.settings[replica.ALIAS]
            connection.close()
            connection.settings_dict.update(before)
            if copy:
                copy.end()
            server.close()


@pytest.fixture
def servers(pair, monkeypatch) -> SimpleNamespace:
    monkeypatch.setattr(replica, "LOOK_AGAIN_SECONDS", 0)
    monkeypatch.setattr(
        replica, "LOOKS", 50
    )  # a second: beside a full suite the copy takes its time
    follows()
    return pair


def follows() -> None:
    wait_for(lambda: replica.seconds_behind() == 0, 10)


def ask_copy(query: str) -> None:
    with connections[replica.ALIAS].cursor() as cursor:
        cursor.execute(query)


def page(client, name="dashboards:school") -> SimpleNamespace:
    """What the page says first, and how many statements it asked of the main database and of the copy (but
    for the look at how far it is behind).
    """
    copy = connections[replica.ALIAS]
    with CaptureQueriesContext(connection) as main, CaptureQueriesContext(copy) as copied:
        answer = client.get(reverse(name))
    assert answer.status_code == 200
    hero = re.search(r'<p class="hero" id="big">(\d+)', answer.content.decode(errors="ignore"))
    looks = sum("pg_last_wal_replay_lsn" in one["sql"] for one in copied)
    return SimpleNamespace(hero=hero and hero[1], main=len(main), copied=len(copied) - looks)


def test_a_server_without_one_asks_the_main_database(cast, client):
    """Stands before those with `pair`, which takes this process's databases away from others."""
    sign_in(client, cast.users["principal"])
    assert not replica.is_there()
    assert client.get(reverse("dashboards:school")).status_code == 200
    assert Student.objects.first()._state.db == replica.reading().alias == "default"


def test_pages_of_figures_are_read_from_the_copy(servers):
    client = Client()
    sign_in(client, servers.cast.users["principal"])
    asked = page(client)
    assert asked.copied >= 10  # two of them ask many things at once
    assert asked.main <= 12  # who asks, whether they may, and what stands around each page
    for name in ("dashboards:since", "dashboards:figures"):
        assert page(client, name).copied
    assert not page(client, "messaging:board").copied  # every other page is of now


@pytest.fixture
def stopped(servers):
    """The copy gets everything, and takes nothing more in; before, it has taken in a transaction.

    That one writes: the commit of one that does not reaches the log some time later, and the copy would count
    from an older transaction.
    """
    servers.cast.school.save()
    follows()
    ask_copy("SELECT pg_wal_replay_pause()")
    yield
    ask_copy("SELECT pg_wal_replay_resume()")


def test_far_behind_it_is_left_alone(servers, stopped, monkeypatch):
    client = Client()
    sign_in(client, servers.cast.users["principal"])
    before = page(client).hero
    talked(servers.cast)
    time.sleep(1.2)
    assert replica.seconds_behind() > 1
    monkeypatch.setattr(replica, "MOST_BEHIND_SECONDS", 3600)  # a busy machine takes its time
    stale = page(client)
    assert stale.copied
    assert stale.hero == before
    with monkeypatch.context() as strict:
        strict.setattr(replica, "MOST_BEHIND_SECONDS", 1)
        fresh = page(client)
    assert not fresh.copied
    assert fresh.hero != before
    ask_copy("SELECT pg_wal_replay_resume()")
    follows()
    again = page(client)
    assert again.copied
    assert again.hero == fresh.hero


def test_the_instant_of_a_page_is_that_of_its_copy():
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert replica.as_of(at) == at
    with replica._from_copy(4.0):
        assert (at - replica.as_of(at)).total_seconds() == 4


def test_it_dies_and_no_page_fails(servers):
    client = Client()
    sign_in(client, servers.cast.users["principal"])
    assert page(client).copied
    connections[replica.ALIAS].ensure_connection()
    servers.copy.end()
    for _ in range(2):
        answer = client.get(reverse("dashboards:school"))
        assert answer.status_code == 200
    servers.copy.start()
    follows()
    assert page(client).copied


def test_it_dies_after_the_look_and_the_page_is_asked_again(servers, monkeypatch):
    client = Client()
    sign_in(client, servers.cast.users["principal"])
    assert page(client).copied
    monkeypatch.setattr(replica, "LOOK_AGAIN_SECONDS", 3600)  # this process has just looked
    servers.copy.end()
    assert client.get(reverse("dashboards:school")).status_code == 200
    assert replica._last.behind is None
    servers.copy.start()


def test_its_rows_stand_behind_the_same_wall(servers, monkeypatch):
    """By the role of the web server, which may not write there either."""
    told = connections[replica.ALIAS].settings_dict
    connections[replica.ALIAS].close()
    monkeypatch.setitem(told, "USER", role_name(connection, WEB))
    here, far = servers.cast.school, servers.cast.other_school
    with replica._from_copy(0):
        assert not Student.objects.exists()
        with walls.within([here.pk]):
            assert {child.school_id for child in Student.objects.all()} == {here.pk}
        with walls.within([far.pk]):
            assert {child.school_id for child in Student.objects.all()} == {far.pk}
    with pytest.raises(psycopg2.Error), connections[replica.ALIAS].cursor() as cursor:
        cursor.cursor.execute("DELETE FROM students_student")
    connections[replica.ALIAS].close()


def test_a_server_that_follows_nothing_is_no_copy(servers, monkeypatch):
    """It was promoted, or the address is the main database's own."""
    copy = connections[replica.ALIAS]
    copy.close()
    monkeypatch.setitem(copy.settings_dict, "HOST", str(servers.server.folder))
    assert replica.seconds_behind() is None
    copy.close()


def test_a_copy_of_another_cluster_is_none_of_ours(servers, monkeypatch):
    """After a restore: it follows the server from before, whose places in the log say nothing of ours."""
    assert replica.seconds_behind() == 0
    other = replica.WRITTEN.replace("system_identifier,", "system_identifier + 1,")
    monkeypatch.setattr(replica, "WRITTEN", other)
    assert replica.seconds_behind() is None


def test_what_every_page_shows_is_of_the_main_database(servers, monkeypatch):
    """The rail is kept for other pages, too."""
    client, read, asked = Client(), rail._read, []
    sign_in(client, servers.cast.users["principal"])
    monkeypatch.setattr(rail, "_read", lambda viewer: asked.append(replica.alias()) or read(viewer))
    cache.clear()
    sign_in(client, servers.cast.users["principal"])
    assert page(client).copied
    assert asked == ["default"]


def test_prometheus_reads_how_far_it_is_behind(servers, client, settings):
    settings.METRICS_TOKEN = "a-long-token"
    follows()
    found = _figures(client)
    assert found["follows"] == 1
    assert found["behind_seconds"] >= 0
    servers.copy.end()
    assert _figures(client) == {"follows": 0}
    servers.copy.start()


def _figures(client) -> dict[str, float]:
    answer = client.get("/metrics", headers={"Authorization": "Bearer a-long-token"})
    return {
        family.name.removeprefix("jiaqiao_replica_"): family.samples[0].value
        for family in text_string_to_metric_families(answer.content.decode(errors="ignore"))
        if family.name.startswith("jiaqiao_replica_")
    }

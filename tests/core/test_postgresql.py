"""A kept connection is looked at before it is used, without a statement; no dead one passes for living."""

import pytest
from django.db import connection, connections

from core.postgresql import base

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept():
    kept = connections["default"].copy()
    kept.connect()
    assert kept.is_usable()
    yield kept
    kept.close()


@pytest.fixture
def asked(kept, monkeypatch):
    """Connections that Django itself asked from here on; its `SELECT 1` is in no list of statements."""
    asked, own = [], base.base.DatabaseWrapper.is_usable
    monkeypatch.setattr(
        base.base.DatabaseWrapper, "is_usable", lambda one: asked.append(one) or own(one)
    )
    return asked


def test_what_answered_just_now_is_not_asked_again(kept, asked):
    assert kept.is_usable()
    assert asked == []


def test_after_a_few_seconds_it_is_asked(kept, asked, monkeypatch):
    monkeypatch.setattr(base, "ASKED_EVERY", 0.0)
    assert kept.is_usable()
    assert asked == [kept]


def test_one_that_the_server_ended_is_not_usable(kept):
    with kept.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        assert cursor.fetchone() == (True,)
    assert not kept.is_usable()


def test_one_that_was_closed_here_is_not_usable(kept):
    kept.connection.close()
    assert not kept.is_usable()

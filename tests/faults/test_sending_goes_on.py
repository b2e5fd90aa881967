"""Sending that can stop: a provider that answers nothing, PostgreSQL that crashes between an answer and its
record, workers that die, and the row that kills them.
"""

import os
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from celery import Celery
from django.db import DatabaseError, connection
from django.test import RequestFactory

from core import clock
from core.database import is_away, run_step
from delivery import dispatch
from delivery.dispatch.claims import claim
from delivery.models import Attempt, ChannelAccount, OutboxMessage
from guardians.hours import Hours
from guardians.models import Adult
from homeschool.views import broken
from messaging import rules
from schools.models import County
from tests.clocks import move_clock, reset_clock
from tests.delivery.test_faults import ask_all
from tests.factories.cast import make_school
from tests.faults import worker
from tests.faults.conftest import check, drain_all, make_account, states, wait_for
from tests.faults.processes import BEAT, SENDER_AND_WORKER, programs
from tests.sinks import Answer, HttpSink

HANGS = 60.0  # seconds; longer than any test waits
STALE = timedelta(seconds=-1)


def left_by_a_dead_worker(rows) -> None:
    """Marked as being sent, over the first account, by somebody who is gone."""
    account = ChannelAccount.objects.order_by("pk").first()
    at = clock.now()
    rows.update(
        state="claimed", lease_owner=uuid4(), lease_until=at + STALE, sending_at=at, channel="sms",
        address="+8613800000000", account=account,
    )  # fmt: skip


@pytest.fixture
def elsewhere(school):
    """A school whose provider is well."""
    with HttpSink() as gateway:
        other = make_school(County.objects.get(), "大靖中心小学", "620622002")
        make_account(other, gateway)
        yield other, gateway


# --- A look-up that hangs ----------------------------------------------------------------------------


def test_a_look_up_that_hangs_holds_up_neither_other_schools_nor_alerts(
    school, ask, gateway, elsewhere, own_redis, tmp_path
):
    """As installed: a sender and a worker. The rescue looked up one row after the other, without end."""
    school.channels.update(config=gateway.config(timeout_seconds=30))
    ask(100)
    left_by_a_dead_worker(OutboxMessage.objects.all())
    gateway.look_up_delay = HANGS
    other, well = elsewhere
    settings = {"REDIS_URL": own_redis.url, "DISPATCH_LEASE_SECONDS": "2", "DATABASE_ROLES": "1"}
    with programs(*SENDER_AND_WORKER, BEAT, log=tmp_path / "log", **settings):
        queue = Celery(broker=own_redis.url, set_as_current=False)
        for _ in range(4):  # as many as both workers have places
            queue.send_task("delivery.rescue_stale_claims", queue="rescue")
        wait_for(lambda: gateway.look_ups >= 4, 60)
        ask_all(other, 40)
        seconds = wait_for(lambda: len(well.sent()) == 40, 15)
        wait_for(lambda: drained_seconds_ago(own_redis) < 15, 5)
    assert seconds < 60
    assert set(well.sent().values()) == {1}
    assert not gateway.sent()


def drained_seconds_ago(server) -> float:
    from homeschool import health

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REDIS_URL", server.url)
        ago = health.drained_seconds_ago()
    return HANGS if ago is None else ago


def test_a_rescue_has_an_end_and_each_silent_row_in_the_end_a_person(
    school, ask, gateway, elsewhere
):
    school.channels.update(config=gateway.config(timeout_seconds=10))
    ask(30)
    left_by_a_dead_worker(OutboxMessage.objects.all())
    gateway.look_up_delay = HANGS
    limits = replace(worker.limits(), lease_seconds=0.1, rescue_seconds=1)
    runs = 0
    while OutboxMessage.objects.filter(state="claimed").exists():
        began = time.monotonic()
        dispatch.rescue(limits)
        assert time.monotonic() - began < 1 + 5, "the rescue waits for its provider"
        OutboxMessage.objects.filter(state="claimed").update(lease_until=clock.now() + STALE)
        runs += 1
        assert runs < 60
    assert states() == {"unknown": 30}
    assert set(OutboxMessage.objects.values_list("cause", flat=True)) == {"timeout"}
    assert not gateway.sent()


def test_rows_of_others_are_found_in_the_same_run(school, ask, gateway, elsewhere):
    other, _ = elsewhere
    ask(30)
    ask_all(other, 5)
    theirs = OutboxMessage.objects.filter(school=other)
    left_by_a_dead_worker(OutboxMessage.objects.filter(school=school))
    left_by_a_dead_worker(theirs)
    theirs.update(account=other.channels.get())
    gateway.look_up_delay = HANGS
    dispatch.rescue(replace(worker.limits(), rescue_seconds=2))
    assert set(theirs.values_list("state", flat=True)) == {"due"}  # asked: not there


# --- PostgreSQL crashes ------------------------------------------------------------------------------


@contextmanager
def backend_killed_in_mid_query():
    """What is asked inside waits until its server process is killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    timer = threading.Timer(0.5, os.kill, (pid, signal.SIGKILL))
    timer.start()
    yield
    timer.join()


def wait_in_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")


def test_what_a_crash_raises_is_known_for_what_it_is(own_postgres):
    """psycopg2 tells it as a plain DatabaseError: no page and no loop took that for a database away."""
    request = RequestFactory().get("/")
    with backend_killed_in_mid_query(), pytest.raises(DatabaseError) as raised:
        wait_in_the_database()
    assert is_away(raised.value)
    try:
        raise raised.value
    except DatabaseError:
        page = broken(request)
    assert page.status_code == 503
    connection.close()
    wait_for(lambda: _answers(), 30)
    with backend_killed_in_mid_query(), pytest.raises(DatabaseError):
        run_step(lambda: wait_in_the_database())


def _answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return False
    return True


def test_postgresql_ends_between_an_answer_and_its_record(own_postgres, school, ask, gateway, room):
    """Where nothing can be looked up, each answer that was not written down would be a person's work."""
    config = gateway.config(look_up_url="", timeout_seconds=10)
    ChannelAccount.objects.update(config=config)
    ask(40)
    gateway.default = Answer(delay=1.5)
    room.go()
    for wanted in (1, 12, 24):
        wait_for(lambda wanted=wanted: gateway.requests >= wanted, 40)
        own_postgres.end_at_once()
        time.sleep(4)  # their answers come meanwhile
        own_postgres.start()
        connection.close()
    gateway.default = Answer()
    wait_for(lambda: _answers() and not OutboxMessage.objects.filter(state="due").exists(), 60)
    wait_for(lambda: states() == {"accepted": 40}, 30)
    assert check(gateway, 40) == {"accepted": 40}
    assert set(Attempt.objects.values_list("result", flat=True)) == {"accepted"}
    assert Attempt.objects.count() == 40


# --- Workers that die --------------------------------------------------------------------------------


def test_a_death_uses_up_no_try_of_what_never_left(ask, gateway, room):
    """The whole chunk was marked, and each death counted as a try of each of its rows."""
    ask(24)
    for _ in range(3):
        assert room.die("after_mark") == -signal.SIGKILL
        time.sleep(worker.LEASE_SECONDS + 0.2)
        dispatch.rescue(worker.limits())
    drain_all()
    assert check(gateway, 24) == {"accepted": 24}
    assert set(OutboxMessage.objects.values_list("attempt_count", flat=True)) == {1}


@pytest.mark.parametrize(("where", "state"), [("read", "failed"), ("send", "unknown")])
def test_a_row_that_kills_its_worker_is_set_aside_and_takes_no_other_with_it(
    ask, gateway, room, where, state
):
    """It used to kill one worker after the other without end, or as often as its neighbours had tries."""
    ask(30)
    poison = OutboxMessage.objects.order_by("due_at", "pk")[3]
    deaths = 0
    while not _is_over():
        died = room.die(f"of {where} {poison.pk}")
        deaths += died == -signal.SIGKILL
        assert died in (0, -signal.SIGKILL)
        assert deaths <= 3
        time.sleep(worker.LEASE_SECONDS + 0.2)
        dispatch.rescue(worker.limits())
    poison.refresh_from_db()
    assert (poison.state, poison.cause) == (state, "kills_worker")
    assert deaths == 3
    assert check(gateway, 30) == {"accepted": 29, state: 1}
    others = OutboxMessage.objects.exclude(pk=poison.pk)
    assert set(others.values_list("attempt_count", flat=True)) == {1}


def _is_over() -> bool:
    return not OutboxMessage.objects.filter(state__in=("due", "retry", "claimed")).exists()


def test_a_row_that_kills_the_rescue_is_set_aside_too(school, ask, gateway):
    """Taken over again and again by runs that die with it in hand."""
    ask(12)
    left_by_a_dead_worker(OutboxMessage.objects.all())
    poison = OutboxMessage.objects.earliest("pk")
    real = dispatch.rescue.__globals__["read_facts"]

    def read_facts(pks, at):
        if poison.pk in pks:
            raise MemoryError
        return real(pks, at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(dispatch.rescue.__globals__, "read_facts", read_facts)
        for _ in range(20):
            OutboxMessage.objects.filter(state="claimed").update(lease_until=clock.now() + STALE)
            try:
                dispatch.rescue(worker.limits())
            except MemoryError:
                continue
    poison.refresh_from_db()
    assert (poison.state, poison.cause) == ("unknown", "kills_worker")
    assert states() == {"due": 11, "unknown": 1}


# --- What is late ------------------------------------------------------------------------------------


def test_what_an_evening_held_up_goes_the_next_evening_and_not_at_noon(school, ask, gateway):
    """A claim is lost in the evening; the worker is back at noon."""
    ask(4)
    Adult.objects.update(quiet_from=None, quiet_until=None)
    zone = ZoneInfo(Hours().time_zone)
    now = clock.now()
    planned = now.astimezone(zone).replace(hour=19, minute=0, second=0, microsecond=0)
    OutboxMessage.objects.update(
        due_at=planned, expires_at=planned + timedelta(hours=rules.CHECK_IN_LATE_AFTER_HOURS)
    )
    noon = planned.replace(hour=12) + timedelta(days=1)
    evening = noon.replace(hour=18, minute=30)
    try:
        move_clock(noon - now)
        claim(uuid4(), 2, -1)
        drain_all_now()
        assert not gateway.sent()
        assert set(OutboxMessage.objects.values_list("state", "cause", "due_at")) == {
            ("due", "good_hour", evening)
        }
        move_clock(evening + timedelta(minutes=1) - now)
        drain_all_now()
        assert check(gateway, 4) == {"accepted": 4}
    finally:
        reset_clock()


def drain_all_now() -> None:
    for _ in range(3):
        dispatch.rescue(worker.limits())
        dispatch.drain(worker.limits())

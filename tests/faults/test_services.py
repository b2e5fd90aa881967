"""3, 4, 5: Redis and PostgreSQL fail under a real worker and beat; two of everything run at once."""

import os
import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from celery import Celery
from django.db import Error, connection, transaction

from core import clock
from delivery import actions as delivery_actions
from delivery import rules
from delivery.models import OutboxMessage, Trouble
from guardians.models import Adult
from messaging import actions
from messaging.models import CheckIn
from tests.clocks import cut_others
from tests.faults.conftest import check, states
from tests.faults.processes import BEAT, programs, running, wait_for
from tests.sinks import Answer, SmtpSink


def queue_links(school, count: int, **which) -> None:
    """Messages that go at any hour, to adults who are there already."""
    at = clock.now()
    for adult in Adult.objects.filter(school=school, **which)[:count]:
        delivery_actions.queue_message(
            kind="notice", school=school, dedupe_key=f"fault:{uuid4()}", due_at=at,
            expires_at=at + timedelta(hours=1), adult=adult, payload={"path": "/f/"},
        )  # fmt: skip


def all_accepted(count: int) -> bool:
    return states() == {"accepted": count}


def test_redis_is_flushed_restarted_empty_and_away_for_a_while(
    school, ask, gateway, own_redis, tmp_path
):
    ask(60)
    gateway.default = Answer(delay=0.1)
    with running(own_redis, tmp_path / "log"):
        wait_for(lambda: gateway.requests >= 5, 60)
        own_redis.flush()
        wait_for(lambda: all_accepted(60), 60)
        queue_links(school, 40)
        wait_for(lambda: gateway.requests >= 65, 30)
        own_redis.kill()
        own_redis.start()
        wait_for(lambda: all_accepted(100), 60)
        own_redis.kill()
        queue_links(school, 40)
        time.sleep(12)
        own_redis.start()
        wait_for(lambda: all_accepted(140), 90)
    check(gateway, 140)


def test_redis_goes_while_all_that_a_worker_may_hold_is_in_its_hands(school, own_redis, tmp_path):
    """What ends while Redis is away cannot be acknowledged: its place must not stay taken for ever."""
    with running(own_redis, tmp_path / "log", beats=0):
        queue = Celery(broker=own_redis.url, set_as_current=False)
        for _ in range(2):  # a place taken now and one taken later are lost alike
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("LOCK TABLE delivery_outboxmessage")
                for _ in range(4):
                    queue.send_task("delivery.rescue_stale_claims")
                wait_for(lambda: _held_up() == 2, 30)
                own_redis.kill()
            time.sleep(2)  # both end, and are not acknowledged
            own_redis.start()
            queue.send_task("delivery.rescue_stale_claims")
            wait_for(lambda: own_redis.waiting() == 0, 20)


def _held_up() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def test_two_beats_two_workers_two_generators(school, ask, gateway, own_redis, tmp_path):
    """Beat also generates: what the test asks for by hand is asked for by two beats at once as well."""
    ask(100)
    with running(own_redis, tmp_path / "log", beats=2, workers=2):
        at = clock.now()
        for _ in range(5):
            actions.ask_due_check_ins(at=at)
            time.sleep(1)
        wait_for(lambda: all_accepted(100), 60)
        time.sleep(7)  # another tick of each beat
    check(gateway, 100)
    assert CheckIn.objects.count() == 100


def test_without_any_worker_beat_mails_the_administrator(school, ask, own_redis, tmp_path):
    ask(1)
    overdue = clock.now() - timedelta(minutes=rules.TROUBLE_LATE_MINUTES + 1)
    OutboxMessage.objects.update(due_at=overdue)
    with SmtpSink() as post:
        mail = {
            "EMAIL_URL": f"smtp://127.0.0.1:{post.port}",
            "ALERT_EMAILS": "runs@example.org",
            "REDIS_URL": own_redis.url,
        }
        with programs(BEAT, log=tmp_path / "log", **mail):
            wait_for(lambda: post.mails, 60)
    assert post.mails[0].rcpt_tos == ["runs@example.org"]
    assert Trouble.objects.filter(kind=Trouble.Kind.LATE).exclude(told_at=None).exists()


@pytest.mark.parametrize("looks_up", [True, False], ids=["look-up", "no look-up"])
def test_a_backend_is_killed(own_postgres, school, ask, gateway, room, looks_up):
    """The server drops everybody and recovers."""
    _postgresql_fails(ask, gateway, room, _crash, looks_up, school)


@pytest.mark.parametrize("looks_up", [True, False], ids=["look-up", "no look-up"])
def test_postgresql_ends_at_once_and_comes_back(own_postgres, school, ask, gateway, room, looks_up):
    def fail() -> None:
        own_postgres.end_at_once()
        time.sleep(1)
        own_postgres.start()
        connection.close()

    _postgresql_fails(ask, gateway, room, fail, looks_up, school)


@pytest.mark.parametrize("looks_up", [True, False], ids=["look-up", "no look-up"])
def test_connections_are_cut(school, ask, gateway, room, looks_up):
    _postgresql_fails(ask, gateway, room, cut_others, looks_up, school)


def _postgresql_fails(ask, gateway, room, fail, looks_up, school) -> None:
    if not looks_up:
        config = gateway.config(look_up_url="", timeout_seconds=10)
        school.channels.update(config=config)
    ask(200)
    gateway.default = Answer(delay=0.04)
    room.go()
    room.go()
    for wanted in (20, 60, 100, 140):
        wait_for(lambda wanted=wanted: gateway.requests >= wanted, 40)
        fail()
    gateway.default = Answer()
    wait_for(
        lambda: _patiently(
            lambda: not OutboxMessage.objects.filter(state__in=("due", "retry", "claimed")).exists()
        ),
        40,
    )
    # The answers came, and were kept until they could be written down: nobody need settle anything.
    assert check(gateway, 200) == {"accepted": 200}


def _patiently(look) -> bool:
    try:
        return look()
    except Error:
        connection.close()
        return False


def _crash() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' LIMIT 1"
        )
        (pid,) = cursor.fetchone()
    connection.close()
    os.kill(pid, signal.SIGKILL)
    time.sleep(0.5)  # until the server has noticed; it turns everybody away while it recovers
    wait_for(lambda: _patiently(lambda: OutboxMessage.objects.exists()), 20)

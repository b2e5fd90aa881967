"""Nothing waits for ever: neither a page nor a task for PostgreSQL, nor a worker for a task."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
import pytest
from django.conf import settings as django_settings
from django.db import Error, OperationalError, connection, connections, transaction
from django.test import Client

from core import clock
from core.database import is_away
from homeschool import time_limits
from homeschool.celery import app
from homeschool.time_limits import PAGES, TASKS, TimeLimits
from messaging.models import Reply
from surveys.queries import answers_to
from tests.factories.cast import make_cast
from tests.faults.processes import ROOT, environment
from tests.messaging.test_family_pages import ask, key_in

SENDING = {
    "delivery.drain_outbox",
    "delivery.drain_alerts",
    "delivery.rescue_stale_claims",
    "delivery.gather_receipts",
}
SHOWN = "from django.db import connection as c; u = c.cursor(); " + "; ".join(
    f"u.execute('SHOW {name}'); print(u.fetchone()[0])"
    for name in (
        "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "enable_seqscan"
    )
)  # fmt: skip
WEB = "import runpy, homeschool.wsgi; runpy.run_path('gunicorn.conf.py')['when_ready'](None)"
WORKER = (
    "import django; django.setup(); from homeschool.celery import app;"
    "from celery.signals import worker_init; worker_init.send(sender=None)"
)
BEAT = (
    "import django; django.setup(); import threading; threading.Thread.start = lambda self: None;"
    "from homeschool.celery import app; from celery.signals import beat_init; beat_init.send(sender=None)"
)
COMMAND = "import django; django.setup()"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("begun", "expected"),
    [
        (WEB, ["30s", "10s", "1min", "off"]),
        (WORKER, ["5min", "30s", "5min", "on"]),
        (BEAT, ["5min", "30s", "5min", "on"]),
        (COMMAND, ["0", "0", "0", "on"]),
    ],
    ids=["web", "worker", "beat", "a command"],
)
def test_each_process_tells_postgresql_its_limits(begun, expected):
    words = [sys.executable, "-c", f"{begun}; {SHOWN}"]
    said = subprocess.check_output(words, cwd=ROOT, env=environment(), text=True, timeout=60)
    assert said.split() == expected


@contextmanager
def kept_to(limits: TimeLimits) -> Iterator[None]:
    before = dict(connections.settings["default"]["OPTIONS"])
    time_limits.keep_to(limits)
    connection.close()
    yield
    connection.close()
    connections.settings["default"]["OPTIONS"].clear()
    connections.settings["default"]["OPTIONS"].update(before)


@pytest.fixture
def as_pages(transactional_db):
    with kept_to(PAGES):
        yield


def test_what_was_prepared_while_a_table_was_empty_does_not_read_it_whole(as_pages):
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE surveys_answer")
    assert answers_to(seat_id=1, item="i1") == []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM pg_prepared_statements WHERE statement LIKE '%surveys_answer%'"
        )
        [[name]] = cursor.fetchall()
        cursor.execute(f"EXPLAIN EXECUTE {name} ('i1', 1)")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index" in plan
    assert "Seq Scan" not in plan


def test_a_server_that_does_not_answer_is_left_after_seconds():
    assert django_settings.DATABASES["default"]["OPTIONS"]["connect_timeout"] == 5
    assert PAGES.statement < 60
    assert TASKS.statement < app.Task.soft_time_limit


@pytest.fixture
def short(transactional_db):
    """The same limits, of a second."""
    with kept_to(TimeLimits(statement=1, lock=1, idle=1)):
        yield


def test_a_query_that_has_lost_its_way_ends(short):
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)")


def test_a_transaction_that_does_nothing_ends_and_the_next_one_works(short):
    def sleepy() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            time.sleep(2)
            cursor.execute("SELECT 1")

    with pytest.raises(Error) as ended:
        sleepy()
    assert is_away(ended.value)
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def test_a_tap_behind_a_lock_that_nobody_lets_go_of_is_told_so_and_goes_later(short):
    cast = make_cast()
    _, path = ask(cast, clock.now(), "mengyao")
    client = Client(raise_request_exception=False)
    key = key_in(client.get(path))
    values = connection.settings_dict
    other = psycopg2.connect(host=values["HOST"], user=values["USER"], dbname=values["NAME"])
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM messaging_checkin FOR UPDATE")
        answer = client.post(path, {"answer": "talked", "key": key})
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert not Reply.objects.exists()
    other.close()
    assert client.post(path, {"answer": "talked", "key": key}).status_code in (200, 302, 303)
    assert Reply.objects.count() == 1


def test_every_task_but_those_that_send_ends_by_an_error_before_it_is_killed():
    app.loader.import_default_modules()
    ours = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert {name for name, task in ours.items() if task.soft_time_limit is None} == SENDING
    others = {task.soft_time_limit for name, task in ours.items() if name not in SENDING}
    assert all(30 < seconds < django_settings.CELERY_TASK_TIME_LIMIT for seconds in others)

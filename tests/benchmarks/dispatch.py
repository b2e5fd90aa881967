"""How fast messages are decided on and sent, against the least that could be done and the usual way.

Rows, each the median of interleaved rounds, sent into a local HTTP sink in a process of its own:
`drain`: reminders a second; the limit claims as many rows from the same table, sends the same requests by the
same lean client and marks them done: no second look, no words, no record of attempts.
`drain_httpx`: the same drain; the same limit by httpx, as both sent before. Both rows also with the processor
time for one reminder, which holds while others use the machine: `cpu_us` of this process, `postgres_us`.
`naive`: the same drain; the limit is one Celery task for each reminder (naive_tasks.py), a goal to exceed.
`generate`: questions written a second, from plans; the limit COPYs as many rows into the same table.
`sunday`: every family asked at once: reminders a second from plan to sent, seconds and memory beside it.

    python -m tests.benchmarks.dispatch [--messages 1000] [--rounds 5] [--children 5000]
"""

import argparse
import io
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

import psycopg2

from tests.benchmarks import harness
from tests.days import day_of

if TYPE_CHECKING:
    from schools.models import School

CLAIM = """
WITH due AS (SELECT id FROM delivery_outboxmessage WHERE state = 'due' AND due_at <= now()
    ORDER BY due_at LIMIT 100 FOR UPDATE SKIP LOCKED)
UPDATE delivery_outboxmessage m SET state = 'claimed' FROM due WHERE m.id = due.id
RETURNING m.id, m.idempotency_key
"""
# Every row of schools with a higher key, as if nobody had tried to send it yet.
MAKE_DUE = """
UPDATE delivery_outboxmessage SET state = 'due', attempt_count = 0, sending_at = NULL,
    lease_owner = NULL, finished_at = NULL, due_at = now() - interval '1 minute' WHERE school_id > %s
"""
MARK = (
    "UPDATE delivery_outboxmessage SET state = 'accepted', finished_at = now() WHERE id = ANY(%s)"
)
TEXT = "【家桥】黄羊川中心小学 张老师，每周联系：http://127.0.0.1:8000/f/c/1a2b-3c4d-0123456789abc/"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
TIMEOUT_SECONDS = 10.0
NAIVE_WITHIN_SECONDS = 240
SCHOOL_SIZE = 1000  # children of one school of the Sunday
COPIED = (
    "school_id, dedupe_key, idempotency_key, kind, adult_id, about_id, step, channel, address,"
    " payload, state, due_at, expires_at, attempt_count, provider_reference, cause, created_at"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1000, help="in each round of each side")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    parser.add_argument("--children", type=int, default=5000, help="of the Sunday")
    options = parser.parse_args()
    with harness.servers("dispatch"), sink() as port:
        results = _measure(port, options.messages, options.rounds, options.children)
    harness.report("dispatch", results)


@contextmanager
def sink() -> Iterator[int]:
    sink = subprocess.Popen(
        [sys.executable, "-m", "tests.sinks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield int(sink.stdout.readline())
    finally:
        sink.kill()
        sink.wait()


def _measure(port: int, messages: int, rounds: int, children: int) -> list[harness.Result]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(port, messages)
    with _naive_worker():
        drained = harness.interleave(
            {
                "ours": lambda: _timed(_drain, messages),
                "limit": lambda: _timed(lambda: _bare_loop(port, _post), messages),
                "httpx": lambda: _timed(lambda: _bare_loop(port, _httpx_post()), messages),
                "naive": lambda: _timed(lambda: _naive(port, messages), messages),
            },
            rounds,
        )
    generated = harness.interleave(
        {"ours": lambda: _generate(messages), "limit": lambda: _copy(messages)}, rounds
    )
    return [
        _row("drain", drained["ours"], drained["limit"], 0.6),
        _row("drain_httpx", drained["ours"], drained["httpx"], 0.6),
        harness.ratio("naive", *map(_rates, (drained["ours"], drained["naive"])), "reminders/s", 5),
        harness.ratio("generate", generated["ours"], generated["limit"], "rows/s", 0.12),
        _sunday(port, children),
    ]


class Run(NamedTuple):
    """Reminders a second, and µs of processor time for each: of this process, of its PostgreSQL backend."""

    rate: float
    cpu_us: float
    postgres_us: float


def _timed(act: Callable[[], None], messages: int) -> Run:
    """One run over all rows, made due again."""
    from django.db import connection

    _make_due()
    backend = connection.connection.info.backend_pid
    began = time.perf_counter(), time.process_time(), harness.cpu_seconds(backend)
    act()
    ended = time.perf_counter(), time.process_time(), harness.cpu_seconds(backend)
    _check(messages)
    taken, cpu, postgres = (
        (after - before) / messages for before, after in zip(began, ended, strict=True)
    )
    return Run(1 / taken, cpu * 1e6, postgres * 1e6)


def _rates(runs: Sequence[Run]) -> list[float]:
    return [run.rate for run in runs]


def _row(name: str, ours: Sequence[Run], limit: Sequence[Run], goal: float) -> harness.Result:
    row = harness.ratio(name, _rates(ours), _rates(limit), "reminders/s", goal)
    for side, runs in (("", ours), ("limit_", limit)):
        row[f"{side}cpu_us"] = round(median(run.cpu_us for run in runs))
        row[f"{side}postgres_us"] = round(median(run.postgres_us for run in runs))
    return row


def _drain() -> None:
    from delivery import dispatch

    dispatch.drain(dispatch.Limits(task_seconds=3600))


def fill(port: int, count: int) -> float:
    """Families in schools of at most SCHOOL_SIZE children, and all of them asked at once.

    Returns the seconds of the asking alone.
    """
    from django.db import connection

    from core import clock
    from messaging import actions
    from tests.delivery.test_faults import make_families

    for first in range(0, count, SCHOOL_SIZE):
        make_families(_school(port), min(SCHOOL_SIZE, count - first))
    at = clock.now()
    actions.ensure_plans(at=at)
    began = time.perf_counter()
    asked = actions.ask_due_check_ins(at=at)
    seconds = time.perf_counter() - began
    if asked != count:
        raise SystemExit(f"{asked} of {count} asked: the figures mean nothing")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as PostgreSQL does by itself within minutes
    return seconds


def _school(port: int) -> "School":
    from delivery.models import ChannelAccount
    from schools.models import County
    from tests.factories.cast import make_school

    county, _ = County.objects.get_or_create(name="古浪县")
    school = make_school(county, "黄羊川中心小学", f"62062{county.schools.count():04}")
    config = {
        "url": f"http://127.0.0.1:{port}/sms",
        "body": "phone={phone}&text={text}&key={key}",
        "success": {"json_path": "Code", "equals": "OK"},
        "look_up_url": f"http://127.0.0.1:{port}/look-up?key={{key}}",
    }
    ChannelAccount.objects.create(school=school, kind="sms", config=config)
    return school


def _make_due() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(MAKE_DUE, [0])
        cursor.execute("VACUUM ANALYZE delivery_outboxmessage")


def _check(messages: int) -> None:
    from delivery.models import OutboxMessage

    done = OutboxMessage.objects.filter(state="accepted").count()
    if done != messages:
        raise SystemExit(f"{done} of {messages} sent: the figures mean nothing")


def _post(address: str, body: bytes) -> int:
    from delivery.channels.http import reply_to

    return reply_to("POST", address, TIMEOUT_SECONDS, headers=HEADERS, content=body).status_code


def _httpx_post() -> Callable[[str, bytes], int]:
    import httpx

    client = httpx.Client(trust_env=False)
    return lambda address, body: client.post(address, content=body, headers=HEADERS).status_code


def _bare_loop(port: int, post: Callable[[str, bytes], int]) -> None:
    from django.db import connection

    address = f"http://127.0.0.1:{port}/sms"
    with connection.cursor() as cursor:
        while True:
            cursor.execute(CLAIM)
            rows = cursor.fetchall()
            if not rows:
                return
            for _, key in rows:
                body = f"phone=%2B8613893510001&text={quote(TEXT)}&key={key}"
                if post(address, body.encode()) != 200:
                    raise SystemExit("the sink refuses: the figures mean nothing")
            cursor.execute(MARK, [[pk for pk, _ in rows]])


@contextmanager
def _naive_worker() -> Iterator[None]:
    """One worker process: the drain is one, too."""
    command = [sys.executable, "-m", "celery", "-A", "tests.benchmarks.naive_tasks", "worker"]
    worker = subprocess.Popen(
        [*command, "-c", "1", "-Q", "naive", "-l", "ERROR", "--without-gossip", "--without-mingle"],
        env=os.environ | {"BENCHMARK_DATABASE": harness.libpq_url()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(harness.STOP_SECONDS)


def _naive(port: int, messages: int) -> None:
    """Publishes a task for each due row, as beat's task would, and waits for the last."""
    os.environ["BENCHMARK_DATABASE"] = harness.libpq_url()
    from delivery.models import OutboxMessage
    from tests.benchmarks.naive_tasks import send_one

    address = f"http://127.0.0.1:{port}/sms"
    for pk in OutboxMessage.objects.filter(state="due").values_list("pk", flat=True):
        send_one.apply_async([pk, address])
    until = time.perf_counter() + NAIVE_WITHIN_SECONDS
    while OutboxMessage.objects.exclude(state="accepted").exists():
        if time.perf_counter() > until:
            raise SystemExit("the naive way did not end: the figures mean nothing")
        time.sleep(0.05)


def _generate(count: int) -> float:
    """Questions written a second: check-ins, their lines, messages, and plans moved on."""
    from core import clock
    from messaging import actions
    from messaging.models import CheckInPlan

    _forget_questions()
    at = clock.now()
    CheckInPlan.objects.update(next_due_on=day_of(at))
    began = time.perf_counter()
    asked = actions.ask_due_check_ins(at=at)
    taken = time.perf_counter() - began
    if asked != count:
        raise SystemExit(f"{asked} of {count} asked: the figures mean nothing")
    return count / taken


def _forget_questions() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE messaging_checkin, delivery_outboxmessage CASCADE")


def _copy(count: int) -> float:
    """As many rows of the same size into the outbox alone, out of memory."""
    rows = io.StringIO()
    connection = psycopg2.connect(harness.libpq_url())
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, school_id FROM guardians_adult ORDER BY id LIMIT %s", [count])
        for adult, school in cursor.fetchall():
            rows.write(
                f"{school}\tcopy:{adult}\t00000000-0000-0000-0000-{adult:012}\tcheck_in\t{adult}\t\\N\t0"
                "\t\t\t{}\tdue\t2026-11-25\t2026-12-05\t0\t\t\t2026-11-25\n"
            )
        cursor.execute("TRUNCATE messaging_checkin, delivery_outboxmessage CASCADE")
    rows.seek(0)
    began = time.perf_counter()
    with connection, connection.cursor() as cursor:
        cursor.copy_expert(f"COPY delivery_outboxmessage ({COPIED}) FROM STDIN", rows)
    taken = time.perf_counter() - began
    connection.close()
    return count / taken


def _sunday(port: int, children: int) -> harness.Result:
    """One worker; several drain side by side in earnest, so a county is done sooner than this."""
    _forget_questions()
    seconds_to_ask = _fill_more(port, children)
    drained = _timed(_drain, children)
    row = _row("sunday", [drained], [_timed(lambda: _bare_loop(port, _post), children)], 0.6)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return row | {
        "children": children,
        "seconds_to_drain": round(children / drained.rate, 1),
        "seconds_to_ask": round(seconds_to_ask, 1),
        "memory_mb": round(memory),
    }


def _fill_more(port: int, children: int) -> float:
    """Other schools, and only their families are asked. Returns the seconds of the asking."""
    from messaging.models import CheckInPlan

    CheckInPlan.objects.update(ended_on="2026-01-01")
    return fill(port, children)


if __name__ == "__main__":
    main()

"""How fast the drain is against the least that could be done: claim, send, mark, in one bare loop.

Row `drain`: reminders a second into a local HTTP sink that runs in a process of its own. The limit claims
as many rows from the same table, sends the same requests over kept connections of the same HTTP client,
and marks them done: no second look, no words, no record of attempts. Median of five interleaved rounds.

    python -m tests.benchmarks.dispatch [--messages 1500] [--rounds 5]
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import quote

import psycopg2

from tests.benchmarks import harness

CLAIM = """
WITH due AS (SELECT id FROM messaging_outboxmessage WHERE state = 'due' AND due_at <= now()
    ORDER BY due_at LIMIT 100 FOR UPDATE SKIP LOCKED)
UPDATE messaging_outboxmessage m SET state = 'claimed' FROM due WHERE m.id = due.id
RETURNING m.id, m.idempotency_key
"""
MARK = (
    "UPDATE messaging_outboxmessage SET state = 'accepted', finished_at = now() WHERE id = ANY(%s)"
)
TEXT = "【家桥】黄羊川中心小学 张老师问您一句话：http://127.0.0.1:8000/f/c/1a2b-3c4d-0123456789abc/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1500, help="in each round of each side")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    options = parser.parse_args()
    with harness.servers("dispatch"):
        result = _with_sink(options.messages, options.rounds)
    harness.report("dispatch", [result])


def _with_sink(messages: int, rounds: int) -> harness.Result:
    sink = subprocess.Popen(
        [sys.executable, "-m", "tests.sinks"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        port = int(sink.stdout.readline())
        return _measure(port, messages, rounds)
    finally:
        sink.kill()
        sink.wait()


def _measure(port: int, messages: int, rounds: int) -> harness.Result:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(port, messages)
    from messaging import dispatch

    sides: dict[str, Callable[[], None]] = {
        "ours": lambda: dispatch.drain(dispatch.Limits(task_seconds=600)),
        "limit": lambda: _bare_loop(port),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            _make_due()
            began = time.perf_counter()
            side()
            taken = time.perf_counter() - began
            _check(messages)
            if number:  # the first round warms up
                rates[name].append(messages / taken)
                sys.stderr.write(f"round {number} {name}: {messages / taken:.0f}/s\n")
    return harness.ratio("drain", rates["ours"], rates["limit"], "reminders/s", 0.7)


def _fill(port: int, count: int) -> None:
    from messaging.models import ChannelAccount
    from schools.models import County
    from tests.factories.cast import make_school
    from tests.messaging.test_faults import ask_all

    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "620622001")
    config = {
        "url": f"http://127.0.0.1:{port}/sms",
        "body": "phone={phone}&text={text}&key={key}",
        "success": {"json_path": "Code", "equals": "OK"},
        "look_up_url": f"http://127.0.0.1:{port}/look-up?key={{key}}",
    }
    ChannelAccount.objects.create(school=school, kind="sms", config=config)
    ask_all(school, count)


def _make_due() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE messaging_outboxmessage SET state = 'due', attempt_count = 0, sending_at = NULL, "
            "lease_owner = NULL, finished_at = NULL, due_at = now() - interval '1 minute'"
        )
        cursor.execute("VACUUM ANALYZE messaging_outboxmessage")


def _check(messages: int) -> None:
    from messaging.models import OutboxMessage

    done = OutboxMessage.objects.filter(state="accepted").count()
    if done != messages:
        raise SystemExit(f"{done} of {messages} sent: the figures mean nothing")


def _bare_loop(port: int) -> None:
    import httpx

    connection = psycopg2.connect(harness.libpq_url())
    address = f"http://127.0.0.1:{port}/sms"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    with httpx.Client(trust_env=False) as client, connection.cursor() as cursor:
        while True:
            cursor.execute(CLAIM)
            rows = cursor.fetchall()
            connection.commit()
            if not rows:
                break
            for _, key in rows:
                body = f"phone=%2B8613893510001&text={quote(TEXT)}&key={key}"
                client.post(address, content=body.encode(), headers=headers).raise_for_status()
            cursor.execute(MARK, [[pk for pk, _ in rows]])
            connection.commit()
    connection.close()


if __name__ == "__main__":
    main()

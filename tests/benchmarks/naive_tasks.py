"""The peer of tests/benchmarks/dispatch.py: one Celery task for each reminder, as is usual.

Each task reads its row, sends the same request by the drain's own client and marks the row. A process of its
own with one worker process, as the drain has: `python -m celery -A tests.benchmarks.naive_tasks worker`.
"""

import os
from urllib.parse import quote

import psycopg2
from celery import Celery

from delivery.channels.http import reply_to

TEXT = "【家桥】黄羊川中心小学 张老师，每周联系：http://127.0.0.1:8000/f/c/1a2b-3c4d-0123456789abc/"
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
# The settings that keep a task from being lost with its worker, as our own worker has them.
app = Celery("naive", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_default_queue="naive",
)
_kept: dict = {}


def _database():
    if not _kept:
        _kept["database"] = psycopg2.connect(os.environ["BENCHMARK_DATABASE"])
        _kept["database"].autocommit = True
    return _kept["database"]


@app.task(name="naive.send_one")
def send_one(pk: int, address: str) -> None:
    with _database().cursor() as cursor:
        cursor.execute(
            "UPDATE delivery_outboxmessage SET state = 'claimed' WHERE id = %s AND state = 'due'"
            " RETURNING idempotency_key",
            [pk],
        )
        row = cursor.fetchone()
        if row is None:
            return
        body = f"phone=%2B8613893510001&text={quote(TEXT)}&key={row[0]}"
        reply = reply_to("POST", address, 10.0, content=body.encode(), headers=HEADERS)
        if reply.status_code != 200:
            raise RuntimeError(f"the sink refuses: {reply.status_code}")
        cursor.execute(
            "UPDATE delivery_outboxmessage SET state = 'accepted', finished_at = now()"
            " WHERE id = %s",
            [pk],
        )

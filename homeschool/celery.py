"""The Celery app. Redis only wakes workers; what is due stands in PostgreSQL."""

import os
import threading
import time
from typing import Any

from celery import Celery
from celery.signals import (
    after_task_publish,
    beat_init,
    heartbeat_sent,
    task_postrun,
    task_prerun,
    task_success,
    worker_init,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeschool.settings")

app = Celery("homeschool")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["homeschool"])
# The current app is a thread's own; the web server's other threads would fall back to an unconfigured
# one when they queue a task.
app.set_default()
# Of every task, those of libraries too.
app.Task.Request = "homeschool.worker:Request"
# A task that lasts longer gets an error, which undoes its transaction and is told in the log; its next turn
# begins anew. The hard limit (settings) ends one that does not heed it. Those that send have no soft one
# (delivery.tasks).
app.Task.soft_time_limit = 13 * 60  # seconds

DRAIN = "delivery.drain_outbox"
SIGN_OF_LIFE_SECONDS = 10  # how often a process writes that it lives, at most
WATCH_SECONDS = 60  # how often beat looks how sending goes, and a worker whether beat lives
# Which process a worker is, by a queue that it takes; one that takes all is both.
ROLES = {"sender": "sending", "worker": "celery"}
SENDERS_QUEUES = {"alerts", "sending"}  # whoever takes no other needs no more of the database
_last_sign = {"sender": 0.0, "worker": 0.0, "beat": 0.0, "watch": 0.0}


def _show_life(process: str) -> bool:
    """Answers whether it was time to."""
    from homeschool import health

    if time.monotonic() - _last_sign[process] < SIGN_OF_LIFE_SECONDS and _last_sign[process]:
        return False
    _last_sign[process] = time.monotonic()
    health.record_alive(process)
    return True


@worker_init.connect
def _worker_begins(**_: object) -> None:
    from homeschool import health, loading, time_limits, walls, worker

    # Before the processes for tasks are made.
    time_limits.keep_to(time_limits.TASKS)
    queues = list(app.amqp.queues.consume_from)
    walls.stand_behind(walls.SENDER if set(queues) <= SENDERS_QUEUES else walls.WORKER)
    loading.load_to_share()
    hearing = worker.Hearing()
    roles = [role for role, queue in ROLES.items() if queue in queues]

    def beats(**_: object) -> None:
        shown = [_show_life(role) for role in roles]
        if any(shown):
            waiting = health.tasks_waiting(queues)
            if hearing.is_lost(waiting, time.monotonic()):
                worker.end_for_another()
        _watch_in_place_of_beat()

    heartbeat_sent.connect(beats, weak=False)


@task_prerun.connect
def _task_begins(**signal: Any) -> None:
    from homeschool import counting

    counting.task_begins(**signal)


@task_postrun.connect
def _task_ended(**signal: Any) -> None:
    from homeschool import counting

    counting.task_ended(**signal)


@task_success.connect
def _ended(sender: Any = None, result: object = None, **_: object) -> None:
    from homeschool import health

    if sender is not None and sender.name == DRAIN and result is not None:
        health.record_drained()


def _watch_in_place_of_beat() -> None:
    """A scheduler that is silent cannot say so."""
    from kombu.exceptions import OperationalError
    from redis import RedisError

    from homeschool import health

    if time.monotonic() - _last_sign["watch"] < WATCH_SECONDS:
        return
    _last_sign["watch"] = time.monotonic()
    try:
        if not health.is_alive("beat"):
            app.send_task("homeschool.watch_operation", expires=WATCH_SECONDS, retry=False)
    except (RedisError, OperationalError):
        return


@beat_init.connect
def _watch_beat(**_: object) -> None:
    from django.db import connections

    from homeschool import time_limits, walls

    time_limits.keep_to(time_limits.TASKS)
    walls.stand_behind(walls.WORKER)
    # It has read its schedule already.
    connections.close_all()
    # Each task that beat sends is a sign that its loop turns; a thread of its own would prove nothing.
    after_task_publish.connect(lambda **_: _show_life("beat"), weak=False)
    _show_life("beat")
    threading.Thread(target=_watch_in_place_of_workers, name="watch", daemon=True).start()


def _watch_in_place_of_workers() -> None:
    """Beat looks by itself, in a thread: a task would wait for the very workers that have died."""
    from homeschool import tasks

    while True:
        tasks.watch_now()
        time.sleep(WATCH_SECONDS)

"""The Celery app. Redis only wakes workers; PostgreSQL holds what is due."""

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
# The current app belongs to a thread; without this, the web server's other threads would fall back to an
# unconfigured app when they queue a task.
app.set_default()
# For every task, including those of libraries.
app.Task.Request = "homeschool.worker:Request"
# A task that takes longer gets an exception, which rolls back its transaction and is logged; the next run
# starts from the beginning. The hard limit (settings) ends a task that ignores it. Tasks that send have no
# soft limit (delivery.tasks).
app.Task.soft_time_limit = 13 * 60  # seconds

DRAIN = "delivery.drain_outbox"
SIGN_OF_LIFE_SECONDS = 10  # how often, at most, a process records that it is alive
WATCH_SECONDS = 60  # how often beat checks sending, and a worker checks whether beat is alive
# Which process a worker is, by a queue that it takes. A worker that takes all queues is both.
ROLES = {"sender": "sending", "worker": "celery"}
SENDERS_QUEUES = {"alerts", "sending"}  # a worker that takes only these needs less of the database
_last_sign = {"sender": 0.0, "worker": 0.0, "beat": 0.0, "watch": 0.0}


def _show_life(process: str) -> bool:
    """Record a sign of life if it is time to, and return whether it was."""
    from homeschool import health

    if time.monotonic() - _last_sign[process] < SIGN_OF_LIFE_SECONDS and _last_sign[process]:
        return False
    _last_sign[process] = time.monotonic()
    health.record_alive(process)
    return True


@worker_init.connect
def _worker_begins(**_: object) -> None:
    from homeschool import health, loading, time_limits, walls, worker

    # Before the processes for tasks are created.
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
    """Queue the watch if beat is silent: a silent scheduler cannot report itself."""
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
    # Each task that beat sends is a sign that its loop is running; a thread of its own would prove nothing.
    after_task_publish.connect(lambda **_: _show_life("beat"), weak=False)
    _show_life("beat")
    threading.Thread(target=_watch_in_place_of_workers, name="watch", daemon=True).start()


def _watch_in_place_of_workers() -> None:
    """Watch from a thread of beat: a task would wait for the very workers that have died."""
    from homeschool import tasks

    while True:
        tasks.watch_now()
        time.sleep(WATCH_SECONDS)

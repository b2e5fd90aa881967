"""A worker that hears nothing while tasks wait ends for another; with Redis gone: tests/faults."""

import os
import signal
import time

import pytest
from celery.signals import heartbeat_sent, task_received
from celery.worker import state

from homeschool import celery, health, time_limits, walls, worker
from homeschool.worker import DEAF_SECONDS, Hearing

LATER = DEAF_SECONDS + 1.0


@pytest.fixture
def hearing():
    return Hearing()


def test_tasks_that_wait_for_a_minute_and_are_not_taken(hearing):
    assert [hearing.is_lost(3, now) for now in (5.0, 5.0 + DEAF_SECONDS - 1)] == [False, False]
    assert hearing.is_lost(3, 5.0 + DEAF_SECONDS)


def test_an_empty_queue_or_a_task_taken_begins_anew(hearing):
    hearing.is_lost(1, 0.0)
    hearing.is_lost(0, 30.0)
    assert not hearing.is_lost(1, LATER)
    task_received.send(sender=None)
    assert not hearing.is_lost(1, 3 * LATER)
    assert hearing.is_lost(1, 4 * LATER)


def test_a_worker_with_its_hands_full_is_not_deaf(hearing, monkeypatch):
    hearing.is_lost(1, 0.0)
    monkeypatch.setattr(state, "reserved_requests", {"a task"})
    assert not hearing.is_lost(1, LATER)


def test_it_ends_itself(monkeypatch):
    ended = []
    # Not this process's.
    monkeypatch.setattr(time_limits, "keep_to", lambda limits: None)
    monkeypatch.setattr(walls, "stand_behind", lambda kind: None)
    before = heartbeat_sent.receivers[:]
    with health.link() as link:
        link.rpush(celery.app.conf.task_default_queue, "a task that nobody takes")
    try:
        celery._worker_begins()
        monkeypatch.setattr(worker.os, "kill", lambda pid, number: ended.append((pid, number)))
        _beat_after(0, monkeypatch)
        assert all(health.is_alive(name) for name in ("sender", "worker"))  # it takes all queues
        assert not ended
        _beat_after(LATER, monkeypatch)
    finally:
        heartbeat_sent.receivers[:] = before
        with health.link() as link:
            link.delete(celery.app.conf.task_default_queue)
    assert ended == [(os.getpid(), signal.SIGTERM)]


def _beat_after(seconds: float, monkeypatch) -> None:
    celery._last_sign.update(worker=0.0, sender=0.0)
    real = time.monotonic
    with monkeypatch.context() as patch:
        patch.setattr(celery.time, "monotonic", lambda: real() + seconds)
        heartbeat_sent.send(sender=None)


@pytest.mark.parametrize(
    ("queues", "role"),
    [
        (["alerts", "sending"], walls.SENDER),
        (["celery", "rescue"], walls.WORKER),
        (["alerts", "sending", "rescue"], walls.WORKER),
    ],
)
def test_a_worker_that_only_sends_signs_in_as_the_sender(queues, role, monkeypatch):
    taken = []
    monkeypatch.setattr(time_limits, "keep_to", lambda limits: None)
    monkeypatch.setattr(walls, "stand_behind", taken.append)
    before = heartbeat_sent.receivers[:]
    known = celery.app.amqp.queues
    monkeypatch.setattr(known, "_consume_from", {name: known[name] for name in queues})
    celery._worker_begins()
    heartbeat_sent.receivers[:] = before
    assert taken == [role]

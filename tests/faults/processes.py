"""Processes of a test: on its database, waited for, ended with it; a Redis that can be taken away."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis
from django.db import connection

from homeschool.local.redis_server import bundled, free_port
from homeschool.local.start import ALONE

ROOT = Path(__file__).parents[2]
BUSY_MACHINE = 4  # how much slower than on a machine of one's own things may go
CELERY = [sys.executable, "-m", "celery", "-A", "homeschool.celery:app"]
WORKER = [*CELERY, "worker", *ALONE, "-c", "2", "-l", "WARNING"]
BEAT = [*CELERY, "beat", "-l", "WARNING"]


class Redis:
    """A server of this test's own."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._program = shutil.which("redis-server") or str(bundled())
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        wait_for(self._answers, 10)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as link:
            link.flushall()

    def waiting(self) -> int:
        """Tasks that no worker has taken."""
        with redis.Redis.from_url(self.url) as link:
            return link.llen("celery")

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as link:
                return bool(link.ping())
        except redis.RedisError:
            return False


def environment(**more: str) -> dict[str, str]:
    """Of a process on this test's database. Commits reach the disk there, as they do outside of tests."""
    database = connection.settings_dict
    host = quote(database["HOST"], safe="")
    return os.environ | {
        "DATABASE_URL": f"postgres://{database['USER']}@{host}/{database['NAME']}",
        "DJANGO_SETTINGS_MODULE": "homeschool.settings",
        "PGOPTIONS": "-c synchronous_commit=on",
        **more,
    }


def kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def programs(*commands: list[str], log: Path, **more: str) -> Iterator[list[subprocess.Popen]]:
    """Started side by side and ended together."""
    started = []
    with log.open("a") as out:
        try:
            for command in commands:
                started.append(
                    subprocess.Popen(
                        command, cwd=ROOT, env=environment(**more), stdout=out, stderr=out
                    )
                )
            yield started
        finally:
            for one in started:
                one.terminate()
            for one in started:
                try:
                    one.wait(15)
                except subprocess.TimeoutExpired:
                    one.kill()
                    one.wait()


def wait_for(condition: Callable[[], bool], seconds: float) -> float:
    """Seconds until it held; fails after `seconds` of a machine of one's own."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds * BUSY_MACHINE, "did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@contextmanager
def running(server: Redis, log: Path, *, beats: int = 1, workers: int = 1) -> Iterator[None]:
    settings = {"REDIS_URL": server.url, "DISPATCH_LEASE_SECONDS": "5"}
    with programs(*[WORKER] * workers, *[BEAT] * beats, log=log, **settings):
        yield

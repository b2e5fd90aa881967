"""Processes of a test: on its database, waited for, ended with it; a Redis that can be taken away."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis
from django.db import connection

from runtime.postgres import FOR_TESTS, find_programs, system_user
from runtime.processes import PLAIN_LOCALE
from runtime.redis_server import bundled, free_port
from runtime.start import ALONE, WORKERS

ROOT = Path(__file__).parents[2]
BUSY_MACHINE = 4  # how much slower than on a machine of one's own things may go
CELERY = [sys.executable, "-m", "celery", "-A", "homeschool.celery:app"]
WORKER = [*CELERY, "worker", *ALONE, "-c", "2", "-l", "WARNING"]
BEAT = [*CELERY, "beat", "-l", "WARNING"]
# As installed: whoever sends, and whoever does the rest.
SENDER_AND_WORKER = [
    [*CELERY, "worker", *ALONE, "-l", "WARNING", "-n", f"{name}@%h", "-Q", queues, "-c", "2"]
    for name, queues, _ in WORKERS
]


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
            return sum(link.llen(queue) for queue in ("celery", "alerts", "sending", "rescue"))

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as link:
                return bool(link.ping())
        except redis.RedisError:
            return False


class Postgres:
    """A server of this test's own, with the schema of the test database: it may be killed."""

    NAME = "faults"

    def __init__(self, *settings: str) -> None:
        self.bin, self._settings = find_programs(), settings
        self.folder = Path(tempfile.mkdtemp(prefix="jiaqiao-faults-"))
        self._as_user = system_user() if os.geteuid() == 0 else {}
        if self._as_user:
            os.chown(self.folder, self._as_user["user"], self._as_user["group"])
        self._process: subprocess.Popen | None = None

    def create(self, schema_of: dict) -> None:
        """`schema_of`: Django's settings of the database to copy, without its rows."""
        self.create_empty()
        dump = self.folder / "schema"
        source = ["-h", schema_of["HOST"], "-U", schema_of["USER"], "-d", schema_of["NAME"]]
        with dump.open("wb") as out:
            subprocess.run(
                [self.bin / "pg_dump", "-O", "-x", "-s", *source], stdout=out, check=True
            )
        self._run(
            "psql", "-X", "-q", "-h", self.folder, "-U", "postgres", "-d", self.NAME, "-f", dump
        )

    def create_empty(self) -> None:
        self._run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8",
                  "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")  # fmt: skip
        self.start()
        self._run("createdb", "-h", self.folder, "-U", "postgres", self.NAME)

    def start(self) -> None:
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}", *FOR_TESTS[:1]]
        settings += self._settings
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "data"]
                + [word for setting in settings for word in ("-c", setting)],
                stdout=log,
                stderr=log,
                env=os.environ | PLAIN_LOCALE,
                cwd=self.folder,
                **self._as_user,
            )
        wait_for(self._answers, 30)

    @property
    def pid(self) -> int:
        """Of its first process, while it runs."""
        assert self._process
        return self._process.pid

    def end_at_once(self) -> None:
        """As `pg_ctl stop -m immediate`: nothing is written any more, the next start recovers."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def close(self) -> None:
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *words: object) -> None:
        subprocess.run(
            [self.bin / program, *map(str, words)],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as_user,
        )

    def _answers(self) -> bool:
        asked = [self.bin / "pg_isready", "-q", "-h", self.folder, "-U", "postgres"]
        return subprocess.run(asked, check=False).returncode == 0


class Copy:
    """Made as docs/operations.md says, "A copy for the dashboards"."""

    def __init__(self, of: Postgres) -> None:
        self.of, self.folder = of, of.folder / "copy"
        words = "-U postgres -R -X stream -c fast".split()
        of._run("pg_basebackup", "-h", of.folder, "-D", self.folder, *words)

    def start(self) -> None:
        sockets = self.of.folder / "sockets"
        sockets.mkdir(exist_ok=True)
        if self.of._as_user:
            os.chown(sockets, self.of._as_user["user"], self.of._as_user["group"])
        with (self.of.folder / "copy.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.of.bin / "postgres", "-D", self.folder, "-c", "listen_addresses="]
                + ["-c", f"unix_socket_directories={sockets}", "-c", "hot_standby_feedback=on"],
                stdout=log, stderr=log, env=os.environ | PLAIN_LOCALE, cwd=self.of.folder,
                **self.of._as_user,
            )  # fmt: skip
        asked = [self.of.bin / "pg_isready", "-q", "-h", sockets, "-U", "postgres"]
        wait_for(lambda: subprocess.run(asked, check=False).returncode == 0, 30)
        self.host = str(sockets)

    @property
    def pid(self) -> int:
        return self.process.pid

    def end(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)


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

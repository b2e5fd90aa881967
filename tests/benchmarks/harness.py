"""What benchmarks share: servers and a database of their own, interleaved rounds, one JSON line.

The servers are those of DATABASE_URL and REDIS_URL; where they are unset, embedded ones run in
`.local/benchmarks/` until the benchmark ends. Django is set up by the caller, after `servers`.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import ProxyHandler, build_opener

import psycopg2

from runtime import redis_server
from runtime.layout import ROOT, DataFolder
from runtime.postgres import Postgres
from runtime.processes import Processes
from tests.benchmarks.load import Page

ROUNDS = 5
REDIS_DATABASE = 15  # the application has 0
START_SECONDS = 60
STOP_SECONDS = 15
# What a developer's own shell may have set must not decide a figure.
FOREIGN = (
    "DEBUG",
    "PUBLIC_URL",
    "ALLOWED_HOSTS",
    "WEB_CONCURRENCY",
    "SSL_REDIRECT",
    "TRUSTED_PROXIES",
)

Result = dict[str, Any]


@contextmanager
def servers(name: str) -> Iterator[None]:
    """Sets DATABASE_URL to a fresh, empty database `benchmark_<name>`, and REDIS_URL."""
    for variable in FOREIGN:
        os.environ.pop(variable, None)
    os.environ["LOG_LEVEL"] = "WARNING"
    os.environ["TRIAL_KEYS"] = "1"
    os.environ["OUTGOING_PRIVATE_HOSTS"] = "127.0.0.1"  # the gateway that messages go to
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homeschool.settings")
    data = DataFolder(ROOT / ".local" / "benchmarks")
    data.prepare()
    with data.lock(f"PID {os.getpid()}"), Processes(data.run) as processes:
        processes.end_leftovers()
        server = os.environ.get("DATABASE_URL") or Postgres(data).start(processes)
        redis = os.environ.get("REDIS_URL") or redis_server.start(data, processes)
        os.environ["REDIS_URL"] = with_path(redis, str(REDIS_DATABASE))
        os.environ["DATABASE_URL"] = with_path(server, f"benchmark_{name}")
        _administer(server, f"DROP DATABASE IF EXISTS benchmark_{name} WITH (FORCE)")
        _administer(server, f"CREATE DATABASE benchmark_{name}")
        try:
            yield
        finally:
            _administer(server, f"DROP DATABASE IF EXISTS benchmark_{name} WITH (FORCE)")
            for kind in ("web", "worker"):
                _administer(server, f"DROP ROLE IF EXISTS benchmark_{name}_{kind}")


def with_path(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{path}"))


def libpq_url() -> str:
    """The benchmark's database as psycopg2 wants it."""
    return os.environ["DATABASE_URL"].replace("postgres://", "postgresql://")


def _administer(server: str, statement: str) -> None:
    url = with_path(server, "postgres").replace("postgres://", "postgresql://")
    connection = psycopg2.connect(url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


@contextmanager
def gunicorn(application: str, port: int, env: Mapping[str, str], log: Path) -> Iterator[int]:
    """The production server with its own configuration, serving `application`, until left; its PID."""
    argv = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", application]
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env={**os.environ, **env, "HOST": "127.0.0.1", "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def fetch(page: Page) -> bytes:
    """The body of a page, asked again until the server is up."""
    url = f"http://127.0.0.1:{page.port}{page.path}"
    opener = build_opener(ProxyHandler({}))
    opener.addheaders = [("Cookie", page.cookie)] if page.cookie else []
    for line in page.headers:
        name, _, value = line.partition(": ")
        opener.addheaders.append((name, value))
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with opener.open(url, timeout=START_SECONDS) as response:
                return response.read()
        except HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def postgres_pid() -> int:
    """The server's first process, the parent of every connection's; 0 where it runs on another machine."""
    with closing(psycopg2.connect(libpq_url())) as connection:
        try:
            stat = Path(f"/proc/{connection.info.backend_pid}/stat").read_text()
        except OSError:
            return 0
    return int(stat.rpartition(")")[2].split()[1])


def cpu_seconds(pid: int) -> float:
    """Processor time of a process and its children so far: what other work on the machine does not change.

    0 where there is no /proc.
    """
    if not pid:
        return 0.0
    total = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        own, parent = int(stat.parent.name), int(fields[1])
        if pid in (own, parent):
            # Of the process itself also what its children used that have ended.
            ticks = fields[11:15] if own == pid else fields[11:13]
            total += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return total


def interleave(sides: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, list]:
    """What each side answers in each round. All take turns; one more round before warms up."""
    found: dict[str, list] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, side in sides.items():
            answer = side()
            if number:
                found[name].append(answer)
                say(f"round {number} {name}: {answer}")
    return found


def ratio(
    name: str, ours: Sequence[float], limit: Sequence[float], unit: str, goal: float
) -> Result:
    """One row of the last line: medians of the rounds, and what one is of the other."""
    mine, theirs = statistics.median(ours), statistics.median(limit)
    return {
        "name": name,
        "ours": round(mine, 1),
        "limit": round(theirs, 1),
        "ratio": round(mine / theirs, 3),
        "unit": unit,
        "goal": goal,
    }


def say(words: str) -> None:
    """Progress, beside the figures."""
    sys.stderr.write(words + "\n")
    sys.stderr.flush()


def report(benchmark: str, results: Sequence[Result]) -> None:
    """The last line that a benchmark prints."""
    sys.stdout.write(json.dumps({"benchmark": benchmark, "results": list(results)}) + "\n")
    sys.stdout.flush()

"""One school whose gateway is the sink, processes that send, and the count at the end: the sink's own log."""

import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection

from delivery import dispatch
from delivery.models import ChannelAccount, OutboxMessage
from schools.models import County, School
from tests.delivery.test_faults import ask_all
from tests.factories.cast import make_school
from tests.faults import worker
from tests.faults.processes import ROOT, Postgres, Redis, environment, kill, wait_for
from tests.sinks import HttpSink

OPEN = ("due", "retry", "claimed")
FINAL = {"accepted", "delivered", "failed", "expired", "suppressed", "unknown"}


def pytest_collection_modifyitems(items) -> None:
    """All of this folder belongs to `./test faults`, nothing of it to `./test`."""
    here = Path(__file__).parent
    for item in items:
        if here in Path(item.fspath).parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture
def gateway() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    server = Redis()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def own_postgres(transactional_db) -> Iterator[Postgres]:
    """Everything of this test happens there; name it first. The other server is shared and lives on."""
    server = Postgres()
    before = dict(connection.settings_dict)
    connection.close()
    try:
        server.create(before)
        connection.settings_dict.update(HOST=str(server.folder), NAME=server.NAME, USER="postgres")
        yield server
    finally:
        connection.close()
        connection.settings_dict.update(before)
        server.close()


@pytest.fixture
def school(transactional_db, gateway) -> School:
    school = make_school(County.objects.create(name="古浪县"), "黄羊川中心小学", "620622001")
    make_account(school, gateway)
    return school


def make_account(school: School, gateway: HttpSink, **more) -> ChannelAccount:
    config = gateway.config(timeout_seconds=0.8, **more)
    return ChannelAccount.objects.create(school=school, kind="sms", config=config)


@pytest.fixture
def ask(school) -> Callable[[int], None]:
    """So many families are asked, and that is on disk: a test server need not survive a power cut."""

    def act(count: int) -> None:
        ask_all(school, count)
        with connection.cursor() as cursor:
            cursor.execute("CHECKPOINT")

    return act


class Room:
    """Sending processes of one test, each ended with it."""

    def __init__(self) -> None:
        self._pids: list[int] = []
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.worker"],
            cwd=ROOT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def die(self, moment: str) -> int:
        """Exit status of a drain that was to kill itself there: -9."""
        return self._ask(f"die {moment}")

    def go(self) -> int:
        self._pids.append(self._ask("go"))
        return self._pids[-1]

    def _ask(self, line: str) -> int:
        self._server.stdin.write(line + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        for pid in self._pids:
            kill(pid)
        self._server.stdin.close()
        self._server.wait(20)
        self._server.stdout.close()


@pytest.fixture
def room(school) -> Iterator[Room]:
    room = Room()
    yield room
    room.close()
    connection.close()  # whatever PostgreSQL did to it


def states() -> Counter:
    return Counter(OutboxMessage.objects.values_list("state", flat=True))


def is_drained() -> bool:
    return not OutboxMessage.objects.filter(state__in=OPEN).exists()


def drain_all(seconds: float = 2 * worker.LEASE_SECONDS + 5) -> None:
    """By one worker that is well, within two leases and what sending itself takes."""

    def drained() -> bool:
        dispatch.rescue(worker.limits())
        dispatch.drain(worker.limits())
        return is_drained()

    wait_for(drained, seconds)


def check(gateway: HttpSink, count: int) -> Counter:
    """Lost 0, twice 0, by the sink's own log; each row in a final state that is true. Returns the states."""
    sent = gateway.sent()
    assert set(sent.values()) <= {1}, "sent twice"
    found = states()
    assert sum(found.values()) == count
    assert set(found) <= FINAL
    rows = OutboxMessage.objects.values_list("idempotency_key", "state")
    said = {str(key) for key, state in rows if state in ("accepted", "delivered")}
    unknown = {str(key) for key, state in rows if state == "unknown"}
    assert said <= set(sent), "lost: said to be sent, and was not"
    assert set(sent) <= said | unknown, "sent, and said not to be"
    return found

"""The version before this one runs on while this one migrates and starts: real code of both, one database."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg2
import pytest

from runtime.redis_server import free_port
from tests.attacks.test_walls import of_server
from tests.factories.cast import PASSWORD
from tests.faults.processes import ROOT, wait_for
from tests.homeschool.test_upgrade_check import OLD_STOPS
from tests.sinks import Answer, HttpSink

NAME = "old_version"
FAMILIES = 20
# A gateway that takes longer for one message than a short drain has for all: some stay for later.
SHORT_SECONDS, SLOW_SECONDS = 0.1, 0.2
# In the old version's own words: people and families as its tests make them, and a question that waits.
SEED = """
import django; django.setup()
import json, sys
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from core import clock, walls
from delivery.models import ChannelAccount
from schools.models import School
from tests.delivery.test_faults import make_families
from tests.factories.cast import PASSWORD, make_cast, make_school
from tests.faults.test_services import queue_links
from tests.messaging.test_family_pages import ask
cast = make_cast()
teacher = cast.users["teacher"]
teacher.password = PBKDF2PasswordHasher().encode(PASSWORD, "some-salt", 1000)
teacher.save()
writes = make_school(cast.county, "靖远小学", "620622009")
ChannelAccount.objects.create(school=writes, kind="sms", config=json.loads(sys.argv[1]))
make_families(writes, int(sys.argv[2]))
queue_links(writes, int(sys.argv[2]))
print(ask(cast, clock.now(), "mengyao")[1], cast.students["mengyao"].pk)
"""
# As a task of a worker does it, in either version.
DRAIN = """
import django; django.setup()
from homeschool import walls
walls.stand_behind("sender")
from delivery import dispatch
dispatch.rescue(dispatch.Limits(batch=5))
dispatch.drain(dispatch.Limits(batch=5, task_seconds={seconds}))
"""


def git(*words: str, of: Path = ROOT) -> bytes:
    return subprocess.run(["git", *words], cwd=of, capture_output=True, check=True).stdout


def newest_that_may_run_on(of: Path = ROOT) -> str:
    """The commit of the last step beside which the version before could not go on; after it, all could.
    Empty where the history does not reach back to it: its oldest commit seems to add every file.
    """
    files = [f"{app}/migrations/{name}.py" for app, name in (one.split(".") for one in OLD_STOPS)]
    found = git("log", "-1", "--format=%H", "--diff-filter=A", "--", *files, of=of).decode().strip()
    oldest = git("rev-list", "--max-parents=0", "HEAD", of=of).decode().split()
    return "" if found in oldest else found


@pytest.fixture(scope="module")
def old_tree(tmp_path_factory) -> Path:
    try:
        commit = newest_that_may_run_on()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no history of the project here: a copy from git has it")
    if not commit:
        pytest.skip("the history of this copy is too short: git fetch --unshallow")
    packed = git("archive", commit)
    tree = tmp_path_factory.mktemp("old")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(tree, filter="data")
    (tree / "static" / "dist").symlink_to(ROOT / "static" / "dist")
    return tree


def test_a_history_that_is_too_short_is_told_from_one_that_is_not_there(tmp_path):
    if not (ROOT / ".git").exists():
        pytest.skip("no history of the project here: a copy from git has it")
    git("clone", "-q", "--bare", "--depth=1", ROOT.as_uri(), str(tmp_path))
    assert newest_that_may_run_on(tmp_path) == ""
    with pytest.raises(subprocess.CalledProcessError):
        newest_that_may_run_on(tmp_path.parent)


@pytest.fixture
def database() -> Iterator[str]:
    """An empty one, and its URL; with the roles of web and workers."""
    told = of_server()
    clear = [f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)"]
    clear += [f"DROP ROLE IF EXISTS {NAME}_{kind}" for kind in ("web", "worker", "sender")]
    with closing(psycopg2.connect(**told)) as opened, opened.cursor() as cursor:
        opened.autocommit = True
        for statement in [*clear, f"CREATE DATABASE {NAME}"]:
            cursor.execute(statement)
        yield os.environ["DATABASE_URL"].rpartition("/")[0] + f"/{NAME}"
        for statement in clear:
            cursor.execute(statement)


@dataclass
class Version:
    """The code of one version on the database of both."""

    tree: Path
    env: dict[str, str]
    log: Path
    port: int = field(default_factory=free_port)

    def run(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, *words], cwd=self.tree, env=self.env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[None]:
        env = self.env | {"PORT": str(self.port), "WEB_CONCURRENCY": "1"}
        words = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py"]
        with self.log.open("a") as log:
            web = subprocess.Popen(words, cwd=self.tree, env=env, stdout=log, stderr=log)
            try:
                with closing(httpx.Client()) as one:
                    wait_for(lambda: self.ask(one, "/healthz") == 200, 60)
                yield
            finally:
                web.terminate()
                web.wait(30)

    def ask(self, browser: httpx.Client, path: str) -> int:
        try:
            return browser.get(f"http://127.0.0.1:{self.port}{path}", timeout=30).status_code
        except httpx.HTTPError:
            return 0

    def send(self, browser: httpx.Client, path: str, **said: str) -> int:
        """A form of that page, with what it carries unseen."""
        address = f"http://127.0.0.1:{self.port}{path}"
        page = browser.get(address, timeout=30).text
        hidden = dict(re.findall(r'name="(key|csrfmiddlewaretoken)" value="([^"]+)"', page))
        return browser.post(
            address, data=hidden | said, headers={"Referer": address}, timeout=30
        ).status_code


@dataclass
class Pages:
    """Asked one after the other, until somebody says it is enough."""

    ask: Callable[[str], int]
    paths: list[str]
    found: list[tuple[str, int]] = field(default_factory=list)

    @contextmanager
    def meanwhile(self) -> Iterator[None]:
        enough = threading.Event()

        def go_on() -> None:
            while not enough.is_set():
                self.round()

        asking = threading.Thread(target=go_on)
        asking.start()
        try:
            yield
        finally:
            enough.set()
            asking.join()

    def round(self) -> None:
        self.found += [(path, self.ask(path)) for path in self.paths]


def test_it_serves_writes_and_sends_until_the_new_one_has_begun(
    old_tree, database, own_redis, tmp_path
):
    env = os.environ | {
        "DATABASE_URL": database, "DATABASE_ROLES": "1", "REDIS_URL": own_redis.url,
        "PUBLIC_URL": "http://127.0.0.1", "ALLOWED_HOSTS": "127.0.0.1",
        "DJANGO_SETTINGS_MODULE": "homeschool.settings", "TRIAL_KEYS": "1", "LANG": "C.UTF-8",
        "JIAQIAO_DATA": str(tmp_path),
    }  # fmt: skip
    old, new = (
        Version(old_tree, env, tmp_path / "old.log"),
        Version(ROOT, env, tmp_path / "new.log"),
    )
    with (
        closing(httpx.Client()) as teacher,
        closing(httpx.Client()) as mother,
        HttpSink() as gateway,
    ):
        gateway.default = Answer(delay=SLOW_SECONDS)
        old.run("manage.py", "migrate", "--no-input", "-v", "0")
        seeded = old.run("-c", SEED, json.dumps(gateway.config(timeout_seconds=5)), str(FAMILIES))
        question, child = seeded.split()[-2:]
        with old.serving():
            signed_in = old.send(teacher, "/accounts/login/", login="teacher", password=PASSWORD)
            assert signed_in == 302
            paths = ["/", "/children/", f"/children/{child}/", "/check-ins/", question, "/healthz"]
            asked = Pages(
                lambda path: old.ask(mother if path == question else teacher, path), paths
            )
            asked.round()
            old.run("-c", DRAIN.format(seconds=SHORT_SECONDS))
            before = len(gateway.taken)
            with asked.meanwhile():
                assert "Applying" in new.run("manage.py", "migrate", "--no-input")
                with new.serving():
                    old.run("-c", DRAIN.format(seconds=SHORT_SECONDS))
                    assert old.send(mother, question, answer="talked") == 200
                    assert new.ask(teacher, f"/children/{child}/") == 200
                    new.run("-c", DRAIN.format(seconds=30))
        assert len(asked.found) > 5 * len(paths)
        assert {one for one in asked.found if one[1] != 200} == set()
        assert 0 < before < FAMILIES
        assert sorted(gateway.sent().values()) == [1] * FAMILIES
    with (
        closing(psycopg2.connect(**of_server() | {"dbname": NAME})) as opened,
        opened.cursor() as cursor,
    ):
        cursor.execute("SELECT count(*) FROM messaging_reply")
        assert cursor.fetchone() == (1,)

"""`./start` itself: each of its processes is killed, its disk fills up; it goes on, nothing goes twice."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.copy import Copy
from tests.faults.processes import wait_for
from tests.sinks import Answer

EACH = ("web", "sender", "worker", "beat", "Redis", "PostgreSQL")
A_DISK = "600m"  # a new database and its log of changes take 200 MB


def form_of(copy: Copy, path: str) -> dict[str, str]:
    """ "We have talked", with what the page's form carries unseen."""
    status, page = copy.ask(path)
    assert status == 200
    names = ("key", "csrfmiddlewaretoken")
    hidden = {name: re.search(f'name="{name}" value="([^"]+)"', page)[1] for name in names}
    return {"answer": "talked", **hidden}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not pytest's own: each run closes that to other users, and PostgreSQL is one."""
    path = Path(tempfile.mkdtemp(prefix="jiaqiao-copy-"))
    yield path
    shutil.rmtree(path)


def test_each_process_that_is_killed_begins_again_and_no_message_goes_twice(gateway, folder):
    gateway.default = Answer(delay=0.2)
    with Copy(folder / "data") as copy:
        path = copy.hand("page", json.dumps(gateway.config(timeout_seconds=5)))
        queued = 0
        for name in EACH:
            before, requests = copy.pids(), gateway.requests
            queued += copy.hand("queue", "15")
            wait_for(lambda requests=requests: gateway.requests > requests + 2, 60)
            copy.end(name)
            wait_for(
                lambda name=name, pid=before[name]: copy.pids().get(name) not in (None, pid), 30
            )
            wait_for(copy.is_well, 60)
            assert copy.ask(path)[0] == 200
            wait_for(lambda total=queued: copy.hand("state")["messages"] == {"accepted": total}, 60)
            others = {one: pid for one, pid in before.items() if one != name}
            assert others.items() <= copy.pids().items(), "another was ended, too"
        assert copy.ask(path, **form_of(copy, path))[0] == 200
        found = copy.hand("state")
        assert found["replies"] == 1
        keys = found["keys"]
        assert len(keys) == queued
    for name in EACH:
        assert copy.told.count(f"{name} ended: ") == 1, copy.told
        assert f"{name} ended: signal SIGKILL" in copy.told
    assert copy.process.returncode == 0
    sent = gateway.sent()
    assert set(keys) <= set(sent)
    assert set(sent.values()) == {1}, "sent twice"


@pytest.fixture
def small_disk(folder) -> Iterator[Path]:
    mount = ["mount", "-t", "tmpfs", "-o", f"size={A_DISK},mode=711", "none", folder]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    path = folder / "ballast"
    with path.open("ab", buffering=0) as file:
        for size in (2**20, 4096, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_disk_that_fills_up_while_it_runs(gateway, small_disk):
    """503 and nothing half-written; with room again all goes on without anybody's hand."""
    with Copy(small_disk / "data") as copy:
        path = copy.hand("page", json.dumps(gateway.config(timeout_seconds=5)))
        form = form_of(copy, path)
        copy.hand("queue", "20")
        wait_for(lambda: copy.hand("state")["messages"] == {"accepted": 20}, 60)
        ballast = fill(small_disk)
        # What is written until then fills the last file of PostgreSQL's log of changes.
        wait_for(lambda: "error" in (copy.hand("write") or fill(small_disk).name), 120)
        wait_for(lambda: copy.ask(path, **form)[0] == 503, 60)
        time.sleep(20)  # PostgreSQL may have ended by now, and must not use up its tries
        assert copy.ask(path, **form)[0] == 503
        assert not copy.has_ended(), copy.said.read_text()
        assert shutil.disk_usage(small_disk).free < 2**20
        ballast.unlink()
        wait_for(copy.is_well, 90)
        found = copy.hand("state")
        assert (found["replies"], found["contacts"]) == (0, 0)
        assert copy.ask(path, **form)[0] == 200
        assert copy.hand("state")["replies"] == 1
        copy.hand("queue", "20")
        wait_for(lambda: copy.hand("state")["messages"] == {"accepted": 40}, 60)
        keys = copy.hand("state")["keys"]
    sent = gateway.sent()
    assert set(keys) <= set(sent)
    assert set(sent.values()) == {1}, "sent twice"

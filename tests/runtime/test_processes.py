"""What we start ends with us, also when we are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.processes import AGAIN_TIMES, Processes, Stopped, began, last_line
from runtime.words import Trouble

ROOT = Path(__file__).resolve().parents[2]
# A child that starts a grandchild: both must go.
FAMILY = "sleep 300 & sleep 300"
STARTER = """
import sys, time
from pathlib import Path
from runtime.processes import Processes
run = Path(sys.argv[1])
with Processes(run) as processes:
    processes.start("family", ["sh", "-c", sys.argv[2]], log=run / "log")
    (run / "ready").touch()
    time.sleep(300)
"""


@pytest.fixture
def starter(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", STARTER, tmp_path, FAMILY], cwd=ROOT)
    wait_for(lambda: (tmp_path / "ready").exists())
    yield process
    process.kill()
    process.wait()


@pytest.fixture
def processes(tmp_path):
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    with Processes(tmp_path) as found:
        yield found
    for number, handler in before.items():
        signal.signal(number, handler)


def wait_for(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def child(run: Path) -> int:
    return json.loads((run / "processes.json").read_text())[0]["pid"]


def is_running(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    # A zombie whose parent was killed waits for its new parent only.
    states = subprocess.run(
        ["ps", "-o", "stat=", "-g", str(group)], capture_output=True, text=True, check=False
    ).stdout.split()
    return any(not state.startswith("Z") for state in states)


def has_children(parent: int) -> bool:
    listed = ["ps", "-o", "pid=", "--ppid", str(parent)]
    return bool(subprocess.run(listed, capture_output=True, check=False).stdout.strip())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_whole_family(starter, tmp_path, number):
    group = child(tmp_path)
    assert is_running(group)
    starter.send_signal(number)
    starter.wait(10)
    wait_for(lambda: not is_running(group))


def test_the_next_start_ends_what_a_killed_one_left(starter, tmp_path):
    group = child(tmp_path)
    starter.kill()
    starter.wait()
    assert is_running(group)
    assert Processes(tmp_path).end_leftovers() == 1
    wait_for(lambda: not is_running(group))


def test_a_later_process_with_the_same_id_is_left_alone(tmp_path):
    with subprocess.Popen(["sleep", "300"], start_new_session=True) as stranger:
        entry = {"pid": stranger.pid, "began": "1", "stop_signal": 15}
        (tmp_path / "processes.json").write_text(json.dumps([entry]))
        assert Processes(tmp_path).end_leftovers() == 0
        assert stranger.poll() is None
        assert began(stranger.pid)
        stranger.kill()


def test_a_broken_record_is_no_record(tmp_path):
    (tmp_path / "processes.json").write_text("{")
    assert Processes(tmp_path).end_leftovers() == 0


def test_a_program_that_ends_by_itself_is_told_with_its_cause(processes, tmp_path):
    script = "echo 'Error: no bridge'; echo bye; exit 3"
    processes.start("web", ["sh", "-c", script], log=tmp_path / "log")

    def ended():
        try:
            processes.check_alive()
        except Trouble as trouble:
            return str(trouble)

    wait_for(ended)
    assert "web" in ended()
    assert "no bridge" in ended()


def test_one_that_ends_is_begun_again_in_its_place(processes, tmp_path):
    log = tmp_path / "log"
    # The first ends politely, the second stays.
    script = f"wc -l < {log}; [ $(wc -l < {log}) = 1 ] && exit 0; sleep 300"
    processes.start("worker", ["sh", "-c", script], log=log)

    def lines() -> int:
        processes.keep_alive()
        return len(log.read_text().splitlines())

    wait_for(lambda: lines() == 2)
    assert len(json.loads((tmp_path / "processes.json").read_text())) == 1


def test_it_reads_again_what_the_first_was_given(processes, tmp_path):
    log = tmp_path / "log"
    processes.start("Redis", ["cat"], log=log, given=b"a setting\n")

    def read() -> bool:
        processes.keep_alive()
        return log.read_text().count("a setting") >= 2

    wait_for(read)


def test_what_the_dead_one_left_running_ends_before_another_begins(
    processes, tmp_path, monkeypatch
):
    monkeypatch.setattr("runtime.processes.ORPHANS_SECONDS", 0.2)
    family = processes.start("family", ["sh", "-c", FAMILY], log=tmp_path / "log")
    wait_for(lambda: has_children(family.process.pid))
    os.kill(family.process.pid, signal.SIGKILL)
    family.process.wait()
    assert is_running(family.process.pid)
    processes.keep_alive()
    wait_for(lambda: not is_running(family.process.pid))
    assert is_running(child(tmp_path))


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        ("echo 'Error: no bridge'; exit 3", "status 3: Error: no bridge"),
        ("kill -KILL $$", "signal SIGKILL"),
        ("kill -SEGV $$", "signal SIGSEGV"),
    ],
)
def test_one_that_ends_again_and_again_ends_all_with_its_cause(
    processes, tmp_path, monkeypatch, capsys, script, cause
):
    monkeypatch.setattr("runtime.processes.PAUSES", (0,) * AGAIN_TIMES)
    monkeypatch.setenv("LANG", "C.UTF-8")
    processes.start("another", ["sleep", "300"], log=tmp_path / "other")
    processes.start("worker", ["sh", "-c", script], log=tmp_path / "log")
    with pytest.raises(Trouble) as told:
        wait_for(lambda: processes.keep_alive())
    assert "worker ended 6 times within 10 minutes" in str(told.value)
    assert cause in str(told.value)
    again = [line for line in capsys.readouterr().out.splitlines() if "begins again" in line]
    assert len(again) == AGAIN_TIMES
    assert all("worker" in line and cause in line for line in again)


def test_deaths_of_long_ago_do_not_count(processes, tmp_path, monkeypatch):
    monkeypatch.setattr("runtime.processes.PAUSES", (0,) * AGAIN_TIMES)
    monkeypatch.setattr("runtime.processes.AGAIN_WITHIN", 0)
    log = tmp_path / "log"
    processes.start("worker", ["sh", "-c", "echo begun; exit 1"], log=log)

    def begun() -> bool:
        processes.keep_alive()
        return log.read_text().count("begun") > AGAIN_TIMES + 2

    wait_for(begun)


def test_the_cause_is_of_this_process_and_not_of_one_before(processes, tmp_path):
    log = tmp_path / "log"
    log.write_text("Error: an old one\n")
    program = processes.start("web", ["sh", "-c", "echo fresh; exit 1"], log=log)
    program.process.wait()
    with pytest.raises(Trouble, match="fresh"):
        processes.check_alive()


def test_a_step_that_fails_for_want_of_space_is_a_full_disk(processes, tmp_path):
    script = "echo 'write failed: No space left on device' >&2; exit 1"
    with pytest.raises(OSError, match="No space left"):
        processes.run("step", ["sh", "-c", script], log=tmp_path / "log")


def test_a_step_behind_keeps_the_others_alive_and_is_not_begun_again(processes, tmp_path):
    """Also one that fails: the one who asked for it hears why, and the others run on."""
    ends = "[ -e {0} ] || {{ touch {0}; exit 1; }}; touch {0}.again; sleep 300".format(
        tmp_path / "ended"
    )
    processes.start("worker", ["sh", "-c", ends], log=tmp_path / "worker.log")
    step = f"echo 1/1; until [ -e {tmp_path}/ended.again ]; do sleep 0.05; done; {{}}"
    options = {"log": tmp_path / "log", "is_behind": True}
    processes.run("step", ["sh", "-c", step.format("exit 0")], **options)
    assert (tmp_path / "log").read_text() == "1/1\n"
    with pytest.raises(Trouble) as failed:
        processes.run(
            "step", ["sh", "-c", step.format("echo 'Error: it is so' >&2; exit 3")], **options
        )
    assert failed.value.key == "step_failed"
    assert "it is so" in str(failed.value)
    assert len(json.loads((tmp_path / "processes.json").read_text())) == 1


def test_a_signal_during_a_step_stops_it(processes, tmp_path):
    script = f"kill -TERM {os.getpid()}; sleep 300"
    with pytest.raises(Stopped):
        processes.run("step", ["sh", "-c", script], log=tmp_path / "log")


def test_last_line_prefers_the_error():
    assert last_line("a\nERROR: b\nc\n\n") == "ERROR: b"
    assert last_line("a\nc\n") == "c"
    assert last_line("") == "—"

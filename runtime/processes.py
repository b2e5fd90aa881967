"""Processes that we start and that end with us.

Each runs in a session of its own: Ctrl-C reaches only us, and we end them in order. Their ids are in
`run/processes.json`, so that a start after `kill -9` finds and ends those that were left running.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.words import Trouble, sentence

STOP_SECONDS = 20  # a worker finishes its current batch; PostgreSQL writes its checkpoint
QUIET_SECONDS = 15  # without a terminal, how often a long step says that it is still running
# Servers refuse a locale that the machine names but does not have. What they print is for the log.
PLAIN_LOCALE = {"LC_ALL": "C", "LANG": "C"}
FULL_DISK = "No space left on device"
# A process that dies is restarted at most this often within this many seconds. If it dies more often,
# something is wrong that a restart does not cure.
AGAIN_TIMES, AGAIN_WITHIN = 5, 600
# Seconds before the next try, by how often it died recently: PostgreSQL waits for what its dead server left
# behind.
PAUSES = (0, 1, 2, 5, 10)
# What a dead process had begun may finish: the message that its child is working on is recorded.
ORPHANS_SECONDS = 10
FULL_MB = 8  # with less free space than this, the full disk is why something ended
FULL_PAUSE = 5  # seconds between two checks of a full disk


class Stopped(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived. It is not an Exception, so that nothing swallows it."""


@dataclass(frozen=True)
class Program:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path | None
    stop_signal: int
    start_again: Callable[[], object]
    log_begins: int = 0  # bytes that were in the log before this process


class Processes:
    """Starts processes, and ends all of them when it is left.

    Use it as a context manager, so that every process ends in whatever way it is left.
    """

    def __init__(self, run: Path) -> None:
        self._record = run / "processes.json"
        self._programs: list[Program] = []
        self._deaths: dict[str, list[float]] = defaultdict(list)
        self._disk_was_full = False
        self._holding = False
        self._stopping = False

    def __enter__(self) -> "Processes":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        self._holding = True
        self.stop_all()

    def _on_signal(self, *_: object) -> None:
        if self._stopping:
            return
        self._stopping = True
        print("\n" + sentence("stopping"), flush=True)
        if not self._holding:
            raise Stopped

    def start(
        self,
        name: str,
        argv: Sequence[object],
        *,
        log: Path | None,
        env: Mapping[str, str] | None = None,
        stop_signal: int = signal.SIGTERM,
        given: bytes = b"",
        **options: Any,
    ) -> Program:
        """Start a process. `given` is written to its standard input."""

        def start_again() -> Program:
            return self.start(
                name, argv, log=log, env=env, stop_signal=stop_signal, given=given, **options
            )

        # A signal between the fork and the record would leave an orphan, so it has to wait.
        self._holding = True
        try:
            with log.open("ab") if log else contextlib.nullcontext() as output:
                begins = output.tell() if output else 0
                process = subprocess.Popen(
                    [str(word) for word in argv],
                    stdout=output,
                    stderr=subprocess.STDOUT if log else None,
                    env=env,
                    start_new_session=True,
                    **{"stdin": subprocess.PIPE if given else subprocess.DEVNULL, **options},
                )
            program = Program(name, process, log, stop_signal, start_again, begins)
            self._programs.append(program)
            self._write_record()
            if process.stdin:
                # it has ended: whoever checks it reports why
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.write(given)
                    process.stdin.close()
        finally:
            self._holding = False
        if self._stopping:
            raise Stopped
        return program

    def run(
        self,
        step: str,
        argv: Sequence[object],
        *,
        log: Path,
        progress: Callable[[str], str] | None = None,
        is_behind: bool = False,
        **options: Any,
    ) -> None:
        """Run to the end, showing the elapsed time on the terminal. `progress` reads the log so far.

        `is_behind`: everything else is kept alive meanwhile.
        """
        log.write_bytes(b"")
        with Progress(step) as line:
            program = self.start(step, argv, log=log, **options)
            while program.process.poll() is None:
                time.sleep(0.1)
                line.tick(progress(log.read_text(errors="replace")) if progress else "")
                if is_behind:
                    self.keep_alive(apart_from=program)
            self._forget(program)
            if program.process.returncode:
                raise failure("step_failed", program, step=step)

    def show(self, step: str, argv: Sequence[object], **options: Any) -> int:
        """Run to the end with its output on our terminal, and return its exit status."""
        return self.wait(self.start(step, argv, log=None, **options))

    def wait(self, program: Program) -> int:
        """Wait until it ends, and return its exit status."""
        while program.process.poll() is None:
            time.sleep(0.05)
        self._forget(program)
        return program.process.returncode

    def finish(self, program: Program | None) -> None:
        """Wait for a process that was started before other steps.

        The terminal shows the elapsed time.
        """
        if program is None:
            return
        with Progress(program.name) as line:
            while program.process.poll() is None:
                time.sleep(0.1)
                line.tick()
            self._forget(program)
            if program.process.returncode:
                raise failure("step_failed", program, step=program.name)

    def check_alive(self) -> None:
        """Raise a failure if something has ended during the start: it would end again."""
        for program in self._programs:
            if program.process.poll() is not None:
                raise failure("ended", program, name=program.name)

    def keep_alive(self, apart_from: Program | None = None) -> None:
        """Restart what has died, whatever killed it. Raise Trouble if that does not help."""
        for program in list(self._programs):
            if program is not apart_from and program.process.poll() is not None:
                self._begin_again(program)

    def _begin_again(self, program: Program) -> None:
        cause = cause_of(program)
        self._end_orphans(program)
        self._wait_for_space()
        now = time.monotonic()
        deaths = [at for at in self._deaths[program.name] if now - at < AGAIN_WITHIN] + [now]
        if len(deaths) > AGAIN_TIMES:
            values = {"times": len(deaths), "minutes": AGAIN_WITHIN // 60, "log": program.log}
            raise Trouble("ended_often", name=program.name, cause=cause, **values)
        # After a full disk the counts start again: none of the processes was to blame.
        self._deaths[program.name] = [] if self._disk_was_full else deaths
        self._disk_was_full = False
        values = {"count": len(deaths), "times": AGAIN_TIMES, "minutes": AGAIN_WITHIN // 60}
        print("  " + sentence("again", name=program.name, cause=cause, **values), flush=True)
        time.sleep(PAUSES[len(deaths) - 1])
        self._forget(program)
        program.start_again()

    def _end_orphans(self, program: Program) -> None:
        deadline = time.monotonic() + ORPHANS_SECONDS
        while has_members(program.process.pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(program.process.pid, signal.SIGKILL)

    def _wait_for_space(self) -> None:
        """Wait until there is space.

        PostgreSQL ends on a full disk and cannot start there; that does not count as dying.
        """
        folder = self._record.parent
        while (free := shutil.disk_usage(folder).free // 2**20) < FULL_MB:
            if not self._disk_was_full:
                self._disk_was_full = True
                print("  " + sentence("waits_for_space", folder=folder, free=free), flush=True)
            time.sleep(FULL_PAUSE)

    def stop_all(self) -> None:
        """Stop all in reverse order, each politely at first and then by force, the database last."""
        for program in reversed(self._programs):
            if program.process.poll() is None:
                program.process.send_signal(program.stop_signal)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    program.process.wait(STOP_SECONDS)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(program.process.pid, signal.SIGKILL)
            program.process.wait()
        self._programs.clear()
        self._write_record()

    def end_leftovers(self) -> int:
        """End processes that an earlier start, killed without a chance to clean up, left running."""
        left = [entry for entry in self._read_record() if is_ours(entry)]
        for entry in reversed(left):
            with contextlib.suppress(ProcessLookupError):
                os.kill(entry["pid"], entry["stop_signal"])
        deadline = time.monotonic() + STOP_SECONDS
        while any(is_ours(entry) for entry in left) and time.monotonic() < deadline:
            time.sleep(0.1)
        for entry in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(entry["pid"], signal.SIGKILL)
        return len(left)

    def _forget(self, program: Program) -> None:
        self._programs.remove(program)
        self._write_record()

    def _write_record(self) -> None:
        entries = [
            {
                "name": program.name,
                "pid": program.process.pid,
                "began": began(program.process.pid),
                "stop_signal": int(program.stop_signal),
            }
            for program in self._programs
        ]
        with contextlib.suppress(OSError):  # a full disk must not keep us from ending processes
            # anybody who reads it meanwhile finds it complete
            fresh = self._record.with_suffix(".new")
            fresh.write_text(json.dumps(entries))
            fresh.replace(self._record)

    def _read_record(self) -> list[dict[str, Any]]:
        try:
            return json.loads(self._record.read_text())
        except (OSError, ValueError):
            return []


def began(pid: int) -> str:
    """Return when a process began, which tells it from a later process with the same id."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if fields[0] == "Z" else fields[19]
    except OSError:
        if Path("/proc/self").exists():
            return ""
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def is_ours(entry: dict[str, Any]) -> bool:
    return bool(entry["began"]) and began(entry["pid"]) == entry["began"]


def has_members(group: int) -> bool:
    """Return whether processes of this group are still running. The leader itself is gone."""
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def failure(key: str, program: Program, **values: object) -> Exception:
    if FULL_DISK in said(program):
        return OSError(28, FULL_DISK)
    return Trouble(key, cause=cause_of(program), log=program.log, **values)


def cause_of(program: Program) -> str:
    """Return the signal that ended it, or its status and the last thing it printed."""
    status, last = program.process.returncode, last_line(said(program))
    if status is None:
        return last
    if status == -signal.SIGKILL:
        return sentence("by_kill")
    if status < 0:
        return sentence("by_signal", name=signal.Signals(-status).name, last=last)
    return sentence("by_status", status=status, last=last)


def said(program: Program) -> str:
    """Return what this process wrote to its log: an earlier one may have failed for another reason."""
    if program.log is None:
        return ""
    with contextlib.suppress(OSError), program.log.open("rb") as log:
        log.seek(program.log_begins)
        return log.read().decode(errors="replace")
    return ""


def last_line(text: str) -> str:
    """Return the line of a log that most likely names the cause."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    marked = [line for line in lines if re.search(r"error\w*\W+\w", line, re.IGNORECASE)]
    return ((marked or lines or ["—"])[-1])[:300]


class Progress:
    """One line for one step: what, how far, how long."""

    def __init__(self, step: str) -> None:
        self.step = step
        self._began = self._spoke = time.monotonic()
        self._live = sys.stdout.isatty()

    def __enter__(self) -> "Progress":
        if not self._live:
            print(f"  {self.step} …", flush=True)
        return self

    def tick(self, detail: str = "") -> None:
        now = time.monotonic()
        seconds = f"{now - self._began:.0f} s"
        if self._live:
            print(f"\r\033[K  {self.step} … {detail} {seconds}", end="", flush=True)
        elif now - self._spoke > QUIET_SECONDS:
            self._spoke = now
            print(f"    … {detail} {seconds}", flush=True)

    def __exit__(self, kind: object, *_: object) -> None:
        seconds = f"{time.monotonic() - self._began:.1f} s"
        start = "\r\033[K" if self._live else ""
        if kind is None:
            print(f"{start}  {self.step}: {sentence('done')}, {seconds}", flush=True)
        elif self._live:
            print(flush=True)

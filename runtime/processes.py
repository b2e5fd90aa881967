"""Processes that we start, and that end with us.

Each runs in a session of its own: Ctrl-C reaches only us, and we end them in order. Their ids stand in
`run/processes.json`, so that a start after `kill -9` finds and ends what was left behind.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.words import Trouble, sentence

STOP_SECONDS = 20  # a worker finishes the batch in its hands; PostgreSQL writes its checkpoint
QUIET_SECONDS = 15  # without a terminal, a long step says that it still runs this often
# Servers refuse a locale that the machine names but does not have; their words are for the log.
PLAIN_LOCALE = {"LC_ALL": "C", "LANG": "C"}
FULL_DISK = "No space left on device"


class Stopped(BaseException):
    """SIGINT, SIGTERM or SIGHUP arrived. Not an Exception: nothing may swallow it."""


@dataclass(frozen=True)
class Program:
    name: str
    process: "subprocess.Popen[bytes]"
    log: Path | None
    stop_signal: int
    start_again: Callable[[], object] | None  # for one that may end itself so that another begins


class Processes:
    """Use as a context manager: leaving it, in whatever way, ends every process started through it."""

    def __init__(self, run: Path) -> None:
        self._record = run / "processes.json"
        self._programs: list[Program] = []
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
        again: bool = False,
        **options: Any,
    ) -> Program:
        """With `again`, one that ends by itself with status 0 is started anew by `check_alive`."""

        def start_again() -> Program:
            return self.start(
                name, argv, log=log, env=env, stop_signal=stop_signal, again=True, **options
            )

        # A signal between the fork and the record would leave an orphan: it waits for us.
        self._holding = True
        try:
            with log.open("ab") if log else contextlib.nullcontext() as output:
                process = subprocess.Popen(
                    [str(word) for word in argv],
                    stdout=output,
                    stderr=subprocess.STDOUT if log else None,
                    env=env,
                    start_new_session=True,
                    **{"stdin": subprocess.DEVNULL, **options},
                )
            program = Program(name, process, log, stop_signal, start_again if again else None)
            self._programs.append(program)
            self._write_record()
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
        **options: Any,
    ) -> None:
        """Runs to the end, with the time it takes on the terminal; `progress` reads the log so far."""
        log.write_bytes(b"")
        with Progress(step) as line:
            program = self.start(step, argv, log=log, **options)
            while program.process.poll() is None:
                time.sleep(0.1)
                line.tick(progress(log.read_text(errors="replace")) if progress else "")
            self._forget(program)
            if program.process.returncode:
                raise failure("step_failed", program, step=step)

    def show(self, step: str, argv: Sequence[object], **options: Any) -> int:
        """Runs to the end with its output on our terminal; answers with its exit status."""
        return self.wait(self.start(step, argv, log=None, **options))

    def wait(self, program: Program) -> int:
        """Until it ends; answers with its exit status."""
        while program.process.poll() is None:
            time.sleep(0.05)
        self._forget(program)
        return program.process.returncode

    def finish(self, program: Program | None) -> None:
        """Waits, with the time on the terminal, for what was started before other steps."""
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
        for program in list(self._programs):
            status = program.process.poll()
            if status == 0 and program.start_again:
                self._forget(program)
                program.start_again()
            elif status is not None:
                raise failure("ended", program, name=program.name)

    def stop_all(self) -> None:
        """In reverse order, each politely and then for good; the database last."""
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
        """Ends what an earlier start, killed without a chance to clean up, has left running."""
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
                "pid": program.process.pid,
                "began": began(program.process.pid),
                "stop_signal": int(program.stop_signal),
            }
            for program in self._programs
        ]
        with contextlib.suppress(OSError):  # a full disk must not keep us from ending processes
            self._record.write_text(json.dumps(entries))

    def _read_record(self) -> list[dict[str, Any]]:
        try:
            return json.loads(self._record.read_text())
        except (OSError, ValueError):
            return []


def began(pid: int) -> str:
    """When a process began; with its id this tells it from a later process of the same id."""
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


def failure(key: str, program: Program, **values: object) -> Exception:
    text = program.log.read_text(errors="replace") if program.log else ""
    if FULL_DISK in text:
        return OSError(28, FULL_DISK)
    return Trouble(key, cause=last_line(text), log=program.log, **values)


def last_line(text: str) -> str:
    """The line of a log that most likely names the cause."""
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

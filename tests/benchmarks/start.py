"""Seconds from a fresh clone to a page: `./start` in a new folder with empty package caches.

    python -m tests.benchmarks.start [--checkout DIR]

Clones what is committed, starts it, waits for `/healthz`, prints the seconds of each step, and ends it.
Packages come over the network: the figure holds for the line it was measured on.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.benchmarks.harness import report

ROOT = Path(__file__).resolve().parents[2]
GOAL_SECONDS = 60  # design/reliability.md, row 15
GIVE_UP_SECONDS = 900
PORT = 8931
STEP = re.compile(r"^  (.+): done, ([\d.]+) s$", re.MULTILINE)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="jiaqiao-start-", dir=ROOT.parent) as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "-q", str(checkout()), str(clone)], check=True)
        seconds, steps = start(clone, Path(folder) / "caches")
    for step, took in steps:
        sys.stdout.write(f"{took:7.1f} s  {step}\n")
    sys.stdout.write(f"{seconds:7.1f} s  from ./start to /healthz\n")
    report("start", [row("start", seconds, GOAL_SECONDS), *(row(s, t, None) for s, t in steps)])


def checkout() -> Path:
    parser = argparse.ArgumentParser()
    parser.add_argument("--checkout", type=Path, default=ROOT, help="what to clone")
    return parser.parse_args().checkout


def start(clone: Path, caches: Path) -> tuple[float, list[tuple[str, float]]]:
    """Seconds until the page answers, and those of each step that `./start` names."""
    log = clone / "start.log"
    empty = {name: str(caches / name) for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR")}
    foreign = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "NOTE_KEYS", "DJANGO_SETTINGS_MODULE")
    env = {name: value for name, value in os.environ.items() if name not in foreign}
    env |= empty | {"npm_config_cache": str(caches / "npm"), "LC_ALL": "C.UTF-8"}
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["./start", "--port", str(PORT)],
            cwd=clone,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        while not answers():
            if process.poll() is not None or time.monotonic() - began > GIVE_UP_SECONDS:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        seconds = time.monotonic() - began
        time.sleep(2)  # the last step prints its line
        return seconds, [(step, float(took)) for step, took in STEP.findall(log.read_text())]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(clone, ignore_errors=True)


def answers() -> bool:
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=2) as page,
    ):
        return page.status == 200
    return False


def row(name: str, seconds: float, goal: float | None) -> dict:
    return {
        "name": name,
        "ours": round(seconds, 1),
        "limit": goal,
        "ratio": round(goal / seconds, 2) if goal and seconds else None,
        "unit": "s",
        "goal": goal,
    }


if __name__ == "__main__":
    sys.exit(main())

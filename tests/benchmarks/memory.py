"""How much memory the web server takes, after loading and after pages were opened for minutes.

All pages of `pages.py` in turn, four at a time, under the production server with two processes. Megabytes
are those that the server adds to the machine (PSS: what several processes share is divided among them) ÷ the
processes that answer pages. The limit is the floor of `pages.py`, bare Python under the same server. Row
`loaded`: each page was opened once. Row `used`: at the end. Row `growth`: the last third ÷ after the first; a
server that keeps what it should forget grows on. One whose process was replaced meanwhile (`max_requests`) is
back where it began.

    python -m tests.benchmarks.memory [--children 2000] [--minutes 10]
"""

import argparse
import os
import statistics
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import harness, pages
from tests.benchmarks.load import press

PROCESSES = 2
CONNECTIONS = 4
SECONDS_EACH = 3
GOAL_MB, GOAL_GROWTH = 120, 1.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=2_000)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-memory-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        with harness.servers("memory"):
            os.environ["WEB_CONCURRENCY"] = str(PROCESSES)  # of both servers
            results = _measure(Path(folder), options)
    harness.report("memory", results)


def _measure(folder: Path, options: argparse.Namespace) -> list[harness.Result]:
    asked, _ = pages.fill(options.children)
    with ExitStack() as stack:
        ours, limit = pages.serve(stack, folder, asked)
        loaded, floor = _megabytes(ours.pid), _megabytes(limit.pid)
        answers, seen = 0, []
        began = time.monotonic()
        while time.monotonic() - began < options.minutes * 60:
            for page in asked.values():
                load = press(page.at(ours.port), connections=CONNECTIONS, seconds=SECONDS_EACH)
                answers += len(load.latencies)
            seen.append(_megabytes(ours.pid))
            harness.say(f"{answers} pages: {seen[-1]:.0f} MB for each process")
    third = max(1, len(seen) // 3)
    return [
        harness.ratio("loaded", [loaded], [floor], "MB", GOAL_MB),
        harness.ratio("used", [seen[-1]], [floor], "MB", GOAL_MB) | {"pages": answers},
        harness.ratio(
            "growth",
            seen[-third:],
            [statistics.median(seen[third - 1 : third + 1])],
            "MB",
            GOAL_GROWTH,
        ),
    ]


def _megabytes(server: int) -> float:
    """PSS of a server and of the processes that it has forked, for each of these."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            if server in (int(stat.parent.name), parent):
                rollup = stat.with_name("smaps_rollup").read_text()
                total += int(rollup.partition("\nPss:")[2].split()[0])  # kB
        except OSError:  # ended meanwhile
            continue
    return total / 1024 / PROCESSES


if __name__ == "__main__":
    main()

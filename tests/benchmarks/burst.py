"""How long pages take while a worker sends without a pause, against the same pages alone.

p99 of one answer in milliseconds, over all rounds: `ours` while a process beside the web server drains the
outbox into a local HTTP sink, over and over, as fast as it can; the limit with nothing else on the machine.
Each row also says how many messages a second were sent meanwhile.

    python -m tests.benchmarks.burst [--children 4000] [--messages 5000] [--rounds 3] [--seconds 3]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from runtime import redis_server
from runtime.layout import ROOT
from tests.benchmarks import dispatch, harness
from tests.benchmarks.load import Load, press, warm_up
from tests.benchmarks.pages import WARM_CONNECTIONS, WARM_EACH, fill

PAGES = ("today", "class_list", "family_home", "family_check_in")
CONNECTIONS = 2
GOAL = 2.0
DRAIN = "--drain"  # how the process that sends is called
ABOVE = "BURST_ABOVE"  # it sends for schools with a higher key


def main() -> None:
    if sys.argv[1:] == [DRAIN]:
        return _drain_for_ever(int(os.environ[ABOVE]))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=4_000)
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each page of each round")
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    with tempfile.TemporaryDirectory(prefix="benchmark-burst-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        with harness.servers("burst"), dispatch.sink() as port:
            results = _measure(Path(folder), port, options)
    harness.report("burst", results)


def _measure(folder: Path, sink: int, options: argparse.Namespace) -> list[harness.Result]:
    pages, _of_class = fill(options.children)
    os.environ[ABOVE] = str(_last_school())
    dispatch.fill(sink, options.messages)
    port, log = redis_server.free_port(), folder / "web.log"
    found: dict[str, list[Load]] = {}
    sent: list[float] = []
    with ExitStack() as stack:
        stack.enter_context(harness.gunicorn("homeschool.wsgi:application", port, {}, log))
        for name in PAGES:
            harness.fetch(pages[name].at(port))
            warm_up(pages[name].at(port), connections=WARM_CONNECTIONS, each=WARM_EACH)

        def ask(side: str) -> None:
            for name in PAGES:
                page = pages[name].at(port)
                load = press(page, connections=CONNECTIONS, seconds=options.seconds)
                found.setdefault(f"{name} {side}", []).append(load)
                harness.say(f"{name} {side}: {load}")

        for _round in range(options.rounds):
            ask("alone")
            with _burst() as messages:
                before = messages()
                ask("burst")
                sent.append((messages() - before) / (options.seconds * len(PAGES)))
    return [_row(name, found, statistics.median(sent)) for name in PAGES]


def _last_school() -> int:
    from schools.models import School

    return School.objects.order_by("-pk").values_list("pk", flat=True)[0]


@contextmanager
def _burst() -> Iterator:
    """While a worker sends; a function that says how many messages it has sent so far."""
    from delivery.models import Attempt

    worker = subprocess.Popen([sys.executable, "-m", __spec__.name, DRAIN], stdout=subprocess.PIPE)
    try:
        worker.stdout.readline()  # it has begun
        yield Attempt.objects.count
    finally:
        worker.kill()
        worker.wait()


def _drain_for_ever(above: int) -> None:
    import django

    django.setup()
    from django.db import connection

    from delivery.dispatch import Limits, drain

    while True:
        with connection.cursor() as cursor:
            cursor.execute(dispatch.MAKE_DUE, [above])
        sys.stdout.write("begun\n")
        sys.stdout.flush()
        drain(Limits(task_seconds=3600))


def _row(name: str, found: dict[str, list[Load]], sent: float) -> harness.Result:
    burst, alone = found[f"{name} burst"], found[f"{name} alone"]
    row = harness.ratio(name, [_p99(burst)], [_p99(alone)], "ms", GOAL)
    return (
        row
        | {"per_second": round(statistics.median(one.per_second for one in burst), 1)}
        | {"sent_per_second": round(sent)}
    )


def _p99(rounds: list[Load]) -> float:
    latencies = [latency for load in rounds for latency in load.latencies]
    return 1000 * statistics.quantiles(latencies, n=100)[98]


if __name__ == "__main__":
    main()

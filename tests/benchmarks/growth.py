"""What the pages of `pages.py` cost in a large county, against the same pages in a small one.

Processor time of one answer, of the web processes and of PostgreSQL together: `ours` with all children, the
limit with the first ones, the same teacher, counsellor and family each time. The other schools are copies of
the first ones, each with its own people and numbers (tests/factories/many_schools.py).

    python -m tests.benchmarks.growth [--few 2000] [--children 200000] [--rounds 3] [--seconds 1]
"""

import argparse
import os
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from runtime import redis_server
from runtime.layout import ROOT
from tests.benchmarks import harness
from tests.benchmarks.load import Load, warm_up
from tests.benchmarks.pages import (
    WARM_CONNECTIONS,
    WARM_EACH,
    Asked,
    Server,
    analyze,
    fill,
    press_page,
)

GOAL = 1.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--few", type=int, default=2_000, help="children to begin with")
    parser.add_argument("--children", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each page of each round")
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    with tempfile.TemporaryDirectory(prefix="benchmark-growth-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        os.environ["DATABASE_ROLES"] = "1"
        with harness.servers("growth"):
            results = _measure(Path(folder), options)
    harness.report("growth", results)


def _measure(folder: Path, options: argparse.Namespace) -> list[harness.Result]:
    pages, _of_class = fill(options.few)
    few = _cost(folder / "few.log", pages, options)
    _copy(options.children // options.few - 1)
    many = _cost(folder / "many.log", pages, options)
    size = {"few": options.few, "children": options.children}
    return [harness.ratio(name, many[name], few[name], "ms", GOAL) | size for name in pages]


def _copy(times: int) -> None:
    from django.db import transaction

    from tests.factories.many_schools import copy_schools

    harness.say("copying schools …")
    with transaction.atomic():
        copy_schools(times)
    analyze()


def _cost(
    log: Path, pages: dict[str, Asked], options: argparse.Namespace
) -> dict[str, list[float]]:
    """Milliseconds for one answer of each page, in each round."""
    port = redis_server.free_port()
    with ExitStack() as stack:
        pid = stack.enter_context(harness.gunicorn("homeschool.wsgi:application", port, {}, log))
        for page in pages.values():
            harness.fetch(page.at(port))
            warm_up(page.at(port), connections=WARM_CONNECTIONS, each=WARM_EACH)
        server = Server(port, pid)
        sides = {
            name: partial(press_page, page, server, options.seconds) for name, page in pages.items()
        }
        found = harness.interleave(sides, options.rounds)
    return {name: [_ms(load) for load in loads] for name, loads in found.items()}


def _ms(load: Load) -> float:
    return 1000 * (load.cpu_seconds + load.postgres_seconds) / len(load.latencies)


if __name__ == "__main__":
    main()

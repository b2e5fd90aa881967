"""What a copy of the database saves: the principal's page read from it, and from the main database.

Two PostgreSQL servers of this benchmark's own on this machine, the second a copy that follows, and two of our
production servers, one that knows of the copy and one that does not. Schools of 500 children, as in
`dashboards`. `replica`: milliseconds of the main database's processor for one page, with the copy ÷ without.
`replica_beside`: a class teacher's list of children, asked for all the while, p50 with ÷ without. On one
machine both servers share its cores: what the copy spends is told beside, and is no saving there.

    python -m tests.benchmarks.replica [--children 2000] [--rounds 5] [--seconds 3]
"""

import argparse
import os
import statistics
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from runtime import redis_server
from runtime.layout import ROOT
from tests.benchmarks import dashboards, harness
from tests.benchmarks.load import Load, press
from tests.benchmarks.pages import Asked, analyze, signed_in
from tests.faults.processes import Copy, Postgres

ASKING = 2  # connections for each of the two pages
DATABASE = "replica"  # harness.servers calls it benchmark_replica


@dataclass(frozen=True)
class Spent:
    """Of one round: both pages, and what both databases used of the processor, in seconds."""

    dashboard: Load
    children: Load | None
    main: float
    copy: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=dashboards.FEW)
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each side of each round")
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    server = Postgres()
    try:
        server.create_empty()
        with tempfile.TemporaryDirectory(prefix="benchmark-replica-") as folder:
            os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "DATABASE_ROLES": "1"}
            os.environ |= {
                "SECRET_KEY": "benchmark" * 6,
                "DATABASE_URL": _url(server.folder, "postgres"),
            }
            with harness.servers(DATABASE):
                results = _measure(Path(folder), server, options)
    finally:
        server.close()
    harness.report(DATABASE, results)


def _url(host: object, name: str) -> str:
    return f"postgres://postgres@{quote(str(host), safe='')}/{name}"


def _measure(folder: Path, server: Postgres, options: argparse.Namespace) -> list[harness.Result]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    school, dashboard = dashboards.first_schools()
    if options.children > dashboards.FEW:
        dashboards.more_schools(options.children // dashboards.FEW - 1)
    children = _teachers_page(school)
    analyze()
    connection.close()
    copy = Copy(server)
    copy.start()
    try:
        with ExitStack() as stack:
            known = {"DATABASE_REPLICA_URL": _url(copy.host, f"benchmark_{DATABASE}")}
            ports = {
                "with": _serve(stack, folder / "with.log", known),
                "without": _serve(stack, folder / "without.log", {}),
            }
            spend = partial(_spend, dashboard, pids=(server.pid, copy.pid), seconds=options.seconds)
            for port in ports.values():
                harness.fetch(dashboard.at(port))
                harness.fetch(children.at(port))
            sides = {
                f"{name}{' beside' if beside else ''}": partial(spend, beside, port)
                for beside in (None, children)
                for name, port in ports.items()
            }
            found = harness.interleave(sides, options.rounds)
    finally:
        copy.end()
    return _rows(found, options.children)


def _teachers_page(school: Any) -> Asked:
    from schools.models import SchoolClass
    from schools.roles import Role
    from tests.factories.cast import make_post, make_user

    teacher = make_user("teacher", "teacher")
    school_class = SchoolClass.objects.filter(school=school).first()
    make_post(teacher, Role.CLASS_TEACHER, school=school, school_class=school_class)
    return Asked("/children/", {}, signed_in(teacher))


def _serve(stack: ExitStack, log: Path, known: dict[str, str]) -> int:
    port = redis_server.free_port()
    stack.enter_context(harness.gunicorn("homeschool.wsgi:application", port, known, log))
    return port


def _spend(
    dashboard: Asked, beside: Asked | None, port: int, *, pids: tuple[int, int], seconds: float
) -> Spent:
    before = [harness.cpu_seconds(pid) for pid in pids]
    with ThreadPoolExecutor() as threads:
        asked = {"connections": ASKING, "seconds": seconds}
        page = threads.submit(press, dashboard.at(port), **asked)
        other = threads.submit(press, beside.at(port), **asked) if beside else None
        loads = page.result(), other.result() if other else None
    spent = [harness.cpu_seconds(pid) - one for pid, one in zip(pids, before, strict=True)]
    return Spent(*loads, *spent)


def _rows(found: dict[str, list[Spent]], children: int) -> list[harness.Result]:
    def each_ms(side: str, of: str) -> list[float]:
        return [1000 * getattr(one, of) / len(one.dashboard.latencies) for one in found[side]]

    def a_second(side: str, of: str) -> float:
        return round(statistics.median(getattr(one, of).per_second for one in found[side]), 1)

    def middle_ms(side: str) -> list[float]:
        return [
            1000 * statistics.median(one.children.latencies) for one in found[side] if one.children
        ]

    alone = harness.ratio("replica", each_ms("with", "main"), each_ms("without", "main"), "ms", 0.5)
    copy_ms = round(statistics.median(each_ms("with", "copy")), 1)
    alone |= {"copy_ms": copy_ms, "per_second": a_second("with", "dashboard")}
    alone |= {"limit_per_second": a_second("without", "dashboard"), "children": children}
    beside = harness.ratio(
        "replica_beside", middle_ms("with beside"), middle_ms("without beside"), "ms", 1.0
    )
    for name, side in (("", "with beside"), ("limit_", "without beside")):
        beside[f"{name}children_per_second"] = a_second(side, "children")
        beside[f"{name}dashboards_per_second"] = a_second(side, "dashboard")
        spent = [one.main / one.dashboard.seconds for one in found[side]]
        beside[f"{name}main_busy"] = round(statistics.median(spent), 2)
    return [alone, beside]


if __name__ == "__main__":
    main()

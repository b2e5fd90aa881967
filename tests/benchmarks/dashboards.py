"""Figures over a county: what a page costs as the county grows, and what keeping weeks costs.

Schools of 500 children in classes of 50, of whom all have a mother away, with a term of talks; kept and
published weeks. `county`: the two lines of the county's page, 20 weeks of every school, by a plain GROUP BY
over the children and their talks ÷ what the page reads of what is published; `county_first`: the same, on the
first look after a week was published; `county_week`: the last week alone. `growth`: the principal's page, p50
through the application, with all children ÷ with the first 2,000.
`refresh`: milliseconds until one class's week is counted again after a talk was recorded, and the
processor time of it, here and of PostgreSQL; `day_ms`: then what the class comes to today. `refresh_county`:
seconds for one week of all schools; `mark`: one INSERT of a talk with the trigger that notes its class ÷
without. `page`: the principal's page under the production server ÷ the floor of `pages`. Needs the built
front end.

    python -m tests.benchmarks.dashboards [--children 200000] [--rounds 5] [--seconds 0.7]
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from runtime.layout import ROOT
from tests.benchmarks import harness
from tests.benchmarks.early_warning import PER_SCHOOL, fill_school
from tests.benchmarks.pages import (
    Asked,
    analyze,
    press_page,
    row_of,
    serve,
    statements_of,
)

FEW = 2000  # children with whom the growth begins
WEEKS = 20  # on the county's page
PAGE = "/dashboard/"
ASKED = 40  # times in each round of a page
CHANGES = 40  # talks recorded and caught up with
PLAIN = """
WITH ends AS (SELECT unnest(%(days)s::date[]) AS ends_on),
away AS (
    SELECT DISTINCT ends.ends_on, e.school_id, g.student_id
    FROM ends
    JOIN guardians_guardianship g ON g.kind = 'parent' AND g.starts_on <= ends.ends_on
        AND (g.ends_on IS NULL OR g.ends_on >= ends.ends_on)
    JOIN guardians_adult a ON a.id = g.adult_id AND a.condition = 'in_touch'
    JOIN guardians_migration m ON m.adult_id = g.adult_id AND m.is_away
        AND m.starts_on <= ends.ends_on AND (m.ends_on IS NULL OR m.ends_on >= ends.ends_on)
    JOIN students_enrolment e ON e.student_id = g.student_id AND e.starts_on <= ends.ends_on
        AND (e.ends_on IS NULL OR e.ends_on >= ends.ends_on)
),
talked AS (
    SELECT DISTINCT ends.ends_on, c.student_id FROM ends JOIN guardians_contact c
        ON c.retracted_at IS NULL AND c.happened_on BETWEEN ends.ends_on - 6 AND ends.ends_on
)
SELECT away.ends_on, away.school_id, count(*), count(talked.student_id)
FROM away LEFT JOIN talked USING (ends_on, student_id) GROUP BY 1, 2
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each side of each round")
    options = parser.parse_args()
    if not (ROOT / "static" / "dist").is_dir():
        raise SystemExit("The front end is not built yet: run ./start once, or npm run build.")
    with tempfile.TemporaryDirectory(prefix="benchmark-dashboards-") as folder:
        os.environ |= {"STATIC_HASHED": "1", "JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        os.environ["DATABASE_ROLES"] = "1"
        with harness.servers("dashboards"):
            results = _measure(Path(folder), options)
    harness.report("dashboards", results)


def _measure(folder: Path, options: argparse.Namespace) -> list[harness.Result]:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["*"]
    school, page = first_schools()
    asking = _timed(partial(_ask, page), ASKED)
    few = [asking() for _round in range(options.rounds + 1)][1:]
    more_schools(options.children // FEW - 1)
    found = harness.interleave({"many": asking}, options.rounds)
    size = {"children": options.children, "statements": statements_of(page)}
    results = [harness.ratio("growth", found["many"], few, "ms", 1.2) | size]
    # Before rows are written: one child's thousands of talks of `mark` would be most of the page.
    results.append(_page(folder, page, options))
    return [*results, *_county(options), *_refresh(school, options), _mark(school, options)]


def first_schools() -> tuple[Any, Asked]:
    """Schools of 2,000 children, all weeks of their talks kept; the first one, and its principal's page."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    from figures.class_weeks.keeping import keep, keep_day
    from schools.models import County, School
    from schools.roles import Role
    from tests.factories.cast import make_post, make_user
    from tests.factories.factors import sign_in

    county, teacher = County.objects.create(name="benchmark"), make_user("b", "b")
    for number in range(FEW // PER_SCHOOL):
        fill_school(county, teacher, number)
    school = School.objects.order_by("pk")[0]
    principal = make_user("principal", "principal")
    make_post(principal, Role.PRINCIPAL, school=school)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM figures_staleclass")
    for one in School.objects.all():
        for day in _sundays():
            keep(one, day, _now())
    keep_day(school, _now())
    analyze()
    client = Client()
    sign_in(client, principal)
    name = settings.SESSION_COOKIE_NAME
    keys: dict[str, int | str] = {"school": school.pk, "on": date.today().isoformat()}
    return school, Asked(PAGE, keys, f"{name}={client.cookies[name].value}")


def more_schools(times: int) -> None:
    from django.db import transaction

    from tests.factories.many_schools import copy_schools

    harness.say("copying schools …")
    with transaction.atomic():
        copy_schools(times)
    _publish()
    analyze()


def _publish() -> None:
    """Weeks of all schools, with the figures that a county publishes, as if each Monday had been kept."""
    from figures.models import PublishedFigure, PublishedWeek
    from figures.publishing import spans
    from figures.weekly import Count
    from schools.models import School

    facts = {"published_at": _now(), "has_counsellor": True, "is_used": True, "sending": "goes"}
    weeks = PublishedWeek.objects.bulk_create(
        PublishedWeek(county_id=school.county_id, school=school, ends_on=day, **facts)
        for school in School.objects.all()
        for day in _sundays()
    )
    figures = []
    for week in weeks:
        counts = [Count("pupils", PER_SCHOOL), Count("away", PER_SCHOOL)]
        shares = ("connected", "reached", "visits", "calls", "screened")
        counts += [Count(key, 400, PER_SCHOOL) for key in shares]
        counts += [Count(key, 12) for key in ("overdue", "with_concern", "long_concern")]
        counts += [Count(key, 60) for key in ("left_behind", "left_behind_unknown")]
        figures += spans(week, counts)
    PublishedFigure.objects.bulk_create(figures, batch_size=10_000)


def _now():
    from core import clock

    return clock.now()


def _sundays() -> list[date]:
    from core.weeks import last_sunday

    last = last_sunday(date.today())
    return [last - timedelta(weeks=number) for number in reversed(range(WEEKS))]


def _timed(ask: Callable[[], Any], times: int) -> Callable[[], float]:
    """Milliseconds of the middle one of so many."""

    def run() -> float:
        spent = []
        for _time in range(times):
            began = time.perf_counter()
            ask()
            spent.append((time.perf_counter() - began) * 1000)
        return statistics.median(spent)

    return run


def _ask(page: Asked) -> None:
    from django.test import Client

    answer = Client(headers={"cookie": page.cookie}).get(page.path)
    if answer.status_code != 200:
        raise SystemExit(f"{page.path} answers {answer.status_code}")


def _county(options: argparse.Namespace) -> list[harness.Result]:
    from figures.county_lines import OF_COUNTY, columns_of, editions_read, lines
    from schools.models import County

    county, days = County.objects.get(), _sundays()
    last = {"county_id": county.pk, "since": days[-1], "until": days[-1]}

    def first() -> None:
        editions_read.cache_clear()
        lines(county)

    sides = {
        "plain": _timed(lambda: _plain(days), 1),
        "plain week": _timed(lambda: _plain(days[-1:]), 1),
        "ours": _timed(lambda: lines(county), 9),
        "ours first": _timed(first, 9),
        "our week": _timed(lambda: columns_of(OF_COUNTY, **last), 9),
    }
    found = harness.interleave(sides, min(options.rounds, 2))
    size = {"children": options.children}
    return [
        harness.ratio("county", found["plain"], found["ours"], "ms", 300.0) | size,
        harness.ratio("county_first", found["plain"], found["ours first"], "ms", 300.0) | size,
        harness.ratio("county_week", found["plain week"], found["our week"], "ms", 300.0) | size,
    ]


def _plain(days: list[date]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(PLAIN, {"days": days})
        cursor.fetchall()


def _refresh(school: Any, options: argparse.Namespace) -> list[harness.Result]:
    from figures.class_weeks.keeping import catch_up, keep_day, keep_together
    from schools.models import School

    at, last, spent, of_day = _now(), _sundays()[-1], [], []
    pid, own, postgres = harness.postgres_pid(), 0.0, 0.0
    for number in range(CHANGES + 5):
        _talk(school, number, last)
        theirs = harness.cpu_seconds(pid)
        before, began = time.process_time(), time.perf_counter()
        weeks = catch_up(school, at)
        spent.append((time.perf_counter() - began) * 1000)
        own += time.process_time() - before
        postgres += harness.cpu_seconds(pid) - theirs
        if weeks != 1:
            raise SystemExit(f"{weeks} weeks were counted again for one talk")
        began = time.perf_counter()
        keep_day(school, at)
        of_day.append((time.perf_counter() - began) * 1000)
    processor = {
        "cpu_ms": round(1000 * own / len(spent), 2),
        "postgres_ms": round(1000 * postgres / len(spent), 2),
        "day_ms": round(statistics.median(of_day[5:]), 2),
    }

    def county() -> float:
        began = time.perf_counter()
        keep_together(School.objects.all(), last, at)
        return time.perf_counter() - began

    seconds = [county() for _round in range(min(options.rounds, 3))]
    return [
        _alone("refresh", statistics.median(spent[5:]), "ms", 5.0) | processor,
        _alone("refresh_county", statistics.median(seconds), "s", 1.0)
        | {"schools": School.objects.count()},
    ]


def _alone(name: str, ours: float, unit: str, goal: float) -> harness.Result:
    """A row whose goal is a number, not a ratio."""
    ours = round(ours, 2)
    return {"name": name, "ours": ours, "limit": None, "ratio": None, "unit": unit, "goal": goal}


def _talk(school: Any, number: int, day: date) -> None:
    from guardians.models import Contact, Guardianship

    ties = Guardianship.objects.filter(school=school, kind="parent").order_by("pk")
    tie = ties[number % PER_SCHOOL]
    Contact.objects.create(
        school=school,
        student_id=tie.student_id,
        adult_id=tie.adult_id,
        happened_on=day - timedelta(days=3),
        reported_by="parent",
        recorded_at=_now(),
    )


def _mark(school: Any, options: argparse.Namespace) -> harness.Result:
    """One talk, in a transaction of its own each."""
    from django.db import connection

    day, trigger = date.today(), "ALTER TABLE guardians_contact {} TRIGGER figures_stale_insert"

    def talks(is_marked: bool) -> float:
        with connection.cursor() as cursor:
            cursor.execute(trigger.format("ENABLE" if is_marked else "DISABLE"))
        found = _timed(lambda: _talk(school, 1, day), 200)()
        with connection.cursor() as cursor:
            cursor.execute(trigger.format("ENABLE"))
        return found

    sides = {"marked": partial(talks, True), "bare": partial(talks, False)}
    found = harness.interleave(sides, options.rounds)
    return harness.ratio("mark", found["marked"], found["bare"], "ms", 1.2)


def _page(folder: Path, page: Asked, options: argparse.Namespace) -> harness.Result:
    pages = {"dashboard": page}
    with ExitStack() as stack:
        ours, limit, _as_owner = serve(stack, folder, pages)
        sides = {
            f"dashboard {side}": partial(press_page, page, server, options.seconds)
            for side, server in (("ours", ours), ("limit", limit))
        }
        found = harness.interleave(sides, options.rounds)
    return row_of("dashboard", found, statements_of(page)) | {"name": "page"}


if __name__ == "__main__":
    main()

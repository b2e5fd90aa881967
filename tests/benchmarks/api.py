"""What an answer of the API costs: 100 pupils, against raw SQL; and a page of a school as the county grows.

Row `students_100`: milliseconds for a page of 100 pupils of OneRoster, from the token to the JSON, through
the application without a network; the limit is the least that could answer the same: two statements, the
same rows in the log of readers, `json.dumps`. Row `page_in_county`: the last page of one school's pupils
among all children of a county, against the same page when the school was alone in it; the goal is a ratio
to stay below. Medians of five rounds.

    python -m tests.benchmarks.api [--children 200000] [--school 2000] [--requests 30] [--rounds 5]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from tests.benchmarks import harness

PAGE = 100  # pupils of an answer: OneRoster's default
STUDENTS = "/ims/oneroster/rostering/v1p2/students"
SCHOOLS_AT_MOST = 2000  # children: a school of the county
FLOOR_COUNT = """
SELECT count(*) FROM students_student s WHERE s.school_id = %(school)s AND EXISTS (
    SELECT FROM students_enrolment e WHERE e.student_id = s.id AND e.starts_on <= %(on)s
        AND (e.ends_on IS NULL OR e.ends_on >= %(on)s))
"""
FLOOR_PAGE = """
SELECT s.id, s.name FROM students_student s WHERE s.school_id = %(school)s AND EXISTS (
    SELECT FROM students_enrolment e WHERE e.student_id = s.id AND e.starts_on <= %(on)s
        AND (e.ends_on IS NULL OR e.ends_on >= %(on)s))
ORDER BY s.id LIMIT %(limit)s
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--children", type=int, default=200_000, help="of the county")
    parser.add_argument("--school", type=int, default=2000, help="children of the school")
    parser.add_argument("--requests", type=int, default=30, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    options = parser.parse_args()
    with harness.servers("api"):
        results = _measure(options)
    harness.report("api", results)


def _measure(options: argparse.Namespace) -> list[harness.Result]:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from tests.factories.cast import make_cast

    call_command("migrate", verbosity=0)
    cast = make_cast()
    _fill(cast.school_class, options.school)
    connection.cursor().execute("ANALYZE")
    first, last = _asking(cast, {}), _asking(cast, {"offset": options.school - PAGE})
    sides = {"ours": first, "floor": _floor(cast), "alone": last}
    timed = {name: _timed(side, options.requests) for name, side in sides.items()}
    found = harness.interleave(timed, options.rounds)
    _county(cast.county, options.children)
    connection.cursor().execute("ANALYZE")
    found |= harness.interleave({"county": timed["alone"]}, options.rounds)
    page = harness.ratio("students_100", found["ours"], found["floor"], "ms", 3.0)
    grown = harness.ratio("page_in_county", found["county"], found["alone"], "ms", 1.2)
    return [page, grown | {"children": options.children, "school": options.school}]


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


def _asking(cast: Any, query: dict[str, int]) -> Callable[[], Any]:
    from django.test import Client

    from api.limits import PerCaller
    from tests.factories.api import make_token

    PerCaller.rate = "1000000/min"  # how often one may ask is not what is measured
    secret = make_token(cast, ("roster.read",))
    client = Client(headers={"authorization": f"Bearer {secret}", "host": "localhost"})

    def ask() -> None:
        answer = client.get(STUDENTS, {"limit": PAGE, **query})
        if answer.status_code != 200 or len(answer.json()["users"]) != PAGE:
            raise SystemExit(f"{answer.status_code} {answer.content[:300]!r}")

    return ask


def _floor(cast: Any) -> Callable[[], Any]:
    """The same answer without tokens, policies, history, links and translations."""
    from django.db import connection

    from accounts.actions import record_access

    asked = {"school": cast.school.pk, "on": date.today(), "limit": PAGE}

    def ask() -> str:
        with connection.cursor() as cursor:
            cursor.execute(FLOOR_COUNT, asked)
            ((count,),) = cursor.fetchall()
            cursor.execute(FLOOR_PAGE, asked)
            rows = cursor.fetchall()
        record_access(
            by=cast.users["admin"],
            school_id=cast.school.pk,
            student_ids=[key for key, _name in rows],
            what="roster",
            ip="127.0.0.1",
        )
        users = [{"sourcedId": str(key), "familyName": name} for key, name in rows]
        return json.dumps({"count": count, "users": users})

    return ask


def _fill(school_class: Any, children: int) -> None:
    from students.models import Enrolment, Student
    from tests.factories.cast import STARTED_ON

    made = Student.objects.bulk_create(
        [
            Student(school=school_class.school, name=f"王小{number}", born_on=date(2017, 5, 4))
            for number in range(children)
        ],
        batch_size=2000,
    )
    Enrolment.objects.bulk_create(
        [
            Enrolment(
                school=school_class.school,
                student=one,
                school_class=school_class,
                starts_on=STARTED_ON,
            )
            for one in made
        ],
        batch_size=2000,
    )


def _county(county: Any, children: int) -> None:
    """Further schools, until all of them together have so many."""
    from tests.factories.cast import make_class, make_school

    for number, begins in enumerate(range(0, children, SCHOOLS_AT_MOST)):
        school = make_school(county, f"第{number}小学", f"62063{number:04d}")
        _fill(make_class(school, 3, 1), min(SCHOOLS_AT_MOST, children - begins))
        harness.say(f"{begins} of {children}")


if __name__ == "__main__":
    main()

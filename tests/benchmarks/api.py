"""What an answer of the API costs: 100 pupils, against raw SQL; and a page of a school as the county grows.

Row `students_100`: milliseconds for a page of 100 pupils of OneRoster, from the token to the JSON, through
the application without a network; the limit is the least that could answer the same: two statements, the
same rows in the log of readers, `json.dumps`. Row `page_in_county`: the last page of one school's pupils
among all children of a county, against the same page when the school was alone in it; rows
`events_in_county`, `events_of_class_in_county`, `lessons_in_county`, `rounds_in_county`: the same of a page
of our own lists (the last of them by its cursor, and of those of one class), where each school has as many
meetings, lessons and rounds as ours. The goal is a ratio to stay below. Medians of five rounds. The two
halves are minutes apart, so a busy machine tells in these rows; rows `…_blocks` do not know of it: how many
blocks PostgreSQL touches for the same page in the county, and in a tenth of it. (A school alone is no measure
here: it is read from end to end.)

    python -m tests.benchmarks.api [--children 200000] [--school 2000] [--requests 30] [--rounds 5]
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from tests.benchmarks import harness

PAGE = 100  # pupils of an answer: OneRoster's default
STUDENTS = "/ims/oneroster/rostering/v1p2/students"
SCHOOLS_AT_MOST = 2000  # children: a school of the county
LISTED = 300  # meetings, and rounds, of each school: three pages
GROWS = 1.3  # times what a page of our own lists may cost in the county
DEEPER = 1.5  # times the blocks: of a few dozen, a level more of each index
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
    listing = _Listing(cast)
    listing.fill(cast.school_class)
    connection.cursor().execute("VACUUM ANALYZE")
    first, last = _asking(cast, {}), _asking(cast, {"offset": options.school - PAGE})
    sides = {"page": last, **_lists(cast)}
    timed = {name: _timed(side, options.requests) for name, side in sides.items()}
    beside = {"ours": first, "floor": _floor(cast)}
    beside = {name: _timed(side, options.requests) for name, side in beside.items()}
    alone = harness.interleave(beside | timed, options.rounds)
    tenth = options.children // 10
    _county(cast.county, range(0, tenth, SCHOOLS_AT_MOST), options.children, listing)
    connection.cursor().execute("VACUUM ANALYZE")
    blocks_of_tenth = {name: _blocks(side) for name, side in sides.items()}
    rest = range(
        len(range(0, tenth, SCHOOLS_AT_MOST)) * SCHOOLS_AT_MOST, options.children, SCHOOLS_AT_MOST
    )
    _county(cast.county, rest, options.children, listing)
    connection.cursor().execute("VACUUM ANALYZE")
    county = harness.interleave(timed, options.rounds)
    blocks = {name: _blocks(side) for name, side in sides.items()}
    rows = [harness.ratio("students_100", alone["ours"], alone["floor"], "ms", 3.0)]
    for name in timed:
        goal = 1.2 if name == "page" else GROWS
        grown = harness.ratio(f"{name}_in_county", county[name], alone[name], "ms", goal)
        read = harness.ratio(
            f"{name}_in_county_blocks", [blocks[name]], [blocks_of_tenth[name]], "blocks", DEEPER
        )
        rows += [
            one | {"children": options.children, "school": options.school} for one in (grown, read)
        ]
    return rows


def _blocks(ask: Callable[[], Any]) -> float:
    """How many blocks the statements of this request touch."""
    from django.db import connection

    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(("SELECT", "WITH", "EXECUTE")):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        ask()
    touched = 0
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", params)
            ((plan,),) = cursor.fetchall()
            told = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
            touched += told["Shared Hit Blocks"] + told["Shared Read Blocks"]
    return float(touched)


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
    client = _client(cast, "roster.read")
    return lambda: _page(client, f"{STUDENTS}?{urlencode({'limit': PAGE, **query})}", "users")


def _lists(cast: Any) -> dict[str, Callable[[], Any]]:
    """The last page of each list behind a cursor, and a page of one class."""
    client = _client(cast, "events.read", "surveys.read")
    own = f"/api/v1/events/?{urlencode({'class': cast.school_class.pk})}"
    asked = {
        "events": (_last(client, "/api/v1/events/", "events"), "events"),
        "events_of_class": (own, "events"),
        "lessons": ("/api/v1/lessons/", "lessons"),
        "rounds": (_last(client, "/api/v1/surveys/rounds/", "rounds"), "rounds"),
    }
    return {
        name: lambda address=address, rows=rows: _page(client, address, rows)
        for name, (address, rows) in asked.items()
    }


def _client(cast: Any, *scopes: str) -> Any:
    from django.test import Client

    from api.limits import PerCaller
    from tests.factories.api import make_token

    PerCaller.most = 1_000_000  # how often one may ask is not what is measured
    secret = make_token(cast, scopes)
    return Client(headers={"authorization": f"Bearer {secret}", "host": "localhost"})


def _page(client: Any, address: str, rows: str) -> dict[str, Any]:
    answer = client.get(address)
    told = answer.json() if answer.status_code == 200 else {}
    if not told.get(rows):
        raise SystemExit(f"{address}: {answer.status_code} {answer.content[:300]!r}")
    return told


def _last(client: Any, address: str, rows: str) -> str:
    """The address of the last page."""
    while further := _page(client, address, rows)["next"]:
        address = further
    return address


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


class _Listing:
    """Meetings, lessons and rounds of a school, as many at each."""

    def __init__(self, cast: Any) -> None:
        from tests.factories import learning

        learning.load()
        self.cast = cast

    def fill(self, school_class: Any) -> None:
        from learning.models import Lesson, LessonReading

        by, at = self.cast.users["counsellor"], datetime.now(UTC)
        self._meetings(school_class, by, at)
        self._rounds(school_class, by, at)
        school = school_class.school
        LessonReading.objects.bulk_create(
            LessonReading(school=school, lesson=one, is_out=True, by=by, at=at)
            for one in Lesson.objects.filter(place__isnull=False)
        )

    def _meetings(self, school_class: Any, by: Any, at: datetime) -> None:
        from meetings.models import Meeting, MeetingChild
        from students.models import Student

        school = school_class.school
        made = Meeting.objects.bulk_create(
            Meeting(
                school=school,
                author=by,
                kind="parents",
                title="家长会",
                place="教室",
                starts_at=at + timedelta(days=number),
                ends_at=at + timedelta(days=number, hours=1),
                scope="classes",
                picked=[school_class.pk],
                made_at=at,
            )
            for number in range(LISTED)
        )
        child = Student.objects.filter(school=school).first()
        MeetingChild.objects.bulk_create(
            MeetingChild(school=school, meeting=one, student=child, school_class=school_class)
            for one in made
        )

    def _rounds(self, school_class: Any, by: Any, at: datetime) -> None:
        from surveys.actions import keep_edition
        from surveys.models import Round
        from tests.factories.surveys import SCALE

        school = school_class.school
        edition = keep_edition(school=school, definition=SCALE, by=by, at=at)
        made = Round.objects.bulk_create(
            Round(
                school=school,
                edition=edition,
                due_on=at.date(),
                talks_per_week=5,
                key=uuid4(),
                opened_by=by,
                opened_at=at,
            )
            for _number in range(LISTED)
        )
        through = Round.classes.through
        through.objects.bulk_create(
            through(round_id=one.pk, schoolclass_id=school_class.pk) for one in made
        )


def _county(county: Any, begins: range, children: int, listing: _Listing) -> None:
    """Further schools, until all of them together have so many children; `begins`: how many there are before
    each of these schools.
    """
    from tests.factories.cast import make_class, make_school

    for begin in begins:
        number = begin // SCHOOLS_AT_MOST
        school = make_school(county, f"第{number}小学", f"62063{number:04d}")
        school_class = make_class(school, 3, 1)
        _fill(school_class, min(SCHOOLS_AT_MOST, children - begin))
        listing.fill(school_class)
        harness.say(f"{begin} of {children}")


if __name__ == "__main__":
    main()

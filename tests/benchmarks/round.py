"""1,000 pupils answering at once: answers a second under the production server, and whether one is lost.

Each pupil has a tablet with a connection of its own, and taps the next answer as soon as the last is
kept: the POST of a page with script, through session, seat, lesson, consent, and the look at the last answer.
The limit is `round_floor.py`: one INSERT for each tap by as many workers of the same server. Interleaved
rounds, median; p99 over all. Afterwards every tap that was answered 200 is looked for in the database, and
nothing else may be there.

    python -m tests.benchmarks.round [--pupils 1000] [--taps 2] [--rounds 5]
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlencode
from uuid import uuid4

from runtime import redis_server
from tests.benchmarks import harness
from tests.benchmarks.load import Page

if TYPE_CHECKING:
    from tests.factories.surveys import TabletPage

CLASS_SIZE = 45
STARTED_ON = "2020-09-01"
GOAL = 0.1  # ours of the bare INSERT
OPTIONS = 4
TOKEN = "b" * 32  # against forged forms: the cookie's and the form's
PATH = "/p/questions/"


@dataclass(frozen=True)
class Pupil:
    seat: int
    token: str  # policies.seat_token
    page: "TabletPage"  # seals what its tablet keeps
    session: str


@dataclass
class Turn:
    """One side of one round."""

    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def __str__(self) -> str:
        return f"{self.per_second:.0f} answers/s, slowest {max(self.latencies) * 1000:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pupils", type=int, default=1000)
    parser.add_argument("--taps", type=int, default=2, help="of each pupil in each round")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-round-") as folder:
        os.environ |= {"JIAQIAO_DATA": folder, "SECRET_KEY": "benchmark" * 6}
        with harness.servers("round"):
            results = _measure(Path(folder), options)
    harness.report("round", results)


def _measure(folder: Path, options: argparse.Namespace) -> list[harness.Result]:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    school, pupils = _fill(options.pupils, options.taps * (options.rounds + 1))
    kept: list[tuple[int, str, str]] = []
    turns = {"ours": 0, "limit": 0}
    with ExitStack() as stack:
        ports = {"ours": redis_server.free_port(), "limit": redis_server.free_port()}
        floor = {"FLOOR_SCHOOL": str(school)}
        stack.enter_context(
            harness.gunicorn("homeschool.wsgi:application", ports["ours"], {}, folder / "ours.log")
        )
        stack.enter_context(
            harness.gunicorn(
                "tests.benchmarks.round_floor:application", ports["limit"], floor, folder / "f.log"
            )
        )

        def turn(side: str) -> Turn:
            first = turns[side] * options.taps
            turns[side] += 1
            items = [f"i{n}" for n in range(first, first + options.taps)]
            return asyncio.run(_answer(ports[side], pupils, items, kept if side == "ours" else []))

        for port in ports.values():
            _wait_for(port)
        sides = {side: partial(turn, side) for side in ports}
        found = harness.interleave(sides, options.rounds)
    lost = _lost(kept)
    row = harness.ratio(
        "answers",
        [one.per_second for one in found["ours"]],
        [one.per_second for one in found["limit"]],
        "answers/s",
        GOAL,
    )
    for side, name in (("ours", "p99_ms"), ("limit", "limit_p99_ms")):
        times = [one for turn_ in found[side] for one in turn_.latencies]
        row[name] = round(statistics.quantiles(times, n=100)[98] * 1000)
    return [row | {"pupils": len(pupils), "answers": len(kept), "lost": lost}]


def _wait_for(port: int) -> None:
    """Until the server answers, whatever it says."""
    with suppress(HTTPError):
        harness.fetch(Page(port, "/healthz"))


async def _answer(
    port: int, pupils: list[Pupil], items: list[str], kept: list[tuple[int, str, str]]
) -> Turn:
    """All pupils at once, each one tap after the other."""
    latencies: list[float] = []

    async def one(pupil: Pupil) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for item in items:
            option = str((pupil.seat + int(item[1:])) % OPTIONS)
            asked = time.perf_counter()
            writer.write(_request(port, pupil, item, option))
            closes = await _read(reader)
            latencies.append(time.perf_counter() - asked)
            kept.append((pupil.seat, item, option))
            if closes:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one(pupil) for pupil in pupils))
    return Turn(time.perf_counter() - began, latencies)


def _request(port: int, pupil: Pupil, item: str, option: str) -> bytes:
    key, now = str(uuid4()), time.time() * 1000
    said = {"act": "answer", "item": item, "option": option, "key": key}
    sealed = pupil.page.seal(pupil.token, said)
    kept = {"key": key, "seat": pupil.token, "said": sealed, "at": now}
    sent = {"kept": json.dumps({"now": now, "kept": [kept]}), "csrfmiddlewaretoken": TOKEN}
    # Opened for the limit, which opens nothing itself; both sides get the same bytes.
    bare = json.dumps(said | {"seat": pupil.seat})
    body = urlencode(sent | {"seat": pupil.token, "bare": bare})
    return (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Offline: 1\r\n"
        f"Cookie: sessionid={pupil.session}; csrftoken={TOKEN}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


async def _read(reader: asyncio.StreamReader) -> bool:
    """One answer to its end; whether the server closes the connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise SystemExit(f"answered {head[:40]!r}: the figures mean nothing")
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return b"\r\nconnection: close" in head


def _lost(kept: list[tuple[int, str, str]]) -> int:
    """Taps of ours that were answered and are not in the database exactly once."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT seat_id, item, option FROM surveys_answer")
        counts = Counter(cursor.fetchall())
    if set(counts) - set(kept):
        raise SystemExit("there are answers that nobody gave: the figures mean nothing")
    return sum(counts[one] != 1 for one in kept)


def _fill(count: int, items: int) -> tuple[int, list[Pupil]]:
    """A school whose classes all have a lesson now, each child with a seat and a yes of its mother; the
    school's key, and who answers.
    """
    from django.db import connection

    from accounts.session_store import SessionStore
    from core import clock
    from surveys import envelopes
    from surveys.models import Seat
    from surveys.policies import SEAT, SEAT_UNTIL, seat_token
    from tests.factories.cast import make_cast
    from tests.factories.surveys import TabletPage

    cast, at = make_cast(), clock.now()
    _seat_classes(cast, _open_round(cast, items, at), count, at)
    pupils = []
    for seat in Seat.objects.order_by("pk"):
        session = SessionStore()
        session[SEAT], session[SEAT_UNTIL] = seat.pk, (at + timedelta(hours=1)).timestamp()
        session.create()
        page = TabletPage(envelopes.public_key(seat.sitting_id))
        pupils.append(Pupil(seat.pk, seat_token(seat), page, session.session_key or ""))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor_answer (LIKE surveys_answer INCLUDING ALL)")
        cursor.execute("VACUUM ANALYZE")
    return cast.school.pk, pupils


def _open_round(cast, items: int, at):
    from surveys import actions
    from surveys.models import Round

    options = [{"code": str(n), "value": n, "texts": {"en": f"answer {n}"}} for n in range(OPTIONS)]
    asked = [
        {"id": f"i{n}", "texts": {"en": f"Question {n}"}, "options": options} for n in range(items)
    ]
    edition = actions.keep_edition(
        school=cast.school,
        definition={"key": "benchmark", "version": 1, "names": {"en": "Benchmark"}, "item": asked},
        by=cast.users["counsellor"],
        at=at,
    )
    return Round.objects.create(
        school=cast.school,
        edition=edition,
        due_on=at.date() + timedelta(days=7),
        talks_per_week=100,
        key=uuid4(),
        opened_by=cast.users["counsellor"],
        opened_at=at,
    )


def _seat_classes(cast, round_, count: int, at) -> None:
    """Classes with a mother for each child, in few statements."""
    from guardians.models import Adult, Guardianship
    from privacy.models import Consent, Purpose
    from privacy.texts import version_of
    from students.models import Enrolment, Student
    from surveys import actions
    from tests.factories.cast import make_class

    school = cast.school
    for start in range(0, count, CLASS_SIZE):
        own = make_class(school, 4 + start // CLASS_SIZE // 9, 1 + start // CLASS_SIZE % 9)
        number = range(start, min(start + CLASS_SIZE, count))
        students = Student.objects.bulk_create(
            Student(school=school, name=f"徐小{i}", name_pinyin=f"xu xiao{i}", name_initials="xx")
            for i in number
        )
        adults = Adult.objects.bulk_create(
            Adult(school=school, name=f"王芳{i}", name_pinyin=f"wang fang{i}") for i in number
        )
        Enrolment.objects.bulk_create(
            Enrolment(school=school, student=one, school_class=own, starts_on=STARTED_ON)
            for one in students
        )
        pairs = list(zip(students, adults, strict=True))
        Guardianship.objects.bulk_create(
            Guardianship(
                school=school,
                student=student,
                adult=adult,
                relation="mother",
                kind="parent",
                starts_on=STARTED_ON,
            )
            for student, adult in pairs
        )
        Consent.objects.bulk_create(
            Consent(
                school=school,
                student=student,
                adult=adult,
                purpose=Purpose.SCREENING,
                decision="given",
                text_version=version_of(Purpose.SCREENING),
                via="paper",
                at=at,
            )
            for student, adult in pairs
        )
        round_.classes.add(own)
        actions.begin_sitting(
            round_=round_,
            school_class=own,
            duty_adult=cast.users["counsellor"],
            by=cast.users["counsellor"],
            at=at,
        )


if __name__ == "__main__":
    main()

"""Weekly forms and sheets of past results, with the words that they need; for tests of every room."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from django.utils import timezone

from core import clock
from privacy.actions import record_pupil_word
from surveys import shipped
from surveys.models import PastImport, Pulse
from surveys.past import actions as past
from surveys.pulses import actions, rules
from tests.factories.accounts import say
from tests.factories.cast import Cast

PAGES = (
    "carer carer_done pulses over_time talked past past_list past_columns past_keep past_take_back"
    " past_counts"
).split()
SAD, LOW, FINE = "5", "4", "2"  # codes of weekly-mood.toml
GOOD = {"week": "2", "sleep": "2", "strength": "2", "help": "2", "rest": "2"}
TIRED = GOOD | {"strength": "0"}
HEADERS = ("姓名", "班级", "总分", "学习焦虑", "效度")


def agree(cast: Cast, decision: str = "given", child: str = "mengyao") -> None:
    """The family's word about the weekly question."""
    say(cast, "weekly", decision, child=child)


def pupil_says(cast: Cast, decision: str, child: str = "mengyao") -> None:
    student = cast.students[child]
    record_pupil_word(student=student, purpose="weekly", decision=decision, at=clock.now())


def answer_week(
    cast: Cast,
    mood: str = FINE,
    *,
    weeks_ago: int = 0,
    child: str = "mengyao",
    at: datetime | None = None,
) -> Pulse:
    at = at or clock.now() - timedelta(weeks=weeks_ago)
    whom = {"of": cast.students[child], "at": at}
    actions.answer(**whom, item="mood", option=mood)
    return actions.answer(**whom, item="listened", option="2")


def low_for_weeks(cast: Cast, child: str = "mengyao", weeks: int = rules.LOW_ANSWERS) -> Pulse:
    """The last of so many weeks, each of them low; the family agreed."""
    agree(cast, child=child)
    for ago in reversed(range(weeks)):
        pulse = answer_week(cast, LOW, weeks_ago=ago, child=child)
    return pulse


def answer_carer(
    cast: Cast, answers: Mapping[str, str] = GOOD, adult: str = "grandmother", weeks_ago: int = 0
) -> Pulse:
    at = clock.now() - timedelta(weeks=weeks_ago)
    whom = {"of": cast.adults[adult], "at": at}
    for item, option in answers.items():
        pulse = actions.answer(**whom, item=item, option=option)
    return pulse


def sheet(*rows: Sequence[str], headers: Sequence[str] = HEADERS) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([["2025 年心理测评"], headers, *rows])
    return made.getvalue().encode()


def read_sheet(cast: Cast, content: bytes | None = None, **fields) -> PastImport:
    """Last year's MHT of the children of the cast, read and not kept."""
    names = [cast.students[one].name for one in ("mengyao", "xiaobao", "haitao")]
    given = {
        "school": cast.school,
        "instrument": shipped.instruments()["mht"],
        "respondent": "pupil",
        "taken_on": date(timezone.localdate(clock.now()).year - 1, 11, 12),
        "ground": PastImport.Ground.THEN,
        "ground_words": "心理老师柜子",
        "file_name": "mht.csv",
        "content": content or sheet(*([name, "", "40", "9", "2"] for name in names)),
        "by": cast.users["counsellor"],
        "at": clock.now(),
    }
    return past.read_sheet(**given | fields)


def keep_sheet(cast: Cast, read: PastImport | None = None, **fields) -> PastImport:
    at = clock.now()
    told = {"by": cast.users["counsellor"], "at": at, "on": timezone.localdate(at), "ip": None}
    return past.keep(past=read or read_sheet(cast, **fields), **told)


def matrix_objects(cast: Cast, page: str) -> dict:
    if page == "over_time":
        return {"student_id": cast.students["mengyao"].pk}
    if page == "talked":
        return {"pk": low_for_weeks(cast).pk}
    if page in ("past", "past_columns", "past_keep"):
        return {"pk": read_sheet(cast).pk}
    if page in ("past_take_back", "past_counts"):
        return {"pk": keep_sheet(cast).pk}
    return {}

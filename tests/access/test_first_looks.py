"""Where a room has something, its first look finds it: for each query that a page looks at first."""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import per_page
from core.prepared import Question, ask_together, prepared
from messaging.models import Reminder
from schools.models import School
from students.models import Student
from tests.access.test_prepared_policies import _modules
from tests.factories import classroom, identity, nights, plans, pool, transfers
from tests.factories.cast import Cast
from tests.factories.visits import make_visit
from visits.actions import start_call
from visits.models import Agreement

pytestmark = pytest.mark.django_db
LOOKED_AT = re.compile(r"(\w+)\.first_look\(")
A_WHILE = timedelta(days=7)
# What one is asked with; after that, makes a row.
Room = Callable[[Cast], Iterator[dict[str, Any]]]


def late_brief(cast):
    pool.make_pool(cast)
    yield {"user": cast.users["far_principal"], "at": timezone.now() + A_WHILE}
    pool.make_brief(cast)


def offer_to_me(cast):
    yield {"user": cast.users["far_teacher"], "at": timezone.now()}
    identity.offer(cast)


def principal_agrees(to):
    def scene(cast):
        at = timezone.now()
        yield {"user": cast.users["principal"], "on": timezone.localdate(at), "at": at}
        to(cast)

    return scene


def reset_of_mine(cast):
    yield {"user_id": cast.users["teacher"].pk, "at": timezone.now()}
    identity.reset(cast)


def reminder(cast):
    child, at = cast.students["mengyao"], timezone.now()
    yield {"student_ids": [child.pk, cast.students["xiaobao"].pk]}
    Reminder.objects.create(
        school=child.school,
        student=child,
        asked_by=cast.users["principal"],
        on=timezone.localdate(at) + A_WHILE,  # after any talk of the cast
        asked_at=at,
    )


def person_near_by(cast):
    yield {"student_ids": [cast.students["mengyao"].pk, cast.students["xiaobao"].pk]}
    nights.make_nearby(cast, "李婶", "+8613893510051", village_told_on=None)


def child_to_hear(cast):
    Student.objects.filter(pk=cast.students["mengyao"].pk).update(born_on=None)
    yield {"user": cast.users["teacher"], "on": timezone.localdate()}
    transfers.agreed(cast)


def refused_file(cast):
    on = timezone.localdate()
    yield {"user": cast.users["principal"], "on": on, "born_until": on}
    transfers.say(cast, transfers.prepare(cast), decision="refused")


def told_and_not_confirmed(cast):
    yield {"user": cast.users["principal"], "on": timezone.localdate()}
    transfers.coming(cast)


def call_left_open(cast):
    by, at = cast.users["teacher"], timezone.now()
    yield {"user": by, "on": timezone.localdate(at), "before": at + timedelta(minutes=1)}
    who = {"student": cast.students["mengyao"], "adult": cast.adults["mother"]}
    start_call(**who, by=by, at=at, key=uuid4())


def promise(cast):
    child, on = cast.students["mengyao"], timezone.localdate()
    yield {"user": cast.users["teacher"], "on": on}
    visit = make_visit(child)
    Agreement.objects.create(
        school=child.school, student=child, visit=visit, who="school", what="配老花镜", by_on=on
    )


def request_of_family(cast):
    yield {"adult_ids": [cast.adults["mother"].pk], "on": timezone.localdate()}
    classroom.make_request(cast)


def part_of_plan(cast):
    yield {"adult_ids": [cast.adults["mother"].pk], "on": timezone.localdate()}
    plans.make_plan(cast)


def file_to_go(cast):
    adult_ids, student_ids = [cast.adults["mother"].pk], [cast.students["mengyao"].pk]
    on = timezone.localdate()
    yield {"adult_ids": adult_ids, "student_ids": student_ids, "on": on}
    transfers.prepare(cast)


ROOMS: dict[str, Room] = {
    "classroom.queries.family._open_requests": request_of_family,
    "counselling.plans.family._of_adults": part_of_plan,
    "counselling.pool.queries._late": late_brief,
    "doors.staff.own_banners._offers": offer_to_me,
    "doors.staff.own_banners._offers_to_agree": principal_agrees(identity.offer),
    "doors.staff.own_banners._resets": reset_of_mine,
    "doors.staff.own_banners._resets_to_agree": principal_agrees(identity.reset),
    "guardians.nearby.queries._unfinished": person_near_by,
    "messaging.queries.reminders._open": reminder,
    "transfers.family._rows": file_to_go,
    "transfers.work._open": refused_file,
    "transfers.work._unconfirmed": told_and_not_confirmed,
    "transfers.work._unheard": child_to_hear,
    "visits.work._left_open": call_left_open,
    "visits.work._promised": promise,
}


@prepared
def _beside(*, school_id):
    return School.objects.filter(pk=school_id)


def on_a_page(query: Any, values: dict[str, Any], beside: Question) -> tuple[list[Any], int]:
    """Its rows where the page has looked first, and how many statements it asks for them."""
    token = per_page._page.set(per_page._Page())
    try:
        ask_together([query.first_look(**values), beside])
        with CaptureQueriesContext(connection) as sent:
            return keys_of(query(**values)), len(sent)
    finally:
        per_page._page.reset(token)


def keys_of(rows: list[Any]) -> list[Any]:
    return [getattr(row, "pk", row) for row in rows]


@pytest.mark.parametrize("name", ROOMS)
def test_a_first_look_finds_what_is_there_and_answers_where_nothing_is(cast, name):
    module, _, query_name = name.rpartition(".")
    query = getattr(importlib.import_module(module), query_name)
    beside = _beside.question(school_id=cast.school.pk)
    room = ROOMS[name](cast)
    values = next(room)
    for _way in ("each by itself, for its types", "together"):
        assert on_a_page(query, values, beside) == ([], 0)
    next(room, None)  # makes a row
    alone = keys_of(query(**values))
    assert alone
    assert on_a_page(query, values, beside)[0] == alone


def test_each_query_that_a_page_looks_at_first_is_among_them():
    found = {
        f"{module.__name__}.{name}"
        for module in _modules()
        if module.__name__ != "core.prepared"
        for name in LOOKED_AT.findall(inspect.getsource(module))
    }
    assert found == set(ROOMS)

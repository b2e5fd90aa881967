"""How the weekly question stands, and the calls of a day: read by a machine, without a word of anybody."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessRecord
from api.v1.check_ins.serializers import STATES
from calls.models import CallPlace
from delivery.models import OutboxMessage
from guardians.models import Adult
from messaging import actions
from messaging.models import CheckInLine
from messaging.queries import Bridge
from students.models import Barrier
from tests.api.conftest import call_of, send
from tests.factories.api import make_token, system
from tests.factories.calls import make_phone, make_slot
from tests.factories.cast import make_student
from tests.factories.concerns import ask

CHECK_INS, CALLS = "/api/v1/check-ins/", "/api/v1/calls/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast):
    actions.ensure_plans(at=timezone.now())
    return system(make_token(cast))


@pytest.fixture
def at():
    return timezone.now()


def children(client, cast) -> dict[str, tuple[str, int | None]]:
    told = client.get(CHECK_INS, {"class": cast.school_class.pk}).json()
    return {one["student"]: (one["state"], one["days"]) for one in told["children"]}


def test_a_talk_shows_and_who_was_read_is_noted(cast, client):
    keys = [str(cast.students[child].pk) for child in ("mengyao", "xiaobao")]
    assert children(client, cast) == dict.fromkeys(keys, ("unknown", None))
    send(client, "/api/v1/contacts/", {"calls": [call_of(cast)]})
    found = children(client, cast)
    assert found[keys[0]][0] == "talked"
    assert found[keys[1]] == ("unknown", None)
    assert AccessRecord.objects.filter(what="check-ins").count() == 4


@pytest.mark.parametrize("said", ["", "not_yet"])
def test_that_a_family_asks_for_help_is_for_people_alone(cast, client, at, said):
    line = ask(cast, at=at)
    OutboxMessage.objects.create(
        school=cast.school,
        kind="check_in",
        about_id=line.check_in_id,
        adult=line.check_in.adult,
        dedupe_key="asked",
        state="accepted",
        due_at=at,
        expires_at=at,
    )
    child = str(cast.students["mengyao"].pk)
    assert Bridge.NEEDS_HELP not in STATES
    before = client.get(CHECK_INS, {"class": cast.school_class.pk}).json()
    if said:
        actions.answer(check_in=line.check_in, key="a" * 8, answers={line.student_id: said}, at=at)
        assert client.get(CHECK_INS, {"class": cast.school_class.pk}).json() == before
    answers = {line.student_id: "need_help"}
    actions.answer(check_in=line.check_in, key="k" * 8, answers=answers, at=at)
    CheckInLine.objects.update(words="他不肯上学")
    answer = client.get(CHECK_INS, {"class": cast.school_class.pk}).content.decode()
    assert children(client, cast)[child] == ("waiting", None)
    assert json.loads(answer) == before
    for word in ("他不肯上学", "help", cast.adults["mother"].name):
        assert word not in answer


def test_a_child_whose_file_is_closed_to_the_maker_is_left_out(cast, client):
    child = cast.students["mengyao"]
    Barrier.objects.create(
        school=cast.school,
        student=child,
        user=cast.users["admin"],
        reason="x",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    assert str(child.pk) not in children(client, cast)
    slot_of(cast)
    assert day_of_calls(client)["calls"] == []


@pytest.mark.parametrize("asked", ["far", "x", "0", "99999999999999999999"])
def test_a_class_of_another_school_is_not_there(cast, client, asked):
    key = cast.far_class.pk if asked == "far" else asked
    assert client.get(CHECK_INS, {"class": key}).status_code == 404


def test_a_class_of_ten_costs_what_one_of_two_costs(cast, client):
    children(client, cast)
    with CaptureQueriesContext(connection) as few:
        children(client, cast)
    for number in range(8):
        make_student(cast.school_class, f"王小{number}")
    actions.ensure_plans(at=timezone.now())
    with CaptureQueriesContext(connection) as many:
        children(client, cast)
    assert len(few) == len(many)


# --- Calls -----------------------------------------------------------------------------------------


def noon():
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)


def slot_of(cast, child="mengyao", adult="mother", **fields):
    school = cast.students[child].school
    place = CallPlace.objects.filter(school=school).first() or make_phone(school)
    return make_slot(place, cast.students[child], cast.adults[adult], noon(), **fields)


def day_of_calls(client) -> dict:
    return client.get(CALLS, {"day": noon().date().isoformat()}).json()


def test_the_calls_of_a_day_without_the_adult(cast, client):
    slot = slot_of(cast)
    told = day_of_calls(client)
    (row,) = told["calls"]
    assert row == {
        "id": str(slot.pk),
        "student": str(cast.students["mengyao"].pk),
        "place": slot.place.name,
        "kind": "phone",
        "starts_at": noon().isoformat(),
        "ends_at": (noon() + timedelta(minutes=20)).isoformat(),
        "state": "booked",
    }
    assert cast.adults["mother"].name not in json.dumps(told, ensure_ascii=False)
    assert AccessRecord.objects.filter(what="calls").count() == 1


def test_a_call_with_somebody_barred_by_now_a_cancelled_one_and_another_schools_are_not_there(
    cast, client
):
    slot_of(cast, "yuan")
    slot_of(cast, state="cancelled", settled_at=timezone.now())
    assert day_of_calls(client)["calls"] == []
    slot = slot_of(cast)
    assert len(day_of_calls(client)["calls"]) == 1
    Adult.objects.filter(pk=slot.adult_id).update(
        blocked_at=timezone.now(), blocked_reason="x", blocked_by=cast.users["principal"]
    )
    assert day_of_calls(client)["calls"] == []


@pytest.mark.parametrize("day", ["x", "2026-13-01", "3026-01-01"])
def test_no_day_is_not_there(cast, client, day):
    assert client.get(CALLS, {"day": day}).status_code == 404

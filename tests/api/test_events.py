"""Meetings and lessons: read without the name of anybody, page by page."""

import json
from datetime import timedelta

import pytest

from api.pages import Pages
from learning.queries import lessons_out
from meetings.models import Meeting
from tests.factories import learning, meetings
from tests.factories.api import make_token, system

EVENTS, LESSONS = "/api/v1/events/", "/api/v1/lessons/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def client(cast):
    return system(make_token(cast, ("events.read",)))


def test_a_meeting_of_a_class_without_a_name(cast, client):
    meeting = meetings.make(cast)
    row = meetings.of(cast, meeting)
    (told,) = client.get(EVENTS).json()["events"]
    assert told == {
        "id": str(meeting.pk),
        "kind": "parents",
        "title": meeting.title,
        "place": meeting.place,
        "starts_at": told["starts_at"],
        "ends_at": told["ends_at"],
        "is_off": False,
        "invites": "classes",
        "classes": [str(cast.school_class.pk)],
    }
    text = json.dumps(told, ensure_ascii=False)
    for word in (row.adult.name, cast.students["mengyao"].name, meeting.remote):
        assert word not in text


def test_a_talk_with_single_families_and_meetings_elsewhere_are_not_told(cast, client):
    meetings.make(cast, scope="children", picked=[cast.students["mengyao"].pk])
    assert client.get(EVENTS).json() == {"events": [], "next": None}
    meeting = meetings.make(cast)
    assert len(client.get(EVENTS).json()["events"]) == 1
    Meeting.objects.filter(pk=meeting.pk).update(school=cast.other_school)
    assert client.get(EVENTS).json()["events"] == []


def test_pages_stay_where_they_are_when_a_meeting_comes_in_between(cast, client, monkeypatch):
    monkeypatch.setattr(Pages, "page_size", 2)
    made = [meetings.make(cast, starts_in=timedelta(days=day)).pk for day in range(2, 7)]
    found, address = [], EVENTS
    while address:
        told = client.get(address).json()
        found += [int(one["id"]) for one in told["events"]]
        if len(found) == 2:
            meetings.make(cast, starts_in=timedelta(days=9))
        address = told["next"]
    assert found == sorted(made, reverse=True)


@pytest.mark.parametrize("cursor", ["x", "cD14", "%00", "bz0tMQ=="])
def test_a_cursor_that_is_none_of_ours(cast, client, cursor):
    assert client.get(f"{EVENTS}?cursor={cursor}").status_code in (400, 404)


@pytest.mark.parametrize("address", [EVENTS, LESSONS, "/api/v1/surveys/rounds/"])
def test_a_parameter_that_there_is_not_is_refused(cast, address):
    asking = system(make_token(cast))
    for query in ("filter=kind", "cursor=", "Kind=parents", "kind__in=parents"):
        refused = asking.get(f"{address}?{query}")
        assert refused.status_code == 400, query
        assert refused["Content-Type"] == "application/problem+json"
        assert refused.json()["errors"][0]["pointer"] == query.partition("=")[0]
    assert asking.get(address).status_code == 200


def rows_of(client, address: str, **asked) -> list[str]:
    (found,) = [value for key, value in client.get(address, asked).json().items() if key != "next"]
    return [one["id"] for one in found]


def test_only_meetings_that_are_asked_for(cast, client):
    soon = meetings.make(cast, starts_in=timedelta(days=2))
    later = meetings.make(cast, starts_in=timedelta(days=9), kind="carers")
    off = {"off_at": soon.made_at, "off_by": cast.users["principal"], "off_reason": "下雪"}
    Meeting.objects.filter(pk=later.pk).update(**off)
    own, other = cast.school_class.pk, cast.students["haitao"].enrolments.get().school_class_id
    between = (soon.starts_at + timedelta(days=1)).isoformat()
    for asked, wanted in (
        ({}, [later, soon]),
        ({"kind": "carers"}, [later]),
        ({"state": "on"}, [soon]),
        ({"state": "off"}, [later]),
        ({"since": between}, [later]),
        ({"until": between}, [soon]),
        ({"since": soon.starts_at.isoformat(), "until": between}, [soon]),
        ({"class": own}, [later, soon]),
        ({"class": other}, []),
        ({"class": cast.far_class.pk}, []),
        ({"class": own, "kind": "parents", "state": "on"}, [soon]),
    ):
        assert rows_of(client, EVENTS, **asked) == [str(one.pk) for one in wanted], asked


def test_filters_stay_on_the_next_page(cast, client, monkeypatch):
    monkeypatch.setattr(Pages, "page_size", 1)
    kinds = ("parents", "carers", "parents")
    made = [meetings.make(cast, kind=kind).pk for kind in kinds]
    first = client.get(EVENTS, {"kind": "parents"}).json()
    second = client.get(first["next"]).json()
    assert [one["id"] for one in first["events"] + second["events"]] == [str(made[2]), str(made[0])]
    assert second["next"] is None


def test_only_lessons_that_are_asked_for(cast, client):
    learning.load()
    learning.let_out(cast)
    everything = client.get(LESSONS).json()["lessons"]
    for audience in ("away", "home", "class"):
        wanted = [one["id"] for one in everything if audience in one["audience"]]
        assert rows_of(client, LESSONS, audience=audience) == wanted
    pack = everything[0]["key"].partition("/")[0]
    wanted = [one["id"] for one in everything if one["key"].startswith(f"{pack}/")]
    assert rows_of(client, LESSONS, pack=pack) == wanted
    assert rows_of(client, LESSONS, pack="none") == []


@pytest.mark.parametrize(
    ("address", "query", "words"),
    [
        (EVENTS, {"kind": "party"}, "party"),
        (EVENTS, {"kind": ["parents", "carers"]}, "once"),
        (EVENTS, {"kind": ""}, "once"),
        (EVENTS, {"since": "2026-11-27T18:05:00"}, "zone"),
        (EVENTS, {"since": "2026-13-27T18:05:00Z"}, "zone"),
        (EVENTS, {"until": "tomorrow"}, "zone"),
        (EVENTS, {"class": "x"}, "number"),
        (EVENTS, {"class": "9" * 20}, "number"),
        (EVENTS, {"state": "open"}, "open"),
        (LESSONS, {"audience": "grandmothers"}, "grandmothers"),
        (LESSONS, {"pack": "x" * 41}, "40"),
        ("/api/v1/surveys/rounds/", {"state": "on"}, "on"),
        ("/api/v1/surveys/rounds/", {"class": "-1"}, "number"),
        ("/api/v1/surveys/rounds/", {"instrument": "x" * 61}, "60"),
    ],
)
def test_what_a_filter_cannot_mean_is_pointed_at(cast, address, query, words):
    answer = system(make_token(cast)).get(address, query)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["pointer"] in query
    assert words in error["detail"]


def test_lessons_that_the_school_lets_out(cast, client):
    assert client.get(LESSONS).json() == {"lessons": [], "next": None}
    learning.load()
    assert client.get(LESSONS).json()["lessons"] == []  # nobody has read them yet
    learning.let_out(cast)
    told = client.get(LESSONS).json()["lessons"]
    assert len(told) == lessons_out(cast.school.pk).count()
    assert {one["title"] for one in told} >= {"In English: praise"}

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
    assert asking.get(f"{address}?filter=kind").status_code == 400
    assert asking.get(address).status_code == 200


def test_lessons_that_the_school_lets_out(cast, client):
    assert client.get(LESSONS).json() == {"lessons": [], "next": None}
    learning.load()
    assert client.get(LESSONS).json()["lessons"] == []  # nobody has read them yet
    learning.let_out(cast)
    told = client.get(LESSONS).json()["lessons"]
    assert len(told) == lessons_out([cast.school.pk]).count()
    assert {one["title"] for one in told} >= {"In English: praise"}

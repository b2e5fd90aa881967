"""docs/api.md: what its recipes send is sent, and what it says of addresses and scopes is so."""

import json
import re
import shlex
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import ANY

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator

from api.description.document import document
from api.models import Event, Scope
from api.webhooks import rules
from classroom.models import AttendanceMark, Observation
from guardians.models import Contact
from notices.models import Notice
from rosters.models import RosterImport
from rosters.queries import checked
from tests.factories.api import EVERY, make_token, school_today
from tests.factories.notices import keep_text
from tests.factories.published import make_week
from tests.factories.studies import answered

GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


def recipes() -> list[str]:
    return [part.partition("```")[0] for part in GUIDE.read_text().split("```sh\n")[1:]]


@pytest.fixture
def run(cast):
    """A recipe as a shell would send it."""
    names = {
        "$SERVER": "",
        "$TOKEN": make_token(cast, EVERY),
        "$ONE": str(cast.students["mengyao"].pk),
        "$OTHER": str(cast.students["xiaobao"].pk),
        "$DAY": school_today(cast),
        "$NUMBER": cast.adults["mother"].contact_points.get().address,
        "$TEXT": str(keep_text(cast).pk),
        "$MOMENT": (timezone.localtime() - timedelta(hours=1)).isoformat(timespec="seconds"),
    }

    def send(text: str):
        for name, value in names.items():
            text = text.replace(name, value)
        words = shlex.split(text.replace("\\\n", " "))
        headers = dict(
            words[place + 1].split(": ", 1) for place, word in enumerate(words) if word == "-H"
        )
        address = next(word for word in words if word.startswith("/"))
        if "-d" not in words:
            return Client().get(address, headers=headers)
        body = words[words.index("-d") + 1]
        return Client().post(address, body, headers.pop("Content-Type"), headers=headers)

    return send


def test_there_are_eight():
    assert len(recipes()) == 8


def test_a_county_reads_figures(run, cast):
    make_week(cast.county, cast.school, counts={"pupils": 310, "connected": (150, 164)})
    response = run(recipes()[0])
    assert response.json()["school"] == "620622001"
    (week,) = response.json()["weeks"]
    assert {row["key"] for row in week["figures"]} == {"connected", "pupils"}


def test_a_platform_reads_the_roster(run):
    response = run(recipes()[1])
    assert len(response.json()["users"]) == int(response["X-Total-Count"]) == 3
    assert 'rel="next"' not in response["Link"]


def test_a_platform_sends_a_roster(run, cast):
    answer = run(recipes()[2])
    roster = RosterImport.objects.get(pk=answer.json()["id"])
    found, _world = checked(roster, timezone.localdate())
    assert [str(row.kind) for row in found.rows] == ["new", "blocked"]


def test_a_gate_reports_a_day_and_may_send_it_again(run):
    assert run(recipes()[3]).json() == {"received": 2, "changed": 1, "kept": 0}
    assert run(recipes()[3])["Idempotent-Replayed"] == "true"
    assert AttendanceMark.objects.get().reason == "ill"


def test_an_exchange_reports_calls(run):
    told = run(recipes()[4]).json()["calls"]
    assert [row["result"] for row in told] == ["counted", "not_counted"]  # the father is barred
    assert Contact.objects.get().minutes == 7


def test_a_bus_is_late_and_no_family_hears_it_twice(run):
    assert run(recipes()[5]).json()["state"] == "waiting"
    run(recipes()[5])
    assert Notice.objects.get().words.startswith("今天校车")


def test_a_library_notes_what_a_child_does_well(run, cast):
    assert run(recipes()[6]).json()["observations"] == [{"id": "book-0042", "result": "added"}]
    assert Observation.objects.get().student == cast.students["mengyao"]


def test_a_university_reads_the_answers_of_a_study(cast, request):
    answered(cast)
    answer = request.getfixturevalue("run")(recipes()[7])  # its token is made with the study there
    assert answer["Content-Type"] == "application/fhir+json"
    assert len(answer.json()["entry"]) == 10


def test_scopes_and_addresses_are_those_of_the_description():
    text, described = GUIDE.read_text(), document("en")
    for scope in Scope.values:
        assert f"`{scope}`" in text
    for path in described["paths"]:
        if path.startswith("/api/"):
            assert path in text, path
    operations = [one for path in described["paths"].values() for one in path.values()]
    errors = {number for one in operations for number in one["responses"]}
    for number in errors - {"200", "405", "406"}:
        assert number in text, number


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_description_is_sound_and_says_what_each_needs(language, client):
    answer = client.get("/api/v1/schema/", headers={"accept-language": language})
    described = json.loads(answer.content)
    assert described["openapi"].startswith("3.1")
    for path, operations in described["paths"].items():
        for operation in operations.values():
            ways = {way: needed for one in operation["security"] for way, needed in one.items()}
            assert ways, path
            assert {*ways.get("token", ())} <= {*Scope.values}, path
            assert "token" in ways or "session" in ways, path
            assert operation["summary"], path
    ids = [one["operationId"] for path in described["paths"].values() for one in path.values()]
    assert len(ids) == len(set(ids))
    told = described["webhooks"]["changed"]["post"]["requestBody"]["content"]["application/json"]
    sent = json.loads(rules.body_of(Event.ROSTER, timezone.now(), 1))
    for one in (told["example"], sent):
        assert list(Draft202012Validator(told["schema"]).iter_errors(one)) == []


def test_it_is_made_without_a_warning(capsys):
    GENERATOR_STATS.reset()
    SchemaGenerator().get_schema(public=True)
    assert capsys.readouterr().err == ""


def test_every_operation_shows_what_is_sent_and_answered_as_it_describes_it():
    described = document("en")
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            ways = [operation["responses"]["200"], operation.get("requestBody")]
            for contents in (way["content"].values() for way in ways if way):
                assert any("examples" in content for content in contents), (method, path)
                for content in contents:
                    shape = content["schema"] | {"components": described["components"]}
                    for one in content.get("examples", {}).values():
                        errors = list(Draft202012Validator(shape).iter_errors(one["value"]))
                        assert errors == [], (method, path)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_page_shows_every_operation_and_loads_nothing_from_elsewhere(language, client):
    page = client.get("/api/docs/", headers={"accept-language": language}).content.decode()
    for path in document(language)["paths"]:
        assert path in page
    assert "//cdn" not in page
    assert "style=" not in page
    assert "https://" not in page.replace("https://jiaqiao.example.org", "")


def test_the_message_of_a_webhook_is_signed_as_it_says():
    text = GUIDE.read_text()
    head, _, body = text.split("```http\n")[1].partition("```")[0].strip().partition("\n\n")
    headers = dict(line.split(": ", 1) for line in head.splitlines()[1:])
    secret = re.search(r"Signed with `(whsec_\S+)`", text)[1]
    key, seconds = headers["webhook-id"], headers["webhook-timestamp"]
    assert rules.signature(secret, key, seconds, body.encode()) == headers["webhook-signature"]
    told = json.loads(body)
    at = datetime.fromisoformat(told["timestamp"])
    assert at.timestamp() == float(seconds)
    assert json.loads(rules.body_of(told["type"], at, 1)) == told | {"timestamp": ANY}
    for event in set(Event) - {Event.TEST}:
        assert f"`{event}`" in text

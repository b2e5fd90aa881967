"""Rounds and answers: what a machine reads of them, and of whom never."""

import json
from datetime import timedelta

import pytest
from django.db import InternalError, transaction
from django.utils import timezone
from fhir.resources.bundle import Bundle as BundleR5
from fhir.resources.R4B.bundle import Bundle

from accounts.models import AccessRecord
from api.models import Agreement
from schools.models import Post
from students.models import Barrier
from surveys.files.fhir_responses import read
from surveys.instruments import read as read_instrument
from surveys.models import Study
from surveys.studies import fhir
from surveys.studies.actions import end_study
from tests.factories.api import agree, make_token, row_of, system
from tests.factories.studies import answered, make_study, say
from tests.factories.surveys import SCALE, open_round, say_yes

ROUNDS, RESPONSES = "/api/v1/surveys/rounds/", "/api/v1/surveys/responses/"

pytestmark = pytest.mark.django_db


def client_of(cast):
    return system(make_token(cast, ("surveys.read", "responses.read")))


def bundle(client, address: str = RESPONSES) -> dict:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def people(told: dict) -> list[str]:
    return [one["resource"]["subject"]["identifier"]["value"] for one in told.get("entry", [])]


def test_rounds_and_how_far_they_are_in_tens(cast):
    study, _mates = answered(cast, 13, is_over=False)
    client = client_of(cast)
    (told,) = client.get(ROUNDS).json()["rounds"]
    assert told["classes"] == [str(cast.school_class.pk)]
    assert (told["instrument"], told["how"], told["is_open"]) == ("try-3", "class", True)
    assert client.get(f"{ROUNDS}{study.round_id}/").json() == {
        "id": str(study.round_id),
        "asked": 10,
        "finished": 10,
    }


def test_only_rounds_that_are_asked_for(cast):
    study, _mates = answered(cast, 3, is_over=False)
    round_, client = study.round, client_of(cast)
    opened_at, own = round_.opened_at, cast.school_class.pk
    other = cast.students["haitao"].enrolments.get().school_class_id
    found = [
        {},
        {"state": "open"},
        {"class": own},
        {"instrument": "try-3", "how": "class"},
        {"since": opened_at.isoformat()},
    ]
    none = [
        {"state": "closed"},
        {"class": other},
        {"instrument": "try"},
        {"how": "home"},
        {"since": (opened_at + timedelta(seconds=1)).isoformat()},
    ]
    for asked in found + none:
        rows = client.get(ROUNDS, asked).json()["rounds"]
        assert [one["id"] for one in rows] == [str(round_.pk)] * (asked in found), asked
    type(round_).objects.filter(pk=round_.pk).update(
        closed_at=timezone.now(), closed_by=cast.users["counsellor"]
    )
    assert client.get(ROUNDS, {"state": "open"}).json()["rounds"] == []
    assert len(client.get(ROUNDS, {"state": "closed"}).json()["rounds"]) == 1


def test_fewer_than_ten_are_no_count(cast):
    say_yes(cast)
    round_ = open_round(cast)
    told = client_of(cast).get(f"{ROUNDS}{round_.pk}/").json()
    assert (told["asked"], told["finished"]) == (None, None)


def test_rounds_of_another_school_are_not_there(cast):
    say_yes(cast)
    round_ = open_round(cast)
    type(round_).objects.filter(pk=round_.pk).update(school=cast.other_school)
    client = client_of(cast)
    assert client.get(ROUNDS).json()["rounds"] == []
    assert client.get(f"{ROUNDS}{round_.pk}/").status_code == 404


def test_answers_hold_no_name_no_urgent_question_and_no_sum_with_one(cast):
    _study, mates = answered(cast)
    answer = client_of(cast).get(RESPONSES)
    told = answer.json()
    assert len(people(told)) == len(set(people(told))) == 10
    text = json.dumps(told, ensure_ascii=False)
    for word in (*(one.name for one in mates), cast.school_class.name, cast.school.name, "家长"):
        assert word not in text
    for one in told["entry"]:
        items = one["resource"]["item"]
        assert [item["linkId"] for item in items] == ["one", "two"]  # "three" is urgent
        assert [item["answer"][0]["valueCoding"]["code"] for item in items] == ["2", "1"]
        assert "authored" not in one["resource"]  # with a timetable it names the class
    assert people(told) == sorted(people(told))


def test_nobody_watches_a_round_while_children_answer(cast):
    study, _mates = answered(cast, 12, is_over=False)
    client = client_of(cast)
    assert people(bundle(client)) == []
    assert not AccessRecord.objects.filter(what="study").exists()
    on = timezone.localdate() - timedelta(days=1)
    type(study.round).objects.filter(pk=study.round_id).update(due_on=on)
    assert len(people(bundle(client))) == 12


def test_it_is_fhir(cast):
    """As HL7's own description in fhir.resources has it, and as our reader reads it."""
    study, _mates = answered(cast)
    client = client_of(cast)
    answer = client.get(RESPONSES, headers={"accept": "application/fhir+json"})
    assert answer["Content-Type"] == "application/fhir+json"
    told = Bundle.model_validate(answer.json())
    assert len(told.entry) == 10
    assert told.entry[0].resource.get_resource_type() == "QuestionnaireResponse"
    assert len(read(answer.json())) == 10
    end_study(study=study, by=cast.users["counsellor"], at=timezone.now())
    other = make_study(cast)
    Agreement.objects.filter(scope="responses.read").update(study=other)
    Bundle.model_validate(bundle(client))  # one without entries, too


@pytest.mark.parametrize(
    ("asked", "kind", "weight"),
    [
        ("application/fhir+json", Bundle, "ordinalValue"),
        ("application/fhir+json; fhirVersion=4.0", Bundle, "ordinalValue"),
        ("application/fhir+json; fhirVersion=5.0", BundleR5, "itemWeight"),
    ],
)
def test_it_is_the_version_that_was_asked_for(cast, asked, kind, weight):
    """They differ in the extension that says what an answer counts."""
    answered(cast)
    answer = client_of(cast).get(RESPONSES, headers={"accept": asked})
    assert answer["Content-Type"] == asked
    assert len(kind.model_validate(answer.json()).entry) == 10
    found = {
        one["url"].rpartition("/")[2]
        for entry in answer.json()["entry"]
        for item in entry["resource"]["item"]
        for told in item["answer"]
        for one in told.get("valueCoding", {}).get("extension", [])
    }
    assert found == {weight}


@pytest.mark.parametrize("version", ["3.0", "x", "4.00"])
def test_another_version_is_not_passed_over(cast, version):
    answered(cast)
    asked = f"application/fhir+json; fhirVersion={version}"
    answer = client_of(cast).get(RESPONSES, headers={"accept": asked})
    assert answer.status_code == 406
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("most", "pages"), [(5, 3), (6, 2), (11, 2), (12, 1)])
def test_pages_go_on_behind_the_last_name_and_a_child_keeps_its_name(
    cast, monkeypatch, most, pages
):
    answered(cast, 12)
    client = client_of(cast)
    whole = people(bundle(client))
    monkeypatch.setattr("api.v1.surveys.views.FORMS_MOST", most)
    found, address, asked = [], RESPONSES, 0
    while address:
        told, asked = bundle(client, address), asked + 1
        found += people(told)
        links = told.get("link", [])
        address = RESPONSES + "?" + links[0]["url"].partition("?")[2] if links else ""
    assert (found, asked) == (whole, pages)
    assert people(bundle(client, f"{RESPONSES}?after=zzz")) == []


def test_another_study_has_other_names(cast):
    study, mates = answered(cast)
    client = client_of(cast)
    before = people(bundle(client))
    other = make_study(cast, study.round)
    for one in mates:
        say(other, one)
    Agreement.objects.filter(scope="responses.read").update(study=other)
    after = people(bundle(client))
    assert len(after) == 10
    assert not set(before) & set(after)


def test_nothing_where_fewer_than_ten_agree(cast):
    _study, _mates = answered(cast, 9)
    assert "entry" not in bundle(client_of(cast))


def test_a_family_that_takes_its_yes_back_is_out_at_once(cast):
    study, mates = answered(cast, 11)
    client = client_of(cast)
    before = people(bundle(client))
    say(study, mates[0], "refused")
    gone = fhir.made_up_name(bytes(study.salt), mates[0].pk)
    assert set(before) - set(people(bundle(client))) == {gone}
    say(study, mates[1], "refused")
    assert "entry" not in bundle(client)


def test_who_refuses_all_questions_or_has_a_closed_file_is_out(cast):
    study, mates = answered(cast, 12)
    client = client_of(cast)
    say_yes(cast, mates[0], decision="refused")
    Barrier.objects.create(
        school=cast.school,
        student=mates[1],
        user=cast.users["counsellor"],
        reason="x",
        set_by=cast.users["principal"],
        set_at=timezone.now(),
    )
    names = {fhir.made_up_name(bytes(study.salt), one.pk) for one in mates[2:]}
    assert set(people(bundle(client))) == names


def test_nothing_goes_out_after_the_study_or_without_its_counsellor(cast):
    study, _mates = answered(cast)
    client = client_of(cast)
    assert people(bundle(client))
    Post.objects.filter(user=cast.users["counsellor"]).update(ends_on="2026-01-01")
    assert client.get(RESPONSES).status_code == 403
    Post.objects.filter(user=cast.users["counsellor"]).update(ends_on=None)
    assert people(bundle(client))
    end_study(study=study, by=cast.users["counsellor"], at=timezone.now())
    assert client.get(RESPONSES).status_code == 403


def test_a_token_without_a_study_reads_nothing(cast):
    answered(cast)
    secret = make_token(cast, ("responses.read",), agreed=False)
    refused = system(secret, "en").get(RESPONSES)
    assert refused.status_code == 403
    assert "A counsellor of the school has yet to agree" in refused.json()["detail"]
    agree(cast, row_of(secret))
    assert people(bundle(system(secret)))


def test_every_child_of_a_page_stands_in_the_log_of_readers(cast):
    _study, mates = answered(cast)
    bundle(client_of(cast))
    read_of = AccessRecord.objects.filter(what="study").values_list("student_id", flat=True)
    assert set(read_of) == {one.pk for one in mates}


def test_what_is_asked_only_after_an_urgent_answer_goes_out_neither():
    only_after = {"when": [{"item": "three", "operator": "=", "answer": "3"}]}
    also_after = {"when": [{"item": "four", "operator": "exists", "answer": True}]}
    first = SCALE["item"][0]
    items = [
        *SCALE["item"],
        first | {"id": "four", "rules": [only_after]},
        first | {"id": "five", "rules": [also_after]},
    ]
    part = {"id": "part", "names": {"en": "Part"}, "items": ["one", "two"]}
    whole = {"id": "whole", "names": {"en": "Whole"}, "of": ["part", "total"]}
    instrument = read_instrument(
        SCALE | {"item": items, "scale": [SCALE["scale"][0] | {"items": ["three"]}, part, whole]}
    )
    assert fhir.left_out(instrument) == {"three", "four", "five"}
    assert fhir.scales_told(instrument) == {"part"}


def test_a_study_says_the_same_for_good(cast):
    study = make_study(cast)
    with pytest.raises(InternalError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(recipient="somebody else")

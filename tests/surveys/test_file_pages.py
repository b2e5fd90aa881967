"""An owner's file at the counsellor's desk: read, matched, and then asked in a class."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import AccessRecord
from core import clock
from students import barriers
from surveys import queries
from surveys.files import read_file, read_responses
from surveys.models import Edition, InstrumentFile
from tests.factories.cast import Cast, make_cast
from tests.factories.surveys import answer, form_of, gad_file, keep_file, keep_scale, seat_of
from tests.surveys.test_responses import STATED, phq_items, response
from tests.surveys.test_xlsform import CHOICES, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def counsellor(cast) -> Client:
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, content: bytes):
    return client.post(reverse("surveys:files"), {"file": SimpleUploadedFile("gad7.json", content)})


def test_read_matched_and_then_to_be_asked(cast, counsellor):
    assert "gad-7" not in {one.instrument.key for one in queries.choices_for(cast.school)}
    address = upload(counsellor, gad_file()).url
    page = counsellor.get(address)
    assert page.context["key"] == ""  # no code says which scale it is: a person does
    page = counsellor.get(f"{address}?as=gad-7")
    posted = {row["field"]: row["value"] for row in page.context["rows"]} | {"intro": "How often?"}
    kept = counsellor.post(f"{address}?as=gad-7", posted)
    assert kept.url == reverse("surveys:instrument", args=["gad-7"])
    counsellor.post(f"{address}?as=gad-7", posted)
    edition = Edition.objects.get()
    chosen = [one for one in queries.choices_for(cast.school) if one.value == str(edition.pk)]
    assert [one.instrument.key for one in chosen] == ["gad-7"]
    assert "Words 1" in counsellor.get(kept.url).content.decode()


def test_limits_of_all_parts_are_chosen_once(cast, counsellor):
    rows = [
        {
            "field_name": f"sdq{n}",
            "form_name": "sdq",
            "field_type": "radio",
            "field_label": f"Words {n}",
            "select_choices_or_calculations": "0, no | 1, a little | 2, yes",
        }
        for n in range(1, 26)
    ]
    address = (
        reverse("surveys:file", args=[keep_file(cast, json.dumps(rows).encode()).pk]) + "?as=sdq"
    )
    page = counsellor.get(address)
    assert len(page.context["form"].limit_fields) == 1
    posted = {row["field"]: f"sdq{n}" for n, row in enumerate(page.context["rows"], 1)}
    counsellor.post(address, posted | {"limits-0": "teacher"})
    chosen = Edition.objects.get().instrument
    assert (chosen.respondents, chosen.min_age) == (("staff",), 3)  # nobody else by these limits
    scales = {one.id: one for one in chosen.scales}
    assert [[band.level for band in one.bands] for one in scales.values()] == [
        *[["usual", "watch", "look"]] * 5,
        ["look", "watch", "usual"],
    ]
    assert scales["total"].bands[1].at_most == 17
    counsellor.post(address, posted | {"limits-0": "self"})
    by_itself = Edition.objects.latest("pk").instrument
    assert (by_itself.respondents, by_itself.min_age, by_itself.max_age) == (("pupil",), 11, 17)


def test_what_does_not_fit_keeps_nothing_and_loses_nothing(cast, counsellor):
    address = reverse("surveys:file", args=[keep_file(cast).pk]) + "?as=gad-7"
    page = counsellor.get(address)
    posted = {row["field"]: row["value"] for row in page.context["rows"]} | {"item-0": "gad7_2"}
    refused = counsellor.post(address, posted)
    assert refused.status_code == 422
    assert [row["value"] for row in refused.context["rows"]][:2] == ["gad7_2", "gad7_2"]
    assert "gad7_2" in str(refused.context["form"].non_field_errors())
    assert not Edition.objects.exists()


@pytest.mark.parametrize("content", [b"{", b'{"resourceType": "Bundle"}', b"\xff"])
def test_a_bad_file_is_told_at_its_field(counsellor, content):
    response = upload(counsellor, content)
    assert response.status_code == 422
    assert response.context["form"].errors["file"]
    assert not InstrumentFile.objects.exists()


def test_no_such_definition(cast, counsellor):
    address = reverse("surveys:file", args=[keep_file(cast).pk])
    for wanted in ("nothing", "weekly-mood"):
        assert counsellor.get(f"{address}?as={wanted}").status_code == 404


def test_an_xlsform_is_read_matched_and_goes_out_again(cast, counsellor):
    rows = [["select_one how", f"gad7_{n}", f"Words {n}", ""] for n in range(1, 8)]
    address = upload(counsellor, form(rows, CHOICES)).url + "?as=gad-7"
    page = counsellor.get(address)
    posted = {row["field"]: row["value"] for row in page.context["rows"]}
    counsellor.post(address, posted)
    out = counsellor.get(reverse("surveys:export", args=["gad-7"]), {"version": "xlsform"})
    assert out["Content-Disposition"] == 'attachment; filename="gad-7.xlsx"'
    assert [one.texts for one in read_file(out.content).items] == [
        {"en": f"Words {n}"} for n in range(1, 8)
    ]
    assert counsellor.get(reverse("surveys:export", args=["phq-9"])).status_code == 404


def test_the_school_chooses_a_limit_where_sources_differ(counsellor):
    words = [["how", str(n), f"answer {n}", "", str(n)] for n in range(3)]
    rows = [["select_one how", f"smfq_{n}", f"Words {n}", ""] for n in range(1, 14)]
    address = upload(counsellor, form(rows, words)).url + "?as=smfq"
    page = counsellor.get(address)
    posted = {row["field"]: row["value"] for row in page.context["rows"]}
    [field] = page.context["form"].limit_fields
    assert counsellor.post(address, posted | {field.html_name: "99"}).status_code == 422
    assert counsellor.post(address, posted | {field.html_name: "13"}).status_code == 302
    [scale] = Edition.objects.get().instrument.scales
    assert [band.at_least for band in scale.bands] == [None, 13]


def test_filled_in_forms_are_counted_anew_and_not_kept(counsellor):
    page = upload(counsellor, response([*phq_items([2, *[1] * 8]), STATED]))
    assert page.status_code == 200
    assert page.context["differing"] == 1
    assert "PHQ-9" in page.content.decode()
    assert not InstrumentFile.objects.exists()


def test_answers_go_out_marked_and_logged_and_without_closed_files(cast, counsellor):
    seat = seat_of(cast, choice=str(keep_scale(cast).pk))
    seat.student.name = "=徐梦瑶"
    seat.student.save()
    answer(seat, {"one": "3", "two": "2", "three": "0"})
    address = reverse("surveys:answers", args=[seat.round_id])
    content = counsellor.get(address).content.decode("utf-8-sig")
    [row] = csv.DictReader(io.StringIO(content))
    assert (row["name"], row["one"], row["sum total"]) == ("'=徐梦瑶", "3", "5")
    assert row["exported_by"] == cast.users["counsellor"].name
    assert row["exported_at"]
    for version in ("R4", "R5"):
        [found] = read_responses(counsellor.get(address, {"as": version}).content)
        assert [one.weight for one in found.answers] == [3, 2, 0]
        assert [(one.link_id, one.value) for one in found.sums] == [("total", 5)]
    records = AccessRecord.objects.filter(what="survey export", student_id=seat.student_id)
    assert records.count() == 3
    assert counsellor.get(address, {"as": "exe"}).status_code == 404
    barriers.set_barrier(
        student=seat.student,
        user=cast.users["counsellor"],
        reason="在查",
        by=cast.users["principal"],
        at=clock.now(),
    )
    assert "徐梦瑶" not in counsellor.get(address).content.decode()


def test_what_an_adult_said_does_not_read_as_the_childs(cast, counsellor):
    seat = answer(form_of(cast), {"week": "5"}, finish=False)
    address = reverse("surveys:answers", args=[seat.round_id])
    [row] = csv.DictReader(io.StringIO(counsellor.get(address).content.decode("utf-8-sig")))
    names = (row["name"], row["how"], row["answered_by"], row["asked_by"])
    assert names == ("徐梦瑶", "interview", "李秀兰", cast.users["teacher"].name)
    bundle = json.loads(counsellor.get(address, {"as": "R4"}).content)
    found = bundle["entry"][0]["resource"]
    told = [found[part]["display"] for part in ("subject", "source", "author")]
    assert told == ["徐梦瑶", "李秀兰", cast.users["teacher"].name]

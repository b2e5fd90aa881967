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
from surveys import actions, queries, shipped
from surveys.files import read_file, read_responses
from surveys.models import Edition, InstrumentFile
from surveys.scoring import score
from tests.factories.surveys import answer, form_of, gad_file, keep_file, keep_scale, seat_of
from tests.surveys.test_files import fhir, item, options, system, translated, weight
from tests.surveys.test_responses import STATED, filled, phq_items, response, stated, wording_of
from tests.surveys.test_xlsform import CHOICES, form

pytestmark = pytest.mark.django_db


@pytest.fixture
def counsellor(cast) -> Client:
    client = Client()
    client.force_login(cast.users["counsellor"], "django.contrib.auth.backends.ModelBackend")
    return client


def upload(client: Client, content: bytes, beside: bytes | None = None):
    given = {"file": SimpleUploadedFile("gad7.json", content)}
    if beside is not None:
        given["answers"] = SimpleUploadedFile("answers.json", beside)
    return client.post(reverse("surveys:files"), given)


def go_on(client: Client, address: str, page, **said):
    """The next step, with what the pages before it said."""
    return client.post(address, dict(page.context["carried"]) | said)


def keep(client: Client, address: str, posted: dict, way: int = 0):
    """Match, let each list of answers count in one of its two ways, tick every second look, save."""
    page = client.post(address, posted | {"step": "match"})
    if "lists" in (page.context or ()):
        ways = {one["field"].html_name: one["ways"][way]["value"] for one in page.context["lists"]}
        page = go_on(client, address, page, step="weights", **ways)
    seen = {one["field"].html_name: "on" for one in page.context["second_looks"]}
    return go_on(client, address, page, step="whole", **seen)


def test_read_matched_and_then_to_be_asked(cast, counsellor):
    assert "gad-7" not in {one.instrument.key for one in queries.choices_for(cast.school)}
    address = upload(counsellor, gad_file()).url
    page = counsellor.get(address)
    assert page.context["key"] == ""  # no code says which scale it is: a person does
    page = counsellor.get(f"{address}?as=gad-7")
    posted = {row["field"]: row["value"] for row in page.context["rows"]} | {"intro": "How often?"}
    kept = keep(counsellor, f"{address}?as=gad-7", posted)
    assert kept.url == reverse("surveys:instrument", args=["gad-7"])
    keep(counsellor, f"{address}?as=gad-7", posted)
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
            "select_choices_or_calculations": "0, not true | 1, a little | 2, true",
        }
        for n in range(1, 26)
    ]
    address = (
        reverse("surveys:file", args=[keep_file(cast, json.dumps(rows).encode()).pk]) + "?as=sdq"
    )
    page = counsellor.get(address)
    assert len(page.context["form"].limit_fields) == 1
    posted = {row["field"]: f"sdq{n}" for n, row in enumerate(page.context["rows"], 1)}
    keep(counsellor, address, posted | {"limits-0": "teacher"})
    chosen = Edition.objects.get().instrument
    assert (chosen.respondents, chosen.min_age) == (("staff",), 3)  # nobody else by these limits
    scales = {one.id: one for one in chosen.scales}
    assert [[band.level for band in one.bands] for one in scales.values()] == [
        *[["usual", "watch", "look"]] * 5,
        ["look", "watch", "usual"],
    ]
    assert scales["total"].bands[1].at_most == 17
    keep(counsellor, address, posted | {"limits-0": "self"})
    by_itself = Edition.objects.latest("pk").instrument
    assert (by_itself.respondents, by_itself.min_age, by_itself.max_age) == (("pupil",), 11, 17)


def phq_upload(counsellor, **fields) -> str:
    """A PHQ-9 as LOINC names it, without a code element; the address of its page."""
    codes = [one.codes[0] for one in shipped.instruments()["phq-9"].items]
    rows = [item(f"/{code}", answerOption=options("option")) for code in codes]
    return upload(counsellor, fhir(rows, **fields)).url


def test_an_urgent_question_is_chosen_by_a_person_and_looked_at_twice(counsellor):
    address = phq_upload(counsellor) + "?as=phq-9"
    page = counsellor.get(address)
    rows = {row["id"]: row for row in page.context["rows"]}
    assert [row["value"] for row in rows.values()] == [
        *(f"/{one.codes[0]}" for one in shipped.instruments()["phq-9"].items[:8]),
        "",
    ]
    assert "想伤害自己" in rows["phq9-9"]["name"]
    posted = {row["field"]: row["value"] for row in rows.values()}
    refused = counsellor.post(address, posted)
    assert refused.status_code == 422
    assert "phq9-9" in str(refused.context["form"].non_field_errors())

    whole = counsellor.post(address, posted | {"item-8": "/44260-8"})
    assert (whole.status_code, len(whole.context["rows"])) == (200, 9)
    assert not Edition.objects.exists()  # looking is not keeping
    [look] = whole.context["second_looks"]
    assert (look["link_id"], look["by_code"]) == ("/44260-8", None)
    assert "Words /44260-8" in whole.content.decode()
    unseen = go_on(counsellor, address, whole, step="whole")
    assert unseen.status_code == 422
    assert unseen.context["second_looks"][0]["field"].errors
    assert not Edition.objects.exists()
    kept = go_on(counsellor, address, whole, step="whole", **{look["field"].html_name: "on"})
    assert kept.status_code == 302
    assert Edition.objects.get().instrument.item("phq9-9").link_id == "/44260-8"


def test_a_match_that_the_code_of_the_file_contradicts_is_asked_by_name(counsellor):
    address = phq_upload(counsellor) + "?as=phq-9"
    page = counsellor.get(address)
    posted = {row["field"]: row["value"] for row in page.context["rows"]}
    swapped = posted | {"item-0": "/44260-8", "item-8": "/44250-9"}
    whole = counsellor.post(address, swapped)
    assert [
        (one["name"].partition("：")[0], one["by_code"].partition("：")[0])
        for one in whole.context["second_looks"]
    ] == [("phq9-1", "phq9-9"), ("phq9-9", "phq9-1")]
    assert "题目自带的编码" in whole.content.decode()


def test_going_back_loses_nothing(counsellor):
    address = phq_upload(counsellor) + "?as=phq-9"
    page = counsellor.get(address)
    posted = {row["field"]: row["value"] for row in page.context["rows"]} | {"item-8": "/44260-8"}
    whole = counsellor.post(address, posted | {"intro": "想一想"})
    back = go_on(counsellor, address, whole, step="change")
    assert back.status_code == 200
    assert {row["field"]: row["value"] for row in back.context["rows"]}["item-8"] == "/44260-8"
    assert back.context["form"]["intro"].value() == "想一想"


def rses_file(kind: str) -> bytes:
    """Ten statements, of which the file has turned five already, or counts from 1, or not at all."""
    words = ("strongly disagree", "disagree", "agree", "strongly agree")
    rows = []
    for number in range(1, 11):
        is_turned = kind == "turned" and number in (2, 5, 6, 8, 9)
        answers = []
        for n, word in enumerate(words):
            one = {"valueCoding": {"code": f"x{n}", "display": word}}
            counts = 3 - n if is_turned else n + (kind == "shifted")
            answers.append(one | ({} if kind == "none" else weight("ordinalValue", counts)))
        rows.append(item(f"s{number}", answerOption=answers))
    return fhir(rows)


def best_child(edition) -> float:
    """The total of who agrees most with what is good and least with what is not."""
    known = edition.instrument
    answers = {
        one.id: next(
            each.code
            for each in one.options
            if each.file_code == ("x0" if one.is_reversed else "x3")
        )
        for one in known.items
    }
    return float(score(known, answers).of("total").value)


@pytest.mark.parametrize("kind", ["turned", "shifted", "none"])
def test_where_file_and_definition_disagree_it_says_so_and_asks(counsellor, kind):
    address = upload(counsellor, rses_file(kind)).url + "?as=rses"
    posted = {f"item-{n}": f"s{n + 1}" for n in range(10)}
    page = counsellor.post(address, posted)
    assert page.status_code == 200
    asked = {name.partition("：")[0] for one in page.context["lists"] for name in one["items"]}
    assert len(asked) == (5 if kind == "turned" else 10)
    assert "strongly agree" in page.context["lists"][0]["in_file"]
    silent = go_on(counsellor, address, page, step="weights")
    assert silent.status_code == 422
    assert all(one["field"].errors for one in silent.context["lists"])
    assert not Edition.objects.exists()
    # The file's answers run from the least to the most, or back: the way that says so is the right one.
    right = {
        one["field"].html_name: next(
            way["value"]
            for way in one["ways"]
            if ("strongly agree 0" in way["words"]) is one["is_reversed"]
        )
        for one in page.context["lists"]
    }
    whole = go_on(counsellor, address, page, step="weights", **right)
    assert whole.status_code == 200
    assert go_on(counsellor, address, whole, step="whole").status_code == 302
    assert best_child(Edition.objects.get()) == 30


def test_figures_by_hand(counsellor):
    address = upload(counsellor, rses_file("none")).url + "?as=rses"
    page = counsellor.post(address, {f"item-{n}": f"s{n + 1}" for n in range(10)})
    said = {}
    for one in page.context["lists"]:
        said[one["field"].html_name] = "hand"
        figures = range(3, -1, -1) if one["is_reversed"] else range(4)  # in the sum
        said |= {
            hand["field"].html_name: str(n) for n, hand in zip(figures, one["hands"], strict=True)
        }
    first = page.context["lists"][0]["hands"][0]["field"].html_name
    for wrong in ({first: ""}, {first: "1"}, {first: "4"}):
        refused = go_on(counsellor, address, page, step="weights", **(said | wrong))
        assert refused.status_code == 422
        assert refused.context["lists"][0]["field"].errors
    whole = go_on(counsellor, address, page, step="weights", **said)
    assert go_on(counsellor, address, whole, step="whole").status_code == 302
    assert best_child(Edition.objects.get()) == 30


def test_answers_in_a_second_file(counsellor):
    rows = [item(f"q{n}", answerValueSet="http://x/v|2") for n in range(1, 8)]
    alone = upload(counsellor, fhir(rows))
    assert alone.status_code == 422
    assert "第二个文件" in str(alone.context["form"].errors["file"])
    listed = {
        "resourceType": "ValueSet",
        "url": "http://x/v",
        "compose": {"include": [{"system": "s"}]},
    }
    entries = [{"resource": listed}, {"resource": system("extension")}]
    beside = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    found = InstrumentFile.objects.get(pk=upload(counsellor, fhir(rows), beside).url.split("/")[-2])
    assert [one["weight"] for one in found.found["items"][0]["options"]] == [0, 1, 2, 3]
    for wrong in (b"{", b"a,b\n1,2", fhir(rows)):
        refused = upload(counsellor, fhir(rows), wrong)
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["answers"])


def test_every_loss_is_listed_once_with_its_places(counsellor):
    rows = [
        item(f"q{n}", required=True, answerOption=options("option"), _text=translated("fr", "Mots"))
        for n in range(20)
    ]
    page = counsellor.get(upload(counsellor, fhir(rows)).url)
    losses = [(one["count"], len(one["places"]), one["more"]) for one in page.context["losses"]]
    assert losses == [(20, 12, 8), (1, 1, 0)]
    clean = counsellor.get(phq_upload(counsellor))
    assert clean.context["losses"] == []
    assert "没有落下" in clean.content.decode()


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
    assert keep(counsellor, address, posted).status_code == 302
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
    assert keep(counsellor, address, posted | {field.html_name: "13"}).status_code == 302
    [scale] = Edition.objects.get().instrument.scales
    assert [band.at_least for band in scale.bands] == [None, 13]


def test_filled_in_forms_are_counted_anew_and_not_kept(counsellor):
    page = upload(counsellor, response([*phq_items([2, *[1] * 8]), STATED]))
    assert page.status_code == 200
    assert (page.context["differing"], page.context["compared"]) == (1, 1)
    assert "PHQ-9" in page.content.decode()
    assert not InstrumentFile.objects.exists()


@pytest.mark.parametrize(
    ("rows", "compared", "not_counted", "says"),
    [
        ([*phq_items([1] * 9), stated("total", 9)], 1, 0, "对照了 1 个分数，都和答案算出来的一样"),
        ([*phq_items([1] * 9), stated("age", 12, "Age")], 0, 1, "一个分数也没能对照"),
        (
            [*phq_items([1] * 9), stated("total", 9), stated("age", 12, "Age")],
            1,
            1,
            "另有 1 个没有算",
        ),
        (phq_items([1] * 9), 0, 0, "没有分数"),
    ],
    ids=["all", "none", "some", "no sum"],
)
def test_agreement_is_said_of_compared_sums_only(counsellor, rows, compared, not_counted, says):
    page = upload(counsellor, response(rows))
    assert (page.context["compared"], page.context["not_counted"]) == (compared, not_counted)
    assert page.context["differing"] == 0
    words = page.content.decode()
    assert says in words
    assert ("都和答案算出来的一样" in words) is bool(compared)


def test_a_form_filled_in_to_an_older_wording_is_scored_in_the_page_too(cast, counsellor):
    for codes in ("old", "new"):
        actions.keep_edition(
            school=cast.school,
            definition=wording_of(codes),
            by=cast.users["counsellor"],
            at=clock.now(),
        )
    page = upload(counsellor, filled("old", "old"))
    assert (page.context["compared"], page.context["differing"]) == (1, 0)


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

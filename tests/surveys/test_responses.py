"""Filled-in forms in FHIR: sums that a file states are counted again; what we write comes back the same."""

import json
from datetime import UTC, datetime

import pytest

from surveys import shipped
from surveys.files import BadFile, read_file, read_responses
from surveys.files.fhir_responses import Filled, write
from surveys.files.matching import by_code, definition_with_words
from surveys.files.recount import checked, likely, understood
from surveys.instruments import read
from surveys.scoring import score
from tests.surveys.test_conditions import scale, when
from tests.surveys.test_files import fhir, item, weight

_AT = datetime(2026, 11, 25, 8, tzinfo=UTC)
PHQ = shipped.instruments()["phq-9"]


def response(items, **fields) -> bytes:
    return json.dumps({"resourceType": "QuestionnaireResponse", "item": items} | fields).encode()


def phq_items(values, *, weighted: bool = True, name=lambda n: f"/{PHQ.items[n].codes[0]}"):
    rows = []
    for n, value in enumerate(values):
        coding = {"code": f"LA-{value}", "display": f"answer {value}"}
        coding |= weight("ordinalValue", value) if weighted else {}
        rows.append({"linkId": name(n), "answer": [{"valueCoding": coding}]})
    return rows


STATED = {"linkId": "/44261-6", "text": "Total", "answer": [{"valueDecimal": 13}]}


@pytest.mark.parametrize(
    "rows",
    [
        phq_items([2, 1, 1, 1, 1, 1, 1, 1, 1]),
        [{"linkId": "group", "item": phq_items([2, 1, 1, 1, 1, 1, 1, 1, 1])}],
        # Numbers as answers are the weights.
        [
            {"linkId": f"phq9-{n}", "answer": [{"valueInteger": 2 if n == 1 else 1}]}
            for n in range(1, 10)
        ],
        [
            *phq_items([2]),
            *(
                {"linkId": f"/{item.codes[0]}", "answer": [{"valueInteger": 1}]}
                for item in PHQ.items[1:]
            ),
        ],
    ],
    ids=["codes", "in a group", "numbers", "codes and numbers"],
)
def test_a_stated_sum_that_is_not_what_the_answers_come_to_is_told(rows):
    # As in a public example: 13 is stated where the answers come to 10.
    difficulty = {"linkId": "/69722-7", "answer": [{"valueCoding": {"code": "LA6572-5"}}]}
    [found] = read_responses(response([*rows, difficulty, STATED]))
    instrument = likely(found, shipped.instruments().values())
    assert instrument.key == "phq-9"
    [check] = checked(found, instrument)
    assert (check.stated.value, check.ours, check.differs) == (13, 10, True)


def test_without_a_definition_the_weights_of_the_file_are_added_up():
    rows = phq_items([1, 2, 3], name=lambda n: f"own-{n}")
    [found] = read_responses(response([*rows, STATED]))
    assert likely(found, shipped.instruments().values()) is None
    assert [one.ours for one in checked(found, None)] == [6]
    bare = phq_items([1, 2], weighted=False, name=lambda n: f"own-{n}")
    [found] = read_responses(response([*bare, STATED]))
    [check] = checked(found, None)
    assert (check.ours, check.differs) == (None, False)  # nothing is made up


@pytest.mark.parametrize("version", ["R4", "R5"])
def test_what_goes_out_comes_in_again_with_the_same_answers_and_sums(version):
    known = read(scale(b=when("a", "=", "c1")))
    forms = [
        Filled("甲", answers, score(known, answers), _AT)
        for answers in [
            {"a": "c1", "b": "c2", "c": "c0", "d": "c3"},
            {"a": "c0", "c": "c2", "d": "c3"},
        ]
    ]
    made = write(known, forms, version=version, language="en", by="乙", at=_AT)
    again = read_responses(json.dumps(made).encode())
    assert [understood(one, known).answers for one in again] == [one.answers for one in forms]
    for one in again:
        [check] = checked(one, known)
        assert not check.differs
        assert check.ours is not None
    assert made["meta"]["tag"][0]["display"] == "乙"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "not_json"),
        (b"\xff", "not_utf8"),
    ],
)
def test_bad_files_are_refused(content, code):
    with pytest.raises(BadFile) as refused:
        read_responses(content)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "content",
    [
        b'{"resourceType": "Questionnaire"}',
        b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient"}}]}',
        b'{"resourceType": "Bundle", "entry": [1]}',
        b"[1]",
        b"a,b",
        b"PK\x03\x04",
    ],
)
def test_what_is_no_filled_in_form_is_left_to_the_other_readers(content):
    assert read_responses(content) == []


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "true", '"5"'])
def test_odd_numbers_are_no_sums(number):
    text = response([STATED]).replace(b"13", number.encode())
    assert [one.sums for one in read_responses(text)] == [()]


def test_a_number_of_five_thousand_digits_is_no_json():
    with pytest.raises(BadFile, match="not_json"):
        read_responses(response([STATED]).replace(b"13", b"9" * 5000))


def stated(name: str, value: float, text: str = "") -> dict:
    return {"linkId": name, "text": text, "answer": [{"valueDecimal": value}]}


RSES = shipped.instruments()["rses"]
REVERSED = {one.id for one in RSES.items if one.is_reversed}
AGREES = ("strongly disagree", "disagree", "agree", "strongly agree")


def rses_rows(*, are_turned: bool, words: bool = True) -> list[dict]:
    """Of a child that agrees with all that is good: 30."""
    rows = []
    for one in RSES.items:
        place = 0 if one.id in REVERSED else 3
        value = 3 if are_turned else place
        coding = {"code": f"a{place}"} | ({"display": AGREES[place]} if words else {})
        rows.append(
            {"linkId": one.id, "answer": [{"valueCoding": coding | weight("ordinalValue", value)}]}
        )
    return rows


@pytest.mark.parametrize("are_turned", [True, False])
def test_weights_that_are_turned_already_are_not_turned_again(are_turned):
    rows = [*rses_rows(are_turned=are_turned), stated("total", 30)]
    [found] = read_responses(response(rows))
    [check] = checked(found, RSES)
    assert (check.ours, check.differs, check.reason) == (30, False, "")


@pytest.mark.parametrize("are_turned", [True, False])
def test_where_nobody_can_tell_whether_they_are_turned_nothing_is_compared(are_turned):
    rows = [*rses_rows(are_turned=are_turned, words=False), stated("total", 30)]
    [found] = read_responses(response(rows))
    [check] = checked(found, RSES)
    assert (check.ours, check.differs, check.reason) == (None, False, "turned")


def wording_of(codes: str) -> dict:
    """PHQ-9 as a school keeps it, whose answers the owner's file calls by these letters."""
    answers = [
        {"valueCoding": {"code": f"{codes}{n}", "display": f"{word} {codes}"}}
        | weight("ordinalValue", n)
        for n, word in enumerate(("never", "seldom", "often", "always"))
    ]
    rows = [
        item(
            f"{codes}-{n}",
            answerOption=answers,
            code=[{"system": "http://loinc.org", "code": one.codes[0]}],
        )
        for n, one in enumerate(PHQ.items)
    ]
    file = read_file(fhir(rows))
    definition = shipped.definitions()["phq-9"]
    return definition_with_words(definition, PHQ, file, by_code(file, PHQ))


def filled(codes: str, names: str) -> bytes:
    rows = [
        {"linkId": f"{names}-{n}", "answer": [{"valueCoding": {"code": f"{codes}2"}}]}
        for n in range(9)
    ]
    return response([*rows, stated("total", 18)])


def test_an_older_wording_of_the_same_questions_is_still_scored():
    latest, older = read(wording_of("new")), read(wording_of("old"))
    known = [latest, older, *shipped.instruments().values()]
    for names in ("new", "old"):
        [found] = read_responses(filled(names, names))
        chosen = likely(found, known)
        assert chosen is (latest if names == "new" else older)
        [check] = checked(found, chosen)
        assert (check.ours, check.differs) == (18, False)


def test_a_question_that_is_answered_twice_makes_no_sum_and_spoils_no_other_form():
    twice = json.loads(response([*phq_items([1] * 9), *phq_items([2]), STATED]))
    once = json.loads(response([*phq_items([1] * 9), STATED]))
    entries = [{"resource": one} for one in (twice, once)]
    found = read_responses(json.dumps({"resourceType": "Bundle", "entry": entries}).encode())
    checks = [check for one in found for check in checked(one, PHQ)]
    assert [(one.ours, one.reason) for one in checks] == [(None, "not_understood"), (9, "")]


def test_an_answer_that_is_none_of_the_items_makes_no_sum():
    """PHQ-9 would fill one blank by the mean; an answer that we cannot read is no blank."""
    made = read(wording_of("new"))
    rows = json.loads(filled("new", "new"))
    rows["item"][0]["answer"][0]["valueCoding"]["code"] = "unheard of"
    [found] = read_responses(json.dumps(rows).encode())
    [check] = checked(found, made)
    assert (check.ours, check.reason) == (None, "not_understood")


@pytest.mark.parametrize(
    ("sums", "reasons"),
    [
        ([stated("total", 9)], [""]),
        ([stated("/44261-6", 9)], [""]),
        ([stated("x", 9, "PHQ-9 total score")], [""]),
        ([stated("age", 12, "Age")], ["no_such_sum"]),
        ([stated("severity", 2, "Severity")], ["no_such_sum"]),
    ],
)
def test_a_number_is_compared_with_the_sum_of_its_name_only(sums, reasons):
    [found] = read_responses(response([*phq_items([1] * 9), *sums]))
    assert [one.reason for one in checked(found, PHQ)] == reasons
    assert not any(one.differs for one in checked(found, PHQ))


def test_blanks_and_void_forms_are_named():
    [found] = read_responses(response([*phq_items([1] * 6), STATED]))
    assert [one.reason for one in checked(found, PHQ)] == ["blank"]
    psc = shipped.instruments()["psc-17"]
    rows = [{"linkId": one.id, "answer": [{"valueInteger": 1}]} for one in psc.items[:13]]
    [found] = read_responses(response([*rows, stated("total", 13)]))
    assert [one.reason for one in checked(found, psc)] == ["void"]

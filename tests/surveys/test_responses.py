"""Filled-in forms in FHIR: sums that a file states are counted anew; what we write comes back the same."""

import json
from datetime import UTC, datetime

import pytest

from surveys import shipped
from surveys.files import BadFile, fhir_responses, read_responses
from surveys.files.fhir_responses import Filled, checked, likely, write
from surveys.instruments import read
from surveys.scoring import score
from tests.surveys.test_conditions import scale, when
from tests.surveys.test_files import weight

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
    assert [fhir_responses.answers_for(one, known)[0] for one in again] == [
        one.answers for one in forms
    ]
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
        (response([STATED, *phq_items([1]), *phq_items([2])]), "item_twice"),
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

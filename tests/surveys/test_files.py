"""Owners' files: FHIR R4 and R5 and REDCap, written for the formats; the two shared files where they lie
beside the project.
"""

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import shipped
from surveys.files import BadFile, read_file
from surveys.files.fhir_out import write
from surveys.files.found import from_json
from surveys.files.matching import (
    by_code,
    definition_with_words,
    known_mistakes,
    likely,
    refused_conditions,
    suggested,
)
from surveys.instruments import read
from surveys.scoring import score
from tests.factories.surveys import gad_file

# Beside the project, in whichever folder it lies.
SHARED = next(
    (
        found
        for folder in Path(__file__).parents
        if (found := folder / "shared" / "data" / "instruments").is_dir()
    ),
    Path("shared"),
)
BASE = "http://hl7.org/fhir/StructureDefinition/"
WORDS = ("never", "seldom", "often", "always")
CODES = shipped.instruments()["phq-9"]


def fhir(items, **fields) -> bytes:
    return json.dumps(
        {"resourceType": "Questionnaire", "title": "T", "item": items} | fields
    ).encode()


def weight(url: str, value) -> dict:
    return {"extension": [{"url": BASE + url, "valueDecimal": value}]}


def options(place: str, url: str = "ordinalValue", system: str = "s") -> list[dict]:
    """Four answers whose weights stand on the option, on its coding, or nowhere."""
    found = []
    for n, word in enumerate(WORDS):
        coding = {"system": system, "code": f"c{n}", "display": word}
        if place == "coding":
            coding |= weight(url, n)
        found.append({"valueCoding": coding} | (weight(url, n) if place == "option" else {}))
    return found


def item(name: str = "a", kind: str = "choice", **fields) -> dict:
    return {"linkId": name, "type": kind, "text": f"Words {name}"} | fields


def concepts(how: str) -> list[dict]:
    rows = [{"code": f"c{n}", "display": word} for n, word in enumerate(WORDS)]
    if how == "extension":
        return [row | weight("itemWeight", n) for n, row in enumerate(rows)]
    if how == "property":
        return [
            row | {"property": [{"code": "itemWeight", "valueDecimal": n}]}
            for n, row in enumerate(rows)
        ]
    return rows


VALUE_SET = {"resourceType": "ValueSet", "id": "v", "compose": {"include": [{"system": "s"}]}}


def system(how: str) -> dict:
    return {"resourceType": "CodeSystem", "id": "cs", "url": "s", "concept": concepts(how)}


WEIGHED = {
    "R4, on the option": fhir([item(answerOption=options("option"))]),
    "R4, on the coding": fhir([item(answerOption=options("coding"))]),
    "R5, on the option": fhir([item(kind="coding", answerOption=options("option", "itemWeight"))]),
    "R5, on the coding": fhir([item(kind="coding", answerOption=options("coding", "itemWeight"))]),
    "in the code system": fhir(
        [item(answerOption=options("nowhere"))], contained=[system("extension")]
    ),
    "as a property": fhir([item(answerOption=options("nowhere"))], contained=[system("property")]),
    "value set of a system": fhir(
        [item(answerValueSet="#v")], contained=[VALUE_SET, system("extension")]
    ),
    "value set that lists": fhir(
        [item(answerValueSet="#v")],
        contained=[
            VALUE_SET
            | {"compose": {"include": [{"system": "s", "concept": concepts("extension")}]}}
        ],
    ),
    "expanded value set": fhir(
        [item(answerValueSet="#v")],
        contained=[
            {
                "resourceType": "ValueSet",
                "id": "v",
                "expansion": {"contains": concepts("extension")},
            }
        ],
    ),
    "in nested groups": fhir(
        [item("g", "group", item=[item("h", "group", item=[item(answerOption=options("option"))])])]
    ),
    "whole numbers": fhir([item(answerOption=[{"valueInteger": n} for n in range(4)])]),
}


@pytest.mark.parametrize("name", WEIGHED)
def test_weights_are_found_wherever_the_format_puts_them(name):
    found = read_file(WEIGHED[name])
    assert [one.weight for one in found.items[0].options] == [0, 1, 2, 3]
    assert found.has_weights


def test_without_weights_none_are_made_up():
    found = read_file(fhir([item(answerOption=options("nowhere"))]))
    assert not found.has_weights
    half = [{"valueCoding": {"code": "c", "display": "x"}} | weight("ordinalValue", 0.5)]
    assert read_file(fhir([item(answerOption=half)])).items[0].options[0].weight is None


def translated(language: str, words: str) -> dict:
    parts = [
        {"url": "lang", "valueCode": language},
        {"url": "content", "valueString": words},
    ]
    return {"extension": [{"url": BASE + "translation", "extension": parts}]}


def test_translations_and_languages():
    said = translated("zh-CN", "问题")
    found = read_file(fhir([item(_text=said, answerOption=options("option"))], language="en-US"))
    assert found.items[0].texts == {"en": "Words a", "zh-hans": "问题"}
    assert read_file(fhir([item(text="睡得好吗", answerOption=options("option"))])).items[
        0
    ].texts == {"zh-hans": "睡得好吗"}


@pytest.mark.parametrize(
    ("extra", "code", "where"),
    [
        (item("b", "decimal"), "not_a_choice", "b"),
        (item("b", "display"), "text_left_out", "b"),
        (item("b"), "no_options", "b"),
        (item("b", "open-choice", answerOption=options("option")), "free_answer", "b"),
        (
            item("b", answerValueSet="http://elsewhere"),
            "value_set_elsewhere",
            "b: http://elsewhere",
        ),
        (item("b", answerValueSet="#gone"), "value_set_elsewhere", "b: #gone"),
        (
            item("b", "coding", answerOption=options("option"), answerConstraint="optionsOrString"),
            "free_answer",
            "b",
        ),
        (
            item(
                "b", answerOption=options("option"), extension=[{"url": BASE + "targetConstraint"}]
            ),
            "constraint",
            "b",
        ),
        (item("b", repeats=True, answerOption=options("option")), "not_a_choice", "b"),
        (item("b", required=True, answerOption=options("option")), "required", "b"),
        (item("b", answerOption=options("option")), "language", "fr"),
        (item("b", text="<b onclick=x>Hi</b>", answerOption=options("option")), "markup", "b"),
        (
            item("b", enableWhen=[{"question": "a"}], answerOption=options("option")),
            "condition",
            "b",
        ),
        (
            item(
                "b",
                enableWhen=[{"question": "c", "operator": "exists", "answerBoolean": True}],
                answerOption=options("option"),
            ),
            "condition",
            "b",
        ),
        (
            item(
                "b",
                enableWhen=[{"question": "a", "operator": "=", "answerCoding": {"code": "c1"}}],
                answerOption=options("option"),
            ),
            "condition_kept",
            "b: (a = c1)",
        ),
        (
            item(
                "b",
                answerOption=options("option"),
                extension=[{"url": "http://x/sdc-questionnaire-calculatedExpression"}],
            ),
            "expression",
            "b",
        ),
        (
            item("b", answerOption=options("option"), extension=[{"url": "http://x/new"}]),
            "extension",
            "http://x/new",
        ),
    ],
)
def test_what_is_not_understood_is_told_at_its_place(extra, code, where):
    said = item(answerOption=options("option"), _text=translated("fr", "Mots a"))
    found = read_file(fhir([said, extra]))
    assert (code, where) in [(one.code, one.where) for one in found.remarks]
    assert from_json(json.loads(json.dumps(found.as_json()))) == found
    assert "<" not in str([one.texts for one in found.items])


CIRCLE = [
    item("a", answerOption=options("option"), enableWhen=[{"question": "b"}]),
    item("b", answerOption=options("option"), enableWhen=[{"question": "a"}]),
]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "not_known"),
        (b"\xff\xfe\x00", "not_utf8"),
        (b"{", "not_json"),
        (b"[" * 100_000, "not_json"),
        (b"[1]", "not_known"),
        (b"{}", "not_known"),
        (b'{"resourceType": "Bundle"}', "bundle_without"),
        (b'{"resourceType": "Patient"}', "not_known"),
        (fhir([]), "no_questions"),
        (fhir("nonsense"), "no_questions"),
        (fhir([item(), item()]), "item_twice"),
        (fhir([item(str(n)) for n in range(501)]), "too_many_items"),
        (fhir(CIRCLE), "enable_circle"),
        (b" " * (2 * 1024 * 1024 + 1), "too_large"),
        (b"a,b\n1,2\n", "not_known"),
        (gad_file(field_name="same"), "item_twice"),
        (gad_file(field_type="calc"), "no_questions"),
        (gad_file(field_type="text"), "only_other_kinds"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(content, code):
    with pytest.raises(BadFile) as refused:
        read_file(content)
    assert refused.value.code == code


def test_branching_of_redcap_is_shown_and_never_carried_out():
    found = read_file(gad_file(branching_logic="[x]='1'"))
    assert ("condition", "gad7_1: [x]='1'") in [(one.code, one.where) for one in found.remarks]
    assert found.item("gad7_1").rules == ()


def test_groups_too_deep_are_refused():
    deep = item("x", answerOption=options("option"))
    for n in range(30):
        deep = item(f"g{n}", "group", item=[deep])
    with pytest.raises(BadFile, match="too_deep"):
        read_file(fhir([deep]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "item",
                        "linkId",
                        "type",
                        "answerOption",
                        "valueCoding",
                        "extension",
                        "url",
                        "contained",
                        "compose",
                    ]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_whatever_stands_in_a_questionnaire_the_answer_is_a_reading_or_a_refusal(given_item):
    with contextlib.suppress(BadFile):
        read_file(fhir(given_item))


def csv_file() -> bytes:
    heads = ",".join(
        [
            '"Variable / Field Name"',
            '"Form Name"',
            '"Section Header"',
            '"Field Type"',
            '"Field Label"',
            '"Choices, Calculations, OR Slider Labels"',
            '"Branching Logic (Show field only if...)"',
        ]
    )
    rows = [
        f'gad7_{n},gad7,,radio,Words {n},"0, never | 1, seldom | 2, often, very | 3, always",'
        for n in range(1, 8)
    ]
    return "\n".join([heads, *rows, "note,gad7,,text,Note,,"]).encode("utf-8-sig")


@pytest.mark.parametrize("content", [gad_file(), csv_file()], ids=["json", "csv"])
def test_a_redcap_dictionary_gets_its_weights_from_the_definition(content):
    found = read_file(content)
    assert not found.has_weights
    ours = shipped.instruments()["gad-7"]
    pairs = suggested(found, ours)
    assert pairs == {f"gad7-{n}": f"gad7_{n}" for n in range(1, 8)}
    made = read(
        definition_with_words(shipped.definitions()["gad-7"], ours, found, pairs, "How often?")
    )
    assert made.has_wording
    assert made.intro == {"en": "How often?"}
    assert score(made, {f"gad7-{n}": "3" for n in range(1, 8)}).of("total").value == 21


def phq_file(order, **fields) -> bytes:
    rows = [
        item(
            f"q{n}",
            code=[{"system": "http://loinc.org", "code": CODES.items[n].codes[0]}],
            answerOption=options("option"),
        )
        for n in order
    ]
    return fhir([*rows, item("difficulty", answerOption=options("option"))], **fields)


@pytest.mark.parametrize("order", [range(9), reversed(range(9)), [4, 8, 0, 1, 2, 3, 5, 6, 7]])
def test_items_are_matched_by_code_in_any_order_and_the_difficulty_is_left_out(order):
    found = read_file(phq_file(order))
    assert likely(found, shipped.instruments()) == "phq-9"
    assert "phq9-9" not in suggested(found, CODES)
    pairs = by_code(found, CODES)
    made = read(definition_with_words(shipped.definitions()["phq-9"], CODES, found, pairs))
    assert [(one.id, one.link_id) for one in made.items] == [
        (f"phq9-{n + 1}", f"q{n}") for n in range(9)
    ]
    assert [one.file_code for one in made.items[0].options] == ["c0", "c1", "c2", "c3"]
    assert made.is_urgent("phq9-9", "1")
    assert score(made, {f"phq9-{n}": "3" for n in range(1, 10)}).of("total").value == 27


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"phq9-1": ""}, "item_missing"),
        ({"phq9-1": "gone"}, "item_missing"),
        ({"phq9-1": "q1"}, "item_taken"),
        ({"phq9-1": "three"}, "other_count"),
        ({"phq9-1": "mute"}, "no_words"),
    ],
)
def test_what_does_not_fit_is_told_at_its_item(change, code):
    base = json.loads(phq_file(range(9)))
    base["item"] += [
        item("three", answerOption=options("option")[:3]),
        item("mute", text="", answerOption=options("option")),
    ]
    found = read_file(json.dumps(base).encode())
    with pytest.raises(BadFile) as refused:
        definition_with_words(
            shipped.definitions()["phq-9"], CODES, found, by_code(found, CODES) | change
        )
    assert refused.value.code == code


def test_where_orders_differ_a_number_suggests_nothing():
    rows = [
        {
            "field_name": f"psc_{n}",
            "field_type": "radio",
            "field_label": f"W{n}",
            "select_choices_or_calculations": "0, a | 1, b | 2, c",
        }
        for n in range(1, 18)
    ]
    found = read_file(json.dumps(rows).encode())
    assert suggested(found, shipped.instruments()["psc-17"]) == {}


def test_a_known_wrong_anchor_is_pointed_out():
    wrong = gad_file(select_choices_or_calculations="0, Not at all sure | 1, b | 2, c | 3, d")
    assert known_mistakes(shipped.instruments()["gad-7"], read_file(wrong)) == ["not at all sure"]
    assert known_mistakes(shipped.instruments()["gad-7"], read_file(gad_file())) == []


@pytest.mark.parametrize("version", ["R4", "R5"])
def test_out_and_in_again_keeps_names_weights_and_words(version):
    found = read_file(phq_file([4, 8, 0, 1, 2, 3, 5, 6, 7]))
    ours = read(
        definition_with_words(shipped.definitions()["phq-9"], CODES, found, by_code(found, CODES))
    )
    again = read_file(json.dumps(write(ours, version)).encode())
    came = {item.id: item for item in found.items if item.id != "difficulty"}
    assert {item.id: item for item in again.items} == came
    assert again.remarks == ()


@pytest.mark.parametrize("key", shipped.OWN)
def test_our_own_go_out_with_both_languages(key):
    ours = shipped.instruments()[key]
    again = read_file(json.dumps(write(ours)).encode())
    assert [(one.id, one.texts) for one in again.items] == [
        (one.id, dict(one.texts)) for one in ours.items
    ]
    assert [[o.weight for o in one.options] for one in again.items] == [
        [o.value for o in one.options] for one in ours.items
    ]


@pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared instruments lie beside the project only"
)
def test_the_shared_files():
    phq = read_file((SHARED / "phq9-r4.fhir.json").read_bytes())
    assert likely(phq, shipped.instruments()) == "phq-9"
    pairs = by_code(phq, CODES)
    assert pairs["phq9-9"] == "/44260-8"
    made = read(definition_with_words(shipped.definitions()["phq-9"], CODES, phq, pairs))
    assert "/69722-7" not in {one.link_id for one in made.items}
    gad = read_file((SHARED / "gad7.redcap.json").read_bytes())
    assert len(suggested(gad, shipped.instruments()["gad-7"])) == 7
    assert gad.intro.startswith("Over the last two weeks")


GATE = {"enableWhen": [{"question": "q0", "operator": "=", "answerCoding": {"code": "c3"}}]}


def test_no_condition_of_a_file_hides_what_must_be_asked():
    """PHQ-9 behind its first two questions: its ninth would never be asked of many."""
    base = json.loads(phq_file(range(9)))
    for row in base["item"][2:9]:
        row |= GATE
    found = read_file(json.dumps(base).encode())
    assert found.item("q8").rules
    pairs = by_code(found, CODES)
    made = read(definition_with_words(shipped.definitions()["phq-9"], CODES, found, pairs))
    assert not made.has_conditions
    assert refused_conditions(CODES, found, pairs) == [f"q{n}" for n in range(2, 9)]


@pytest.mark.parametrize(("answer", "is_carried"), [("c3", True), ("gone", False)])
def test_a_condition_that_could_never_be_met_is_not_carried(answer, is_carried):
    base = json.loads(phq_file(range(9)))
    condition = {"question": "q0", "operator": "=", "answerCoding": {"code": answer}}
    base["item"][1]["enableWhen"] = [condition]
    found = read_file(json.dumps(base).encode())
    bare = {
        name: value
        for name, value in shipped.definitions()["phq-9"].items()
        if name not in ("scale", "accuracy", "change")
    }
    pairs = by_code(found, CODES)
    made = read(definition_with_words(bare, replace(CODES, scales=()), found, pairs))
    assert made.has_conditions is is_carried

"""Owners' files as they are met: bundles, answers in another file, other programs' dialects, names in groups.
Each file here is made up in the shape of public ones.
"""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import shipped
from surveys.files import BadFile, read_file, read_responses
from surveys.files.fhir import is_loinc
from surveys.files.matching import by_code, likely, other_by_code, suggested
from tests.factories.surveys import gad_file
from tests.surveys.test_files import VALUE_SET, concepts, fhir, item, options, system
from tests.surveys.test_responses import STATED, phq_items, response
from tests.surveys.test_xlsform import ASK, CHOICES, HEADS, form

PHQ = shipped.instruments()["phq-9"]
LOINC_ROWS = [item(f"/{one.codes[0]}", answerOption=options("option")) for one in PHQ.items]


def bundle(*resources, **fields) -> bytes:
    entries = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries} | fields).encode()


def questionnaire(*rows, **fields) -> dict:
    return {"resourceType": "Questionnaire", "title": "T", "item": list(rows)} | fields


def value_set(**fields) -> dict:
    return VALUE_SET | {"url": "http://x/v"} | fields


# --- An urgent question is never guessed -----------------------------------------------------------


@pytest.mark.parametrize("prefix", ["/", "", "phq9/", "/44249-1/"])
def test_names_that_are_codes_of_loinc_are_read_as_codes(prefix):
    rows = [one | {"linkId": prefix + one["linkId"].lstrip("/")} for one in reversed(LOINC_ROWS)]
    found = read_file(fhir(rows))
    assert likely(found, shipped.instruments()) == "phq-9"
    assert by_code(found, PHQ) == {one.id: f"{prefix}{one.codes[0]}" for one in PHQ.items}
    assert suggested(found, PHQ) == {
        one.id: f"{prefix}{one.codes[0]}" for one in PHQ.items if one.id != "phq9-9"
    }


@pytest.mark.parametrize(
    ("name", "is_code"),
    [
        ("44260-8", True),
        ("69737-5", True),
        ("44260-7", False),  # another check digit
        ("phq-9", False),
        ("-8", False),
        ("44260-", False),
        ("44260-80", False),
        ("٤٤٢٦٠-٨", False),
        ("12345678-0", False),
    ],
)
def test_a_code_of_loinc_has_its_check_digit(name, is_code):
    assert is_loinc(name) is is_code


@given(
    st.lists(
        st.from_regex(r"[a-z/]{0,4}[0-9]{1,5}-[0-9]", fullmatch=True), unique=True, max_size=12
    )
)
def test_a_check_digit_is_never_the_number_of_a_question(names):
    found = read_file(
        fhir([item("x"), *(item(one, answerOption=options("option")) for one in ["y", *names])])
    )
    for key in ("phq-9", "gad-7", "mht", "ces-dc"):
        known = shipped.instruments()[key]
        pairs = suggested(found, known)
        assert set(pairs.items()) <= set(by_code(found, known).items())


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        ([f"gad_{n:02}" for n in range(1, 8)], True),
        ([f"g1.q{n}" for n in range(1, 8)], True),
        ([*(f"gad_{n}" for n in range(1, 8)), *(f"phq_{n}" for n in range(1, 10))], True),
        ([*(f"gad_{n}" for n in range(1, 8)), *(f"old_{n}" for n in range(1, 8))], False),
        ([f"gad_{n}" for n in range(1, 7)], False),  # one is missing: which, nobody knows
        ([f"{letter}{n}" for n, letter in enumerate("abcdefg", 1)], False),  # no series
        ([f"gad7{n}" for n in range(1, 8)], False),  # 71 to 77
    ],
)
def test_numbers_say_which_question_only_in_a_whole_series(names, wanted):
    found = read_file(fhir([item(one, answerOption=options("option")) for one in names]))
    pairs = suggested(found, shipped.instruments()["gad-7"])
    assert bool(pairs) is wanted
    assert list(pairs.values()) == (names[:7] if wanted else [])


@pytest.mark.parametrize("key", sorted(shipped.instruments()))
def test_nothing_is_proposed_for_an_item_with_an_urgent_answer(key):
    known = shipped.instruments()[key]
    count = len(known.items[0].options)
    answers = [{"valueInteger": n} for n in range(count)]
    coded = [
        item(one.id, answerOption=answers, code=[{"system": "http://loinc.org", "code": code}])
        for one in known.items
        for code in [next(iter(one.codes), "")]
    ]
    pairs = suggested(read_file(fhir(coded)), known)
    assert not set(pairs) & known.urgent_items
    if not known.order_varies and not known.has_wording:
        assert set(pairs) == {one.id for one in known.items} - known.urgent_items


@pytest.mark.parametrize("key", sorted(set(shipped.instruments()) - set(shipped.OWN)))
def test_every_item_says_what_it_is_about_in_both_languages(key):
    known = shipped.instruments()[key]
    topics = {one.id: one.topic for one in known.items}
    # Of the other items of these two their part is known.
    wanted = known.urgent_items if key in ("mht", "mssmhs") else set(topics)
    for name in wanted:
        assert set(topics[name]) == {"en", "zh-hans"}
        assert all(topics[name].values())
    assert len({words["en"] for words in topics.values() if words}) == len(wanted)


def test_a_match_that_the_code_contradicts_is_found():
    found = read_file(fhir([*LOINC_ROWS, item("other", answerOption=options("option"))]))
    pairs = by_code(found, PHQ)
    assert other_by_code(found, PHQ, pairs) == {}
    swapped = pairs | {"phq9-1": "/44260-8", "phq9-9": "/44250-9"}
    assert other_by_code(found, PHQ, swapped) == {"phq9-1": "phq9-9", "phq9-9": "phq9-1"}
    # The file has this very question, and another one was chosen.
    assert other_by_code(found, PHQ, pairs | {"phq9-9": "other"}) == {"phq9-9": "phq9-9"}


def test_a_code_at_two_questions_says_nothing():
    twice = item("again", answerOption=options("option"))
    twice["code"] = [{"system": "http://loinc.org", "code": "44260-8"}]
    found = read_file(fhir([*LOINC_ROWS, twice]))
    assert "phq9-9" not in by_code(found, PHQ)


# --- Bundles and answers elsewhere -----------------------------------------------------------------

ASKED = item("a", answerValueSet="http://x/v")


@pytest.mark.parametrize(
    "beside",
    [
        [value_set(), system("extension")],
        [value_set(), system("property")],
        [value_set(compose={"include": [{"system": "s", "concept": concepts("extension")}]})],
        [value_set(expansion={"contains": concepts("extension")})],
        # The rule is not ours to carry out, but a server has.
        [
            value_set(
                compose={"include": [{"system": "s", "filter": [{"property": "x"}]}]},
                expansion={"contains": concepts("extension")},
            )
        ],
        # A set that includes another one.
        [
            value_set(compose={"include": [{"valueSet": ["http://x/w|1"]}]}),
            value_set(id="w", url="http://x/w"),
            system("extension"),
        ],
    ],
    ids=["system", "property", "listed", "expanded", "filtered and expanded", "included"],
)
@pytest.mark.parametrize("is_second_file", [False, True])
def test_answers_beside_the_questionnaire(beside, is_second_file):
    if is_second_file:
        found = read_file(fhir([ASKED]), bundle(*beside))
    else:
        found = read_file(bundle(*beside, questionnaire(ASKED)))
    [one] = found.items
    assert [(each.weight, each.texts) for each in one.options] == [
        (n, {"en": word}) for n, word in enumerate(("never", "seldom", "often", "always"))
    ]


@pytest.mark.parametrize(
    "beside",
    [
        [],
        [value_set(url="http://x/other")],
        [value_set(compose={"include": [{"system": "s", "filter": [{"property": "x"}]}]})],
        [value_set(compose={"include": [{"valueSet": ["http://x/v"]}]})],  # includes itself
        [value_set()],  # without its code system
    ],
    ids=["none", "another", "by a rule", "in a circle", "no code system"],
)
def test_answers_that_are_nowhere_are_told_with_their_address(beside):
    with pytest.raises(BadFile) as refused:
        read_file(bundle(questionnaire(ASKED), *beside))
    assert (refused.value.code, refused.value.where) == ("answers_elsewhere", "http://x/v")
    found = read_file(
        bundle(questionnaire(ASKED, item("b", answerOption=options("option"))), *beside)
    )
    assert ("value_set_elsewhere", "a: http://x/v") in [
        (one.code, one.where) for one in found.remarks
    ]


@pytest.mark.parametrize(
    ("content", "code", "where"),
    [
        (bundle(), "bundle_without", ""),
        (
            bundle({"resourceType": "Patient"}, {"resourceType": "Patient"}),
            "bundle_without",
            "Patient 2",
        ),
        (
            bundle(questionnaire(title="One"), questionnaire(title="Two")),
            "several",
            "One, Two",
        ),
        (json.dumps(value_set()).encode(), "only_answers", ""),
        (json.dumps(system("extension")).encode(), "only_answers", ""),
    ],
)
def test_what_a_file_lacks_is_said(content, code, where):
    with pytest.raises(BadFile) as refused:
        read_file(content)
    assert refused.value.code == code
    assert where in refused.value.where


def test_forms_beside_people_in_a_bundle_are_read():
    filled = json.loads(response([*phq_items([1] * 9), STATED]))
    assert len(read_responses(bundle({"resourceType": "Patient"}, filled))) == 1
    # With its questionnaire it is the questionnaire that somebody brings.
    both = bundle(questionnaire(*LOINC_ROWS), filled)
    assert read_responses(both) == []
    assert len(read_file(both).items) == 9


R5 = [
    item(
        f"q{n}",
        "coding",
        answerOption=options("option", "itemWeight"),
        answerConstraint="optionsOnly",
    )
    for n in range(1, 8)
]


def test_r5_reads_as_r4_does():
    found = read_file(bundle(questionnaire(*R5), type="collection"))
    assert len(suggested(found, shipped.instruments()["gad-7"])) == 7
    assert found.has_weights


# --- Formats that are not ours ---------------------------------------------------------------------

AIDBOX_YAML = b"""id: mood
resourceType: Questionnaire
launchContext:
  - name: {code: Patient}
item:
  - linkId: one
    type: choice
    answerOption:
      - value:
          Coding: {code: a, display: never}
"""
AIDBOX_OPTION = {"value": {"Coding": {"code": "a", "display": "never"}}}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (AIDBOX_YAML, "aidbox_yaml"),
        (b"---\n" + AIDBOX_YAML.replace(b"\n", b"\r\n"), "aidbox_yaml"),
        (b"resourceType: Questionnaire\nitem:\n  - linkId: one\n", "yaml"),
        (fhir([item("g", "group", item=[item(answerOption=[AIDBOX_OPTION])])]), "aidbox_json"),
        (fhir([item(option=options("option"))]), "stu3"),
        (fhir([item(options={"reference": "#v"})]), "stu3"),
        (
            b'{"@context": "https://raw.githubusercontent.com/ReproNim/reproschema/main/x", "id": "a"}',
            "reproschema",
        ),
        (b'{"category": "reproschema:Activity"}', "reproschema"),
        (b'{"lformsVersion": "25.0.0", "items": []}', "lforms"),
        (b"<?xml version='1.0'?><ODM/>", "xml"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old_office"),
        (b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "pdf"),
        (b"PK\x03\x04 and then word/document.xml and more", "word"),
        (b"record_id,gad7_1,gad7_2\n1,0,3\n", "redcap_data"),
        (b'[{"record_id": "1", "gad7_1": "0"}]', "redcap_data"),
    ],
)
def test_another_format_is_refused_by_name(content, code):
    with pytest.raises(BadFile) as refused:
        read_file(content)
    assert refused.value.code == code
    assert read_responses(content) == []


# --- REDCap ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_dictionary_is_read_by_whatever_separates_it(separator):
    heads = ["Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label"]
    heads += ["Choices, Calculations, OR Slider Labels", "Required Field?", "Field Annotation"]
    rows = [
        [f"gad7_{n}", "gad7", "", "radio", f"Words {n}", "0, never | 3, always", "y", "@HIDDEN"]
        for n in range(1, 8)
    ]
    written = "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in [heads, *rows])
    found = read_file(written.encode("utf-8-sig"))
    assert [len(one.options) for one in found.items] == [2] * 7
    told = {(one.code, one.where) for one in found.remarks}
    assert {("required", "gad7_1"), ("expression", "gad7_1: @HIDDEN")} <= told


def test_answers_of_one_name_leave_their_question_out():
    for content in (
        gad_file(select_choices_or_calculations="0, never | 1, seldom | 1, often | 3, always"),
        fhir([item("a", answerOption=[*options("option"), options("option")[0]])]),
    ):
        with pytest.raises(BadFile, match="option_twice"):
            read_file(content)


def test_a_dictionary_needs_no_second_file():
    with pytest.raises(BadFile, match="beside_unused"):
        read_file(gad_file(), bundle(value_set()))


# --- XLSForm ---------------------------------------------------------------------------------------


def test_the_same_name_in_two_groups_is_two_questions():
    rows = [
        ["begin_group", "first", "Part one", ""],
        ASK,
        ["end_group", "", "", ""],
        ["begin group", "second", "Part two", ""],
        ASK,
        ["select_one how", "b", "Words b", ""],
        ["end group", "", "", ""],
    ]
    found = read_file(form(rows))
    assert [one.id for one in found.items] == ["first/a", "second/a", "b"]
    with pytest.raises(BadFile, match="item_twice"):
        read_file(form([*rows[:2], ASK, *rows[2:]]))


def test_a_question_in_a_repeat_is_asked_once_and_it_says_so():
    rows = [
        ["begin_repeat", "each", "Each child", ""],
        ASK,
        ["end_repeat", "", "", ""],
        ["select_one how", "b", "Words b", ""],
    ]
    found = read_file(form(rows))
    assert [one.id for one in found.items] == ["a", "b"]
    assert [one.where for one in found.remarks if one.code == "repeat"] == ["a"]


def test_answers_of_a_form_in_a_csv():
    content = form([["select_one_from_file how.csv", "a", "Words a", ""]])
    found = read_file(
        content, "name,label,label::中文 (zh)\n0,never,从不\n1,always,总是\n".encode()
    )
    [one] = found.items
    assert [(each.code, each.texts) for each in one.options] == [
        ("0", {"en": "never", "zh-hans": "从不"}),
        ("1", {"en": "always", "zh-hans": "总是"}),
    ]


@pytest.mark.parametrize(
    ("rows", "beside", "code"),
    [
        ([ASK], b"name,label\n0,never\n", "beside_unused"),
        ([["select_one_from_file x.csv", "a", "A", ""]], b"a,b\n1,2\n", "beside_without"),
        ([["select_one_from_file x.csv", "a", "A", ""]], bundle(value_set()), "beside_without"),
        ([["select_one_from_file x.csv", "a", "A", ""]], b"\xff", "beside_without"),
        (
            [
                ["select_one_from_file x.csv", "a", "A", ""],
                ["select_one_from_file y.csv", "b", "B", ""],
            ],
            b"name,label\n0,never\n",
            "beside_several",
        ),
        ([ASK], b" " * (2 * 1024 * 1024 + 1), "beside_too_large"),
    ],
)
def test_a_second_file_that_does_not_help_is_told_at_its_field(rows, beside, code):
    with pytest.raises(BadFile) as refused:
        read_file(form(rows), beside)
    assert refused.value.code == code


def test_a_list_with_an_answer_twice_leaves_out_its_own_questions_only():
    more = ["select_one place", "where", "Where?", ""]
    places = [["place", "king", "King", "", ""], ["place", "king", "King again", "", ""]]
    found = read_file(form([ASK, more], [*CHOICES, *places]))
    assert [one.id for one in found.items] == ["a"]
    assert ("option_twice", "where") in [(one.code, one.where) for one in found.remarks]


def test_limits_and_languages_of_a_form_are_told():
    heads = [*HEADS, "label::Français (fr)", "constraint", "required"]
    rows = [
        [*ASK, "Mots a", ". < 3", "yes"],
        ["select_one how", "b", "Words b", "", "Mots b", "", ""],
    ]
    told = {(one.code, one.where) for one in read_file(form(rows, heads=heads)).remarks}
    assert {
        ("constraint", "a: . < 3"),
        ("required", "a"),
        ("language", "fr"),
        ("language_partly", "zh-hans: b"),
    } <= told


# --- Files that mean harm --------------------------------------------------------------------------


def test_value_sets_that_include_one_another_many_times_are_read_once():
    sets = [
        value_set(
            id=f"v{n}",
            url=f"http://x/v{n}",
            compose={"include": [{"valueSet": [f"http://x/v{n + 1}"] * 8}]},
        )
        for n in range(60)
    ]
    last = value_set(id="v60", url="http://x/v60")
    content = bundle(
        questionnaire(item("a", answerValueSet="http://x/v0")), *sets, last, system("extension")
    )
    [one] = read_file(content).items
    assert len(one.options) == 4
    chain = [
        value_set(
            id=f"v{n}",
            url=f"http://x/v{n}",
            compose={"include": [{"valueSet": [f"http://x/v{n + 1}"]}]},
        )
        for n in range(5000)
    ]
    with pytest.raises(BadFile, match="answers_elsewhere"):
        read_file(bundle(questionnaire(item("a", answerValueSet="http://x/v0")), *chain))


def test_a_long_list_that_many_questions_share_does_not_unfold():
    long = {"system": "s", "concept": [{"code": f"c{n}", "display": "w" * 40} for n in range(1000)]}
    rows = [item(f"q{n}", answerValueSet="http://x/v") for n in range(400)]
    with pytest.raises(BadFile, match="unfolds"):
        read_file(bundle(questionnaire(*rows), value_set(compose={"include": [long]})))
    listed = [["long", str(n), "w" * 40, "", ""] for n in range(1000)]
    rows = [["select_one long", f"q{n}", "W", ""] for n in range(400)]
    with pytest.raises(BadFile, match="unfolds"):
        read_file(form(rows, listed))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["entry", "resource", "resourceType", "compose", "include", "valueSet", "concept"]
                + ["expansion", "contains", "url", "fullUrl", "code", "system", "extension"]
                + ["item", "answer", "valueCoding", "answerOption", "option", "value", "@context"]
            ),
            inner | st.sampled_from(["Bundle", "ValueSet", "CodeSystem", "http://x/v", "s"]),
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(ANY, ANY)
def test_whatever_stands_in_a_bundle_or_a_second_file_it_is_read_or_refused(first, second):
    whole = json.dumps(first).encode()
    beside = json.dumps(second).encode()
    for read in (
        lambda: read_file(whole),
        lambda: read_responses(whole),
        lambda: read_file(bundle(questionnaire(ASKED), first, second)),
        lambda: read_file(fhir([ASKED]), beside),
    ):
        with contextlib.suppress(BadFile):
            read()

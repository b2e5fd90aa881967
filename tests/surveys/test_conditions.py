"""When a question is asked: FHIR's operators, any and all, and what it does to sums and blanks."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import conditions
from surveys.conditions import Condition, Rule
from surveys.files import read_file
from surveys.files.fhir_out import write
from surveys.instruments import BadInstrument, Item, Option, read
from surveys.scoring import score

OPTIONS = tuple(Option(f"c{n}", n) for n in range(4))
ASK, ASKED = Item("a", OPTIONS), Item("b", OPTIONS)


@pytest.mark.parametrize(
    ("operator", "answer", "given_answer", "is_asked"),
    # hl7.org/fhir/R4/valueset-questionnaire-enable-operator.html
    [
        ("exists", True, "c0", True),
        ("exists", True, "", False),
        ("exists", False, "", True),
        ("exists", False, "c0", False),
        ("=", "c1", "c1", True),
        ("=", "c1", "c2", False),
        ("=", "c1", "", False),
        ("=", 1, "c1", True),
        ("!=", "c1", "c2", True),
        ("!=", "c1", "c1", False),
        ("!=", "c1", "", True),
        (">", "c1", "c2", True),
        (">", "c1", "c1", False),
        (">=", 2, "c2", True),
        (">=", 2, "c1", False),
        ("<", 2, "c1", True),
        ("<", 2, "c2", False),
        ("<=", "c2", "c2", True),
        ("<=", "c2", "c3", False),
        (">", "c1", "", False),
        ("<", "gone", "c1", False),
    ],
)
def test_each_operator(operator, answer, given_answer, is_asked):
    known = {
        "a": ASK,
        "b": replace(ASKED, rules=(Rule((Condition("a", operator, answer),)),)),
    }
    assert ("b" in conditions.enabled(known, {"a": given_answer})) is is_asked


def scale(**rules) -> dict:
    """Four questions with a sum; `rules`: {item: rules as a definition writes them}."""
    return {
        "key": "x",
        "version": 1,
        "names": {"en": "X"},
        "item": [
            {
                "id": name,
                "texts": {"en": name},
                "rules": rules.get(name, []),
                "options": [
                    {"code": f"c{n}", "value": n, "texts": {"en": str(n)}} for n in range(4)
                ],
            }
            for name in "abcd"
        ],
        "scale": [
            {
                "id": "total",
                "names": {"en": "T"},
                "items": "all",
                "blanks": "mean_fill",
                "most_blanks": 1,
            }
        ],
        "void_from_blanks": 3,
        "urgent": [{"item": "c", "at_least": 1}],
    }


def when(item: str, operator: str, answer, **more) -> list[dict]:
    return [{"when": [{"item": item, "operator": operator, "answer": answer}]} | more]


def total(definition: dict, answers: dict) -> int | None:
    return score(read(definition), answers).of("total").value


def test_what_is_not_asked_is_no_blank_and_counts_nothing():
    known = scale(b=when("a", ">", "c0"), c=when("b", "exists", True))
    assert total(known, {"a": "c0", "d": "c2"}) == 2  # b and c are not asked
    assert (
        total(known, {"a": "c1", "d": "c2"}) == 5
    )  # b is blank, c not asked: 3 of 2 answers, by 3
    assert total(known, {"a": "c1", "b": "c3", "c": "c3", "d": "c2"}) == 9
    # Answered first, and no longer asked after a second thought: it counts as not given, all along.
    assert total(known, {"a": "c0", "b": "c3", "c": "c3", "d": "c2"}) == 2
    assert score(read(known), {"a": "c0"}).is_void is False
    assert score(read(scale()), {"a": "c0"}).is_void is True


def test_a_part_of_which_nothing_is_asked_is_left_out_of_the_sum_of_parts():
    known = scale(d=when("a", "=", "c3"))
    parts = [{"id": n, "names": {"en": n}, "items": [n]} for n in "abd"]
    known["scale"] = [*parts, {"id": "total", "names": {"en": "T"}, "of": ["a", "b", "d"]}]
    assert total(known, {"a": "c1", "b": "c2"}) == 3
    assert total(known, {"a": "c3", "b": "c2"}) is None  # asked, and left blank
    assert total(known, {"a": "c3", "b": "c2", "d": "c1"}) == 6


def test_an_urgent_answer_stays_urgent_when_its_question_is_not_asked_any_more():
    known = read(scale(c=when("a", "=", "c1")))
    assert score(known, {"a": "c0", "c": "c1"}).urgent == ("c",)


def test_any_all_and_several_rules():
    two = [
        {"item": "a", "operator": "=", "answer": "c1"},
        {"item": "b", "operator": "=", "answer": "c1"},
    ]
    for is_any, answers, is_asked in [
        (True, {"a": "c1"}, True),
        (False, {"a": "c1"}, False),
        (False, {"a": "c1", "b": "c1"}, True),
        (True, {}, False),
    ]:
        known = read(scale(c=[{"is_any": is_any, "when": two}]))
        assert ("c" in known.asked(answers)) is is_asked
    known = read(scale(c=when("a", "=", "c1") + when("b", "=", "c1")))
    assert "c" not in known.asked({"a": "c1"})
    assert "c" in known.asked({"a": "c1", "b": "c1"})


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"a": when("a", "exists", True)}, "enable_circle"),
        ({"a": when("b", "exists", True), "b": when("a", "exists", True)}, "enable_circle"),
        ({"a": when("gone", "exists", True)}, "no_such_item"),
        ({"a": when("b", "~", "c1")}, "no_such_operator"),
    ],
)
def test_conditions_that_contradict_themselves_are_refused(rules, code):
    with pytest.raises(BadInstrument) as refused:
        read(scale(**rules))
    assert refused.value.code == code


def test_five_hundred_questions_that_hang_on_one_another():
    known = {
        str(n): Item(
            str(n), OPTIONS, rules=(Rule((Condition(str(n - 1), "exists", True),)),) if n else ()
        )
        for n in range(500)
    }
    assert len(conditions.enabled(known, dict.fromkeys(known, "c1"))) == 500
    assert conditions.enabled(known, {}) == {"0"}


CODES = st.sampled_from(["", "c0", "c1", "c2", "c3"])
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "is_any": st.booleans(),
            "when": st.lists(
                st.fixed_dictionaries(
                    {
                        "item": st.sampled_from("ab"),
                        "operator": st.sampled_from(["=", "!=", ">", "<", ">=", "<="]),
                        "answer": st.sampled_from(["c0", "c1", "c2", "c3"]),
                    }
                ),
                min_size=1,
                max_size=3,
            ),
        }
    ),
    max_size=2,
)
ANSWERS = st.fixed_dictionaries(dict.fromkeys("abcd", CODES))


@given(RULES, RULES, ANSWERS, st.permutations("abcd"))
def test_a_sum_knows_nothing_of_what_is_not_asked(for_c, for_d, answers, order):
    known = read(scale(c=for_c, d=for_d))
    asked = known.asked(answers)
    assert {"a", "b"} <= set(asked)
    bare = {name: code for name, code in answers.items() if name in asked}
    first = score(known, answers).of("total")
    turned = replace(known, items=tuple(known.item(name) for name in order))
    for other in (score(known, bare), score(turned, answers)):
        assert other.of("total").value == first.value
    assert first.answered + first.blank == len(asked)


@given(RULES, RULES)
def test_conditions_go_out_and_come_in_again(for_c, for_d):
    known = read(scale(c=for_c, d=for_d))
    for version in ("R4", "R5"):
        again = read_file(json.dumps(write(known, version)).encode())
        for item in again.items:
            ours = known.item(item.id)
            assert [(r.when, r.is_any or len(r.when) == 1) for r in item.rules] == [
                (r.when, r.is_any or len(r.when) == 1) for r in ours.rules
            ]

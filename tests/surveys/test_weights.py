"""No scale comes out upside down, however a file counts; every shipped scale by an independent scorer."""

import json
import random
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys import shipped
from surveys.files import BadFile, fhir_out, read_file, read_responses, xlsform_out
from surveys.files.fhir_responses import Filled
from surveys.files.fhir_responses import write as write_forms
from surveys.files.found import Found, FoundItem, FoundOption
from surveys.files.matching import definition_with_words, to_weigh
from surveys.files.recount import checked, understood
from surveys.files.weights import AGAINST, AGREE, NONE, OTHER, TURNED, UNSURE, amount
from surveys.instruments import Instrument, read
from surveys.scoring import score
from tests.surveys import independent

KEYS = independent.KEYS
REVERSED = [key for key in KEYS if any(one.is_reversed for one in shipped.instruments()[key].items)]
RISING = ("not at all", "rarely so", "a little", "somewhat", "rather", "mostly so", "always")
WAYS = ("as defined", "turned", "against", "shifted", "none")


def test_these_scales_have_reversed_items():
    assert set(REVERSED) == {"ces-dc", "rses", "bis-brief", "sdq"}


def words_of(known: Instrument, *, are_plain: bool) -> list[str]:
    """From the least to the most; plain ones say so, others say nothing that we know."""
    count = len(known.items[0].values)
    if are_plain:
        return [*RISING[: count - 1], RISING[-1]]
    return [f"hqz{place}" for place in range(count)]


def file_of(known: Instrument, way: str, words: list[str], seed: int | None = None) -> Found:
    """A file in which each item counts as `way` says; with `seed` its answers are listed in any order."""
    order = random.Random(seed)
    items = []
    for item in known.items:
        values = sorted(item.values)
        turns = way == "against" or (way == "turned" and item.is_reversed)
        weights = [values[0] + values[-1] - one for one in values] if turns else values
        options = [
            FoundOption(
                f"c{word}",
                {"en": word},
                None if way == "none" else one + (way == "shifted"),
            )
            for word, one in zip(words, weights, strict=True)
        ]
        if seed is not None:
            order.shuffle(options)
        items.append(FoundItem(f"q-{item.id}", {"en": f"Words {item.id}"}, tuple(options)))
    return Found("T", tuple(items))


def pairs_of(known: Instrument) -> dict[str, str]:
    return {item.id: f"q-{item.id}" for item in known.items}


def made_of(key: str, found: Found, words: list[str]) -> Instrument:
    """As a person keeps it who compares words with the scoring sheet: the least counts least."""
    known = shipped.instruments()[key]
    pairs = pairs_of(known)
    chosen = {}
    for one in to_weigh(known, found, pairs):
        ranks = [words.index(option.texts["en"]) for option in one.options]
        right = tuple(one.values[rank] for rank in ranks)
        assert right in one.arrangements or one.verdict in (NONE, OTHER)
        chosen[one.id] = right
    definition = shipped.definitions()[key]
    return read(definition_with_words(definition, known, found, pairs, chosen=chosen))


@pytest.mark.parametrize(("key", "way"), list(product(KEYS, WAYS)))
def test_the_best_and_the_worst_child_come_out_best_and_worst(key, way):
    known = shipped.instruments()[key]
    words = words_of(known, are_plain=True)
    for seed in range(3):
        made = made_of(key, file_of(known, way, words, seed), words)
        for raw in (
            dict.fromkeys(independent.numbers_of(key), one) for one in independent.span_of(key)
        ):
            answers = {
                item.id: said(item, words[value - min(item.values)])
                for item, value in zip(made.items, raw.values(), strict=True)
            }
            counted = score(made, answers)
            assert {one.scale.id: one.value for one in counted.scales} == independent.sums(key, raw)


def said(item, word: str) -> str:
    return next(one.code for one in item.options if one.texts["en"] == word)


@settings(max_examples=60)
@given(st.data())
def test_no_file_inverts_a_scale_with_reversed_items_unasked(data):
    key = data.draw(st.sampled_from(REVERSED))
    way = data.draw(st.sampled_from(WAYS))
    are_plain = data.draw(st.booleans())
    known = shipped.instruments()[key]
    words = words_of(known, are_plain=are_plain)
    found = file_of(known, way, words, data.draw(st.integers(0, 99)))
    if not to_weigh(known, found, pairs_of(known)):
        assert (are_plain, way) == (True, "as defined")
    else:
        with pytest.raises(BadFile, match="weights_open"):  # asked, never guessed
            definition_with_words(shipped.definitions()[key], known, found, pairs_of(known))
    made = made_of(key, found, words)
    raw = {
        number: data.draw(st.integers(*independent.span_of(key)))
        for number in independent.numbers_of(key)
    }
    answers = {
        item.id: said(item, words[value - min(item.values)])
        for item, value in zip(made.items, raw.values(), strict=True)
    }
    counted = score(made, answers)
    assert {one.scale.id: one.value for one in counted.scales} == independent.sums(key, raw)


@pytest.mark.parametrize(
    ("way", "are_plain", "verdicts"),
    [
        ("as defined", True, set()),
        ("as defined", False, {UNSURE}),
        ("turned", True, {TURNED}),
        ("against", True, {AGAINST, TURNED}),
        ("shifted", True, {OTHER}),
        ("none", True, {NONE}),
    ],
)
@pytest.mark.parametrize("key", REVERSED)
def test_what_is_asked_and_why(key, way, are_plain, verdicts):
    known = shipped.instruments()[key]
    found = file_of(known, way, words_of(known, are_plain=are_plain))
    lists = to_weigh(known, found, pairs_of(known))
    assert {one.verdict for one in lists} == verdicts
    assert AGREE not in verdicts
    asked = {name for one in lists for name in one.items}
    reversed_items = {one.id for one in known.items if one.is_reversed}
    assert asked == (
        reversed_items if way == "turned" else {one.id for one in known.items if verdicts}
    )


def test_the_choice_of_another_match_does_not_count():
    known = shipped.instruments()["rses"]
    words = words_of(known, are_plain=True)
    found = file_of(known, "turned", words)
    [one] = to_weigh(known, found, pairs_of(known))
    other = pairs_of(known) | {"rses-1": "q-rses-2", "rses-2": "q-rses-1"}
    assert one.id not in {each.id for each in to_weigh(known, found, other)}
    for wrong in ((), (0, 0, 1, 2), (1, 2, 3, 4)):
        with pytest.raises(BadFile, match="weights_open"):
            definition_with_words(
                shipped.definitions()["rses"], known, found, pairs_of(known), chosen={one.id: wrong}
            )


@pytest.mark.parametrize(
    ("least", "most"),
    [
        ("Not at all", "Nearly every day"),
        ("Not at all sure", "Nearly every day"),
        ("At no time", "All of the time"),
        ("Strongly disagree", "Strongly agree"),
        ("Rarely/Never", "Almost always/Always"),
        ("Not true", "Certainly true"),
        ("Never", "Often"),
        ("No", "Yes"),
        ("完全不会", "几乎每天"),
        ("从未有过", "所有时间"),
        ("非常不同意", "非常同意"),
        ("不符合", "完全符合"),
        ("没有", "有"),
        ("否", "是"),
    ],
)
def test_words_of_the_least_and_the_most(least, most):
    assert (amount({"x": least}), amount({"x": most})) == (-1, 1)


@pytest.mark.parametrize("words", ["Nobody", "Sometimes", "Truelove", "偶尔", "", "3"])
def test_words_that_say_neither(words):
    assert amount({"x": words}) == 0
    assert amount({"en": "never", "zh-hans": "总是"}) == 0


@settings(max_examples=400)
@given(st.data())
def test_every_shipped_scale_by_an_independent_scorer(data):
    key = data.draw(st.sampled_from(KEYS))
    known = shipped.instruments()[key]
    low, high = independent.span_of(key)
    numbers = independent.numbers_of(key)
    raw: independent.Given = {number: data.draw(st.integers(low, high)) for number in numbers}
    for number in data.draw(st.lists(st.sampled_from(numbers), max_size=5)):
        raw[number] = None
    prefix = known.items[0].id.removesuffix(str(numbers[0]))
    answers = {f"{prefix}{number}": str(one) for number, one in raw.items() if one is not None}
    made = score(known, answers)
    assert {one.scale.id: one.value for one in made.scales} == independent.sums(key, raw)
    assert made.is_void is independent.is_void(key, raw)
    assert set(made.urgent) == {f"{prefix}{number}" for number in independent.urgent(key, raw)}


@pytest.mark.parametrize("key", REVERSED)
def test_what_goes_out_adds_up_for_a_reader_that_turns_nothing(key):
    known = shipped.instruments()[key]
    words = words_of(known, are_plain=True)
    made = made_of(key, file_of(known, "as defined", words), words)
    best = {
        item.id: max(item.options, key=lambda one, item=item: item.counted(one.value)).code
        for item in made.items
    }
    low, high = independent.span_of(key)
    for content in (
        json.dumps(fhir_out.write(made, "R4")).encode(),
        json.dumps(fhir_out.write(made, "R5")).encode(),
        xlsform_out.write(made),
    ):
        found = read_file(content)
        assert [[one.weight for one in theirs.options] for theirs in found.items] == [
            [low + high - value if ours.is_reversed else value for value in ours.values]
            for ours in made.items
        ]
    at = datetime(2026, 11, 28, tzinfo=UTC)
    form = Filled("甲", best, score(made, best), at)
    written = write_forms(made, [form], version="R4", language="en", by="乙", at=at)
    [again] = read_responses(json.dumps(written).encode())
    assert sum(one.weight for one in again.answers) == high * len(made.items)
    assert understood(again, made).answers == best
    assert all(one.ours == one.stated.value for one in checked(again, made))

"""A second scorer, written from the published facts alone (FACTS, EDGES, MHT_PARTS and the rules below),
against ours: random forms with blanks for every scale that ships. It shares no line with surveys.scoring.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys import shipped
from surveys.scoring import score
from tests.surveys.test_every_definition import MHT_PARTS, URGENT
from tests.surveys.test_pointed_out import EDGES
from tests.surveys.test_scoring import FACTS

# Numbers of the items where they do not run from 1 on: those of the BIS-11 and of the PSC-35.
NUMBERS = {
    "bis-brief": (1, 2, 5, 8, 9, 12, 14, 19),
    "psc-17": (4, 7, 8, 9, 11, 13, 14, 16, 19, 22, 27, 29, 31, 32, 33, 34, 35),
}
PSC = ("psc-17", "psc-35", "y-psc")
PSC_PARTS = {
    "attention": (4, 7, 8, 9, 14),
    "internalizing": (11, 13, 19, 22, 27),
    "externalizing": (16, 29, 31, 32, 33, 34, 35),
}
MEANS = ("mspss", "mssmhs")
FILLED = {"phq-9": 2, "sdq": 2}  # so many blank items get the mean of the others
BLANK = None


def numbers_of(key: str) -> tuple[int, ...]:
    return NUMBERS.get(key, tuple(range(1, FACTS[key].items + 1)))


def parts_of(key: str) -> dict[str, tuple[int, ...]]:
    parts = PSC_PARTS if key in PSC else FACTS[key].parts
    whole = {} if key in ("dass-y", "sdq") else {"total": numbers_of(key)}
    return whole | parts


def counted(key: str, number: int, given: int) -> int:
    fact = FACTS[key]
    return fact.low + fact.high - given if number in fact.reversed else given


def sum_of(key: str, numbers: tuple[int, ...], form: dict[int, int | None]) -> Fraction | None:
    values = [counted(key, one, form[one]) for one in numbers if form[one] is not BLANK]
    missing = len(numbers) - len(values)
    total = Fraction(sum(values))
    if missing and key in FILLED:
        if missing > FILLED[key] or not values:
            return None
        exact = Decimal(sum(values)) * len(numbers) / len(values)
        total = Fraction(int(exact.quantize(Decimal(1), ROUND_HALF_UP)))
    elif missing and key not in PSC:
        return None
    if key in MEANS:
        total /= len(numbers)
    return total * 4 if key == "who-5" else total


def level_of(key: str, name: str, value: Fraction | None) -> str:
    edges = EDGES.get((key, name), {})
    below = [edge for edge in edges if value is not None and edge <= value]
    return edges[max(below)] if below else ""


def scored(key: str, form: dict[int, int | None]) -> dict[str, tuple[Fraction | None, str]]:
    found = {name: sum_of(key, numbers, form) for name, numbers in parts_of(key).items()}
    if key == "sdq":
        four = [found[name] for name in ("emotional", "conduct", "activity", "peers")]
        found["total"] = None if None in four else sum(four, Fraction(0))
    is_void = key in PSC and sum(one is BLANK for one in form.values()) >= 4
    return {
        name: (value, "" if is_void else level_of(key, name, value))
        for name, value in found.items()
    }


@st.composite
def forms(draw, key: str):
    """Mostly whole forms, some with a few blanks, some with many."""
    fact = FACTS[key]
    values = st.integers(fact.low, fact.high)
    numbers = numbers_of(key)
    form: dict[int, int | None] = {one: draw(values) for one in numbers}
    for one in draw(st.lists(st.sampled_from(numbers), max_size=6)):
        form[one] = BLANK
    return form


@pytest.mark.parametrize("key", sorted(FACTS))
@settings(max_examples=60)
@given(data=st.data())
def test_random_forms_come_to_what_the_second_scorer_says(key, data):
    fact, known = FACTS[key], shipped.instruments()[key]
    form = data.draw(forms(key))
    answers = {f"{fact.prefix}{n}": "" if one is BLANK else str(one) for n, one in form.items()}
    made = score(known, answers, age=fact.age)
    theirs = scored(key, form)
    for ours in made.scales:
        value, level = theirs[ours.scale.id]
        assert ours.value == value, ours.scale.id
        if value is not None:
            assert ours.level == level, ours.scale.id
    assert set(theirs) == {one.scale.id for one in made.scales}
    urgent = {n for n in URGENT.get(key, ()) if (form[n] or fact.low) > fact.low}
    assert set(made.urgent) == {f"{fact.prefix}{n}" for n in urgent}
    looks = [level for _value, level in theirs.values() if level in ("look", "soon")]
    is_open = any(value is None for value, _level in theirs.values())
    is_void = made.is_void
    if not is_open and not is_void:
        assert made.asks_for_look is bool(looks or urgent)
    elif looks or urgent or is_void:
        assert made.asks_for_look


@settings(max_examples=80)
@given(st.lists(st.booleans(), min_size=100, max_size=100))
def test_the_mht_too(ticks):
    known = shipped.instruments()["mht"]
    yes = {number for number, one in enumerate(ticks, 1) if one}
    made = score(known, {f"mht-{n}": "1" if n in yes else "0" for n in range(1, 101)})
    is_void = len(yes & set(range(82, 101, 2))) >= 7
    assert made.is_void is is_void
    sums = {name: len(yes & set(part)) for name, part in MHT_PARTS.items()}
    sums["total"] = sum(sums.values())
    for name, value in sums.items():
        ours, limit = made.of(name), 65 if name == "total" else 8
        level = "" if is_void else "look" if value >= limit else "usual"
        assert (ours.value, ours.level) == (value, level)
    assert set(made.urgent) == {f"mht-{n}" for n in yes & {85, 97}}

"""Every shipped scale against its published facts, written down here from the sources beside them and
not from our own output.
"""

from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import scoring, shipped
from surveys.instruments import BadInstrument, Change, Instrument, read
from surveys.scoring import score

PSC_ATTENTION = (4, 7, 8, 9, 14)
PSC_INWARD = (11, 13, 19, 22, 27)
PSC_OUTWARD = (16, 29, 31, 32, 33, 34, 35)
LOOKED_AT = ("look", "soon")


@dataclass(frozen=True)
class Fact:
    """`parts`: {scale: items}; `reversed` by number; `limits`: {scale: first value to look at}."""

    items: int
    low: int
    high: int
    least: dict[str, int]  # the sums when each question gets the answer that counts least
    most: dict[str, int]
    prefix: str
    parts: dict[str, tuple[int, ...]] = field(default_factory=dict)
    reversed: tuple[int, ...] = ()
    limits: dict[str, int] = field(default_factory=dict)
    age: int = 13


FACTS = {
    # Topp et al. 2015: raw 0-25 times four, 50 and less is looked at (below, for low is worse).
    "who-5": Fact(5, 0, 5, {"total": 0}, {"total": 100}, "who5-"),
    # Kroenke et al. 2001: 9 items 0-3; 10 is the first value at which one looks.
    "phq-9": Fact(9, 0, 3, {"total": 0}, {"total": 27}, "phq9-", limits={"total": 10}),
    # Spitzer et al. 2006.
    "gad-7": Fact(7, 0, 3, {"total": 0}, {"total": 21}, "gad7-", limits={"total": 10}),
    # mass.gov, PSC-17 scoring sheet.
    "psc-17": Fact(
        17,
        0,
        2,
        {"total": 0, "attention": 0, "internalizing": 0, "externalizing": 0},
        {"total": 34, "attention": 10, "internalizing": 10, "externalizing": 14},
        "psc-",
        {"attention": PSC_ATTENTION, "internalizing": PSC_INWARD, "externalizing": PSC_OUTWARD},
        limits={"total": 15, "attention": 7, "internalizing": 5, "externalizing": 7},
    ),
    # mass.gov, PSC-35 and Y-PSC scoring sheets.
    "psc-35": Fact(35, 0, 2, {"total": 0}, {"total": 70}, "psc-", limits={"total": 28}),
    "y-psc": Fact(
        35,
        0,
        2,
        {"total": 0},
        {"total": 70},
        "psc-",
        {"attention": PSC_ATTENTION, "internalizing": PSC_INWARD, "externalizing": PSC_OUTWARD},
        limits={"total": 30},
    ),
    # Angold et al. 1995; no limit: sources differ.
    "smfq": Fact(13, 0, 2, {"total": 0}, {"total": 26}, "smfq-"),
    # Weissman et al. 1980: 4, 8, 12, 16 turned; 15.
    "ces-dc": Fact(
        20,
        0,
        3,
        {"total": 0},
        {"total": 60},
        "cesdc-",
        reversed=(4, 8, 12, 16),
        limits={"total": 15},
    ),
    # Rosenberg 1965, print order of socy.umd.edu.
    "rses": Fact(10, 0, 3, {"total": 0}, {"total": 30}, "rses-", reversed=(2, 5, 6, 8, 9)),
    # psypack.com (secondary): moderate from 9, 8, 14; not doubled.
    "dass-y": Fact(
        21,
        0,
        3,
        {"d": 0, "a": 0, "s": 0},
        {"d": 21, "a": 21, "s": 21},
        "dassy-",
        {
            "d": (3, 5, 10, 13, 16, 17, 21),
            "a": (2, 4, 7, 9, 15, 19, 20),
            "s": (1, 6, 8, 11, 12, 14, 18),
        },
        limits={"d": 9, "a": 8, "s": 14},
    ),
    # Zimet et al. 1988: means.
    "mspss": Fact(
        12,
        1,
        7,
        {"total": 1, "family": 1, "friends": 1, "other": 1},
        {"total": 7, "family": 7, "friends": 7, "other": 7},
        "mspss-",
        {"family": (3, 4, 8, 11), "friends": (6, 7, 9, 12), "other": (1, 2, 5, 10)},
    ),
    # uczhidao.com, 360docs.net (secondary, agreeing): ten parts of six items, means from 1 to 5.
    "mssmhs": Fact(
        60,
        1,
        5,
        {"total": 1},
        {"total": 5},
        "mssmhs-",
        {
            "repeats": (3, 10, 12, 22, 23, 48),
            "distrust": (11, 20, 24, 26, 47, 49),
            "temper": (19, 21, 25, 50, 52, 58),
            "people": (4, 17, 18, 45, 51, 59),
            "low": (5, 13, 14, 16, 44, 57),
            "tense": (6, 15, 34, 43, 46, 56),
            "study": (31, 33, 36, 38, 40, 55),
            "settling": (1, 8, 9, 29, 39, 41),
            "moods": (2, 7, 27, 32, 35, 53),
            "unfairness": (28, 30, 37, 42, 54, 60),
        },
    ),
    # PMC6441965: items of the BIS-11; 1, 8, 9, 12 turned.
    "bis-brief": Fact(8, 1, 4, {"total": 8}, {"total": 32}, "bis-", reversed=(1, 8, 9, 12)),
    # sdqinfo.org: five parts of five; 7, 11, 14, 21, 25 turned; the total leaves being kind out.
    "sdq": Fact(
        25,
        0,
        2,
        {"total": 0, "prosocial": 0},
        {"total": 40, "prosocial": 10},
        "sdq-",
        {
            "emotional": (3, 8, 13, 16, 24),
            "conduct": (5, 7, 12, 18, 22),
            "activity": (2, 10, 15, 21, 25),
            "peers": (6, 11, 14, 19, 23),
            "prosocial": (1, 4, 9, 17, 20),
        },
        reversed=(7, 11, 14, 21, 25),
    ),
}
KEYS = sorted(FACTS)


def instrument(key: str) -> Instrument:
    return shipped.instruments()[key]


def all_of(fact: Fact, *, high: bool) -> dict[str, str]:
    """Each question answered so that it counts most, or least."""
    one = {item.id for item in instrument_of(fact).items}
    found = {}
    for name in one:
        turned = int(name.removeprefix(fact.prefix)) in fact.reversed
        found[name] = str(fact.high if high != turned else fact.low)
    return found


def instrument_of(fact: Fact) -> Instrument:
    return instrument(next(key for key, one in FACTS.items() if one is fact))


def value(key: str, answers: dict[str, str], scale: str = "total", **who) -> Fraction | None:
    found = score(instrument(key), answers, **who).of(scale)
    return found.value if found else None


@pytest.mark.parametrize("key", KEYS)
def test_items_least_and_most(key):
    fact = FACTS[key]
    assert len(instrument(key).items) == fact.items
    for high, wanted in ((False, fact.least), (True, fact.most)):
        for scale, total in wanted.items():
            assert value(key, all_of(fact, high=high), scale) == total, (scale, high)


@pytest.mark.parametrize("key", KEYS)
def test_each_turned_item_and_no_other_is_turned(key):
    fact = FACTS[key]
    known = instrument(key)
    assert {one.id for one in known.items if one.is_reversed} == {
        f"{fact.prefix}{number}" for number in fact.reversed
    }
    for item in known.items:
        answers = all_of(fact, high=False)
        before = _whole(known, answers)
        answers[item.id] = str(fact.low if item.is_reversed else fact.high)
        assert _whole(known, answers) > before, item.id


def _whole(known: Instrument, answers: dict[str, str]) -> Fraction:
    return sum((one.value for one in score(known, answers).scales if one.value), Fraction(0))


@pytest.mark.parametrize("key", [key for key in KEYS if FACTS[key].parts])
def test_parts_have_their_items(key):
    fact = FACTS[key]
    for scale, numbers in fact.parts.items():
        found = next(one for one in instrument(key).scales if one.id == scale)
        assert set(found.items) == {f"{fact.prefix}{number}" for number in numbers}


@pytest.mark.parametrize(
    ("key", "scale", "limit"),
    [(key, scale, limit) for key in KEYS for scale, limit in FACTS[key].limits.items()],
)
def test_one_below_the_limit_is_left_alone_and_the_limit_is_not(key, scale, limit):
    fact = FACTS[key]
    known = instrument(key)
    part = next(one for one in known.scales if one.id == scale)
    for total, is_looked_at in ((limit - 1, False), (limit, True)):
        answers = answers_with(known, fact, part.items, total)
        found = score(known, answers, age=fact.age).of(scale)
        assert found.value == total
        assert (found.level in LOOKED_AT) is is_looked_at


def answers_with(known: Instrument, fact: Fact, items, total: int) -> dict[str, str]:
    """All answered; those of `items` come to `total`, whatever is turned."""
    left = total
    answers = all_of(fact, high=False)
    for item in known.items:
        if item.id in items:
            counts = min(left, fact.high - fact.low)
            left -= counts
            answers[item.id] = str(fact.high - counts if item.is_reversed else fact.low + counts)
    assert left == 0
    return answers


@pytest.mark.parametrize(
    ("total", "level"),
    [
        (0, "usual"),
        (4, "usual"),
        (5, "watch"),
        (9, "watch"),
        (10, "look"),
        (14, "look"),
        (15, "soon"),
        (20, "soon"),
    ],
)
def test_bands_of_phq_9_and_gad_7(total, level):
    # Kroenke et al. 2001 and Spitzer et al. 2006: 5, 10, 15.
    for key in ("phq-9", "gad-7"):
        fact, known = FACTS[key], instrument(key)
        answers = answers_with(known, fact, [one.id for one in known.items], total)
        assert score(known, answers).of("total").level == level


@pytest.mark.parametrize(("raw", "total", "level"), [(12, 48, "look"), (13, 52, "usual")])
def test_who_5_is_worse_when_low(raw, total, level):
    known = instrument("who-5")
    answers = answers_with(known, FACTS["who-5"], [one.id for one in known.items], raw)
    found = score(known, answers).of("total")
    assert (found.value, found.level) == (total, level)


@pytest.mark.parametrize(
    ("age", "total", "level"),
    [(5, 23, "usual"), (5, 24, "look"), (6, 27, "usual"), (6, 28, "look"), (None, 26, "")],
)
def test_psc_35_has_a_lower_limit_for_the_small_ones(age, total, level):
    # Scoring sheet: 24 at four and five years, 28 from six. Of an unknown age nothing is said in between.
    known = instrument("psc-35")
    answers = answers_with(known, FACTS["psc-35"], [one.id for one in known.items], total)
    assert score(known, answers, age=age).of("total").level == level


def without(answers: dict[str, str], count: int) -> dict[str, str]:
    return dict(sorted(answers.items())[count:])


@pytest.mark.parametrize(
    ("blank", "wanted"),
    # Seven threes and two blanks are 21·9/7 = 27; with three blanks there is no score.
    [(0, 27), (1, 27), (2, 27), (3, None), (9, None)],
)
def test_phq_9_fills_two_blanks_and_no_more(blank, wanted):
    assert value("phq-9", without(all_of(FACTS["phq-9"], high=True), blank)) == wanted


def test_a_filled_sum_is_rounded_half_up_and_says_so():
    answers = {f"phq9-{n}": "1" for n in range(1, 8)} | {"phq9-8": "2"}  # 9 of 8 items: 10.125
    found = score(instrument("phq-9"), answers).of("total")
    assert (found.value, found.level) == (10, "look")
    assert ("exact", "10.12") in found.steps[-1].facts


@pytest.mark.parametrize(
    ("blank", "is_void", "total"), [(0, False, 34), (3, False, 28), (4, True, 26)]
)
def test_psc_17_counts_blanks_as_nought_and_is_void_from_four(blank, is_void, total):
    found = score(instrument("psc-17"), without(all_of(FACTS["psc-17"], high=True), blank))
    assert (found.is_void, found.of("total").value) == (is_void, total)
    assert (found.of("total").level == "") is is_void


@pytest.mark.parametrize(
    "key", ["who-5", "gad-7", "ces-dc", "dass-y", "mspss", "mssmhs", "smfq", "rses", "bis-brief"]
)
def test_where_no_rule_is_published_one_blank_gives_no_score(key):
    found = score(instrument(key), without(all_of(FACTS[key], high=True), 1))
    assert any(one.value is None for one in found.scales)


@pytest.mark.parametrize(("blank", "wanted"), [(1, 10), (2, 10), (3, None)])
def test_sdq_fills_two_of_five(blank, wanted):
    # sdqinfo.org: mean of the others times five; a part without a sum leaves the total without one.
    answers = all_of(FACTS["sdq"], high=True)
    for number in (3, 8, 13)[:blank]:
        del answers[f"sdq-{number}"]
    assert value("sdq", answers, "emotional") == wanted
    assert (value("sdq", answers) is None) is (wanted is None)


@pytest.mark.parametrize(("told", "is_void"), [(6, False), (7, True)])
def test_mht_is_void_when_its_check_says_so(told, is_void):
    # Items 82, 84 … 100; seven or more and nothing else is taken at its word.
    answers = {f"mht-{n}": "0" for n in range(1, 101)}
    answers |= {f"mht-{n}": "1" for n in range(82, 82 + 2 * told, 2)}
    answers |= {f"mht-{n}": "1" for n in range(1, 9)}
    found = score(instrument("mht"), answers)
    assert found.is_void is is_void
    assert found.of("study").value == 8
    assert found.of("study").level == ("" if is_void else "look")
    assert found.of("total").value == 8  # the check itself is not part of the sum


@pytest.mark.parametrize(("total", "level"), [(64, "usual"), (65, "look")])
def test_mht_total(total, level):
    scored = [n for n in range(1, 101) if n <= 80 or n % 2]
    answers = {f"mht-{n}": "0" for n in range(1, 101)} | {f"mht-{n}": "1" for n in scored[:total]}
    assert score(instrument("mht"), answers).of("total").level == level


@pytest.mark.parametrize(
    ("key", "answers", "urgent"),
    [
        ("phq-9", {"phq9-9": "1"}, ("phq9-9",)),  # one tap on an unfinished form
        ("phq-9", {"phq9-9": "0"}, ()),
        ("phq-9", {f"phq9-{n}": "3" for n in range(1, 9)}, ()),  # the total alone is not urgent
        ("c-ssrs", {"cssrs-1": "1", "cssrs-2": "1", "cssrs-3": "1"}, ()),
        ("c-ssrs", {"cssrs-4": "1"}, ("cssrs-4",)),
        ("c-ssrs", {"cssrs-5": "1"}, ("cssrs-5",)),
        ("c-ssrs", {"cssrs-6": "1"}, ("cssrs-6",)),
    ],
)
def test_urgent_whatever_the_total(key, answers, urgent):
    assert score(instrument(key), answers).urgent == urgent


def test_every_scale_of_the_domain_ships_and_none_with_its_owners_words():
    owners = {key for key, one in shipped.instruments().items() if key not in shipped.OWN}
    assert owners == {*FACTS, "mht", "c-ssrs"}
    for key in owners:
        one = instrument(key)
        assert not any(item.texts or any(o.texts for o in item.options) for item in one.items)
        assert all([one.where, one.sources, one.licence])


def test_our_own_have_all_words_in_both_languages_and_claim_nothing():
    for key in shipped.OWN:
        one = instrument(key)
        assert one.has_wording
        assert not one.is_validated
        assert not one.scales
        texts = [one.names, one.about, *(item.texts for item in one.items)]
        texts += [option.texts for item in one.items for option in item.options]
        assert all(set(each) == {"en", "zh-hans"} and all(each.values()) for each in texts)
        assert "不是经过验证的量表" in one.about["zh-hans"]
        assert "Not a validated scale" in one.about["en"]


ILLNESSES = "抑郁 焦虑 障碍 自闭 孤独症 depress anxiety disorder autis suicid".split()


def test_no_definition_shows_the_name_of_an_illness():
    for one in shipped.instruments().values():
        shown = [
            one.names,
            one.about,
            *(scale.names for scale in one.scales),
            *(s.notes for s in one.scales),
        ]
        for words in (text for each in shown for text in each.values()):
            assert not [illness for illness in ILLNESSES if illness in words.lower()], words


@given(st.data())
def test_the_order_of_answers_and_items_changes_nothing(data):
    key = data.draw(st.sampled_from(KEYS))
    known = instrument(key)
    answers = {
        item.id: data.draw(st.sampled_from(["", *(one.code for one in item.options)]))
        for item in known.items
    }
    shuffled = dict(data.draw(st.permutations(list(answers.items()))))
    turned = replace(known, items=tuple(data.draw(st.permutations(known.items))))
    first, second = score(known, answers, age=9), score(turned, shuffled, age=9)
    assert [(one.value, one.level) for one in first.scales] == [
        (one.value, one.level) for one in second.scales
    ]
    assert set(first.urgent) == set(second.urgent)


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=20))
def test_answers_that_are_none_are_blanks(answers):
    found = score(instrument("gad-7"), answers)
    assert found.of("total").value is None
    assert found.urgent == ()


def test_too_fast_and_straight():
    known = instrument("ces-dc")
    straight = {item.id: "2" for item in known.items}
    mixed = straight | {"cesdc-1": "1"}
    assert scoring.marks(known, straight, 300).straight_line
    assert not scoring.marks(known, mixed, 300).straight_line
    # Without turned items the same answer everywhere may well be meant.
    assert not scoring.marks(
        instrument("phq-9"), {f"phq9-{n}": "0" for n in range(1, 10)}, 300
    ).straight_line
    assert scoring.marks(known, mixed, 37).too_fast
    assert not scoring.marks(known, mixed, 38).too_fast
    assert not scoring.marks(known, mixed, None).too_fast


def test_reliable_change():
    # domain: PHQ-9 with r = .80 gives 1.24 SD.
    assert round(scoring.reliable_change(1, 0.80), 2) == 1.24


KNOWN = Change("total", 0.80, "study")
WITH_SD = replace(KNOWN, sd=4.0, sd_source="study")


@pytest.mark.parametrize(
    ("before", "after", "known", "spread", "verdict", "needed"),
    # 1.96·√2·√.20 = 1.2396 spreads: 6.2 points of 5, 4.96 of 4.
    [
        (10, 16, KNOWN, 5.0, "unclear", 6.2),
        (10, 17, KNOWN, 5.0, "higher", 6.2),
        (17, 10, KNOWN, 5.0, "lower", 6.2),
        (10, 15, WITH_SD, 5.0, "higher", 4.96),  # the definition's own spread goes before ours
        (10, 14, WITH_SD, None, "unclear", 4.96),
        (0, 27, None, 5.0, "no_figure", None),
        (0, 27, KNOWN, None, "no_spread", None),
        (5, 5, KNOWN, 0.0, "unclear", 0.0),  # all alike: nothing is a change
    ],
)
def test_what_may_be_called_a_change(before, after, known, spread, verdict, needed):
    made = scoring.changed(Fraction(before), Fraction(after), known, spread)
    assert made.verdict == verdict
    assert made.needed == (None if needed is None else pytest.approx(needed, abs=0.005))


PLAIN = {
    "key": "x",
    "version": 1,
    "names": {"en": "X"},
    "prefix": "x-",
    "items": {"numbers": 3, "values": [0, 1]},
    "scale": [{"id": "total", "names": {"en": "T"}, "items": "all"}],
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"items": {}}, "no_items"),
        ({"items": {"numbers": 501, "values": [0, 1]}}, "too_many_items"),
        ({"items": {"numbers": [1, 1], "values": [0, 1]}}, "item_twice"),
        ({"items": {"numbers": 1, "values": [0, 0]}}, "option_twice"),
        ({"items": {"numbers": 1, "values": []}}, "no_options"),
        ({"scale": [{"id": "t", "names": {}, "items": [9]}]}, "no_such_item"),
        ({"scale": [{"id": "t", "names": {}}]}, "empty_scale"),
        ({"scale": [{"id": "t", "names": {}, "of": ["z"]}]}, "no_such_scale"),
        ({"scale": [{"id": "t", "names": {}, "items": "all", "blanks": "half"}]}, "no_such_rule"),
        (
            {"scale": [{"id": "t", "names": {}, "items": "all", "band": [{"level": "ill"}]}]},
            "no_such_level",
        ),
        ({"urgent": [{"item": 7, "at_least": 1}]}, "no_such_item"),
        ({"respondents": ["dog"]}, "no_such_respondent"),
        (
            {"items": {}, "item": [{"id": "a", "options": [{"code": "1"}]}]},
            "no_weights",
        ),
    ],
)
def test_a_definition_that_contradicts_itself_is_refused(change, code):
    with pytest.raises(BadInstrument) as refused:
        read(PLAIN | change)
    assert refused.value.code == code


def test_a_misspelt_rule_is_no_rule_left_out():
    with pytest.raises(TypeError):
        read(PLAIN | {"void_from_blank": 4})

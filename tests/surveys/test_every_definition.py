"""Each shipped definition against its published facts, value by value: every limit of every band, every item
left out, every answer that needs an adult. The facts stand here and in test_scoring.py, with their sources.
"""

import pytest

from surveys import shipped
from surveys.files.found import Found, FoundItem, FoundOption
from surveys.files.matching import definition_with_words
from surveys.instruments import read
from surveys.scoring import score
from tests.surveys.test_scoring import FACTS, all_of, answers_with

# First value of each band, from the lowest value on. Sources as in FACTS; MHT: yxjyw.cn (secondary).
BANDS = {
    ("who-5", "total"): [(0, "look"), (52, "usual")],  # 50 and less; values go by four
    ("phq-9", "total"): [(0, "usual"), (5, "watch"), (10, "look"), (15, "soon"), (20, "soon")],
    ("gad-7", "total"): [(0, "usual"), (5, "watch"), (10, "look"), (15, "soon")],
    ("psc-17", "total"): [(0, "usual"), (15, "look")],
    ("psc-17", "internalizing"): [(0, "usual"), (5, "look")],
    ("psc-17", "attention"): [(0, "usual"), (7, "look")],
    ("psc-17", "externalizing"): [(0, "usual"), (7, "look")],
    ("psc-35", "total"): [(0, "usual"), (28, "look")],
    ("y-psc", "total"): [(0, "usual"), (30, "look")],
    # massgeneral.org: the parts of the PSC-35 and Y-PSC have the limits of the PSC-17 (secondary).
    **{
        (key, part): [(0, "usual"), (limit, "look")]
        for key in ("psc-35", "y-psc")
        for part, limit in (("internalizing", 5), ("attention", 7), ("externalizing", 7))
    },
    # No limits of the owner's: 10 is ours, 15 often used.
    ("rses", "total"): [(0, "look"), (11, "watch"), (15, "usual")],
    ("ces-dc", "total"): [(0, "usual"), (15, "look")],
    ("dass-y", "d"): [(0, "usual"), (9, "look"), (14, "soon")],
    ("dass-y", "a"): [(0, "usual"), (8, "look"), (13, "soon")],
    ("dass-y", "s"): [(0, "usual"), (14, "look"), (17, "soon")],
}
# Eight parts of the MHT from 8 on, its total from 65 on.
MHT_PARTS = {
    "study": range(1, 16),
    "people": range(16, 26),
    "alone": range(26, 36),
    "blame": range(36, 46),
    "touchy": range(46, 56),
    "body": range(56, 71),
    "fear": range(71, 81),
    "rash": range(81, 100, 2),
}
URGENT = {"phq-9": {9}, "c-ssrs": {4, 5, 6}, "mht": {85, 97}, "mssmhs": {57}}
# What a blank does: source in the definition; "none" where no rule is published.
BLANKS = {
    "phq-9": "mean_fill",
    "sdq": "mean_fill",
    "psc-17": "zero",
    "psc-35": "zero",
    "y-psc": "zero",
}


def scale_of(key: str, name: str):
    return next(one for one in shipped.instruments()[key].scales if one.id == name)


def test_every_band_that_ships_is_in_the_table():
    banded = {
        (key, scale.id)
        for key, one in shipped.instruments().items()
        for scale in one.scales
        if scale.bands
    }
    # Means, whose edges stand in test_pointed_out.py.
    means = {("mspss", name) for name in ("total", "family", "friends", "other")}
    means |= {("mssmhs", name) for name in ("total", *FACTS["mssmhs"].parts)}
    assert banded == {*BANDS, *means, ("mht", "total"), *(("mht", name) for name in MHT_PARTS)}


@pytest.mark.parametrize(("key", "name"), BANDS, ids="-".join)
def test_the_limits_of_every_band(key, name):
    fact, known = FACTS[key], shipped.instruments()[key]
    items = scale_of(key, name).items
    step = scale_of(key, name).times
    most = len(items) * (fact.high - fact.low)
    starts = dict(BANDS[key, name])
    level = ""
    for raw in range(most + 1):
        level = starts.get(raw * step, level)
        found = score(known, answers_with(known, fact, items, raw), age=fact.age).of(name)
        assert (found.value, found.level) == (raw * step, level)


@pytest.mark.parametrize(
    ("age", "limits"),
    # Outside its ages, or of an unknown one, it says what both limits say, and between them nothing.
    [
        *((age, (24, 24)) for age in (4, 5)),
        *((age, (28, 28)) for age in (6, 16)),
        *((age, (24, 28)) for age in (3, 17, None)),
    ],
)
def test_psc_35_at_every_edge_of_age(age, limits):
    fact, known = FACTS["psc-35"], shipped.instruments()["psc-35"]
    items = scale_of("psc-35", "total").items
    for raw in (0, 23, 24, 27, 28, 70):
        found = score(known, answers_with(known, fact, items, raw), age=age).of("total")
        wanted = "look" if raw >= limits[1] else "usual" if raw < limits[0] else ""
        assert (found.value, found.level) == (raw, wanted)
        assert found.may_ask_for_look is not bool(wanted)


def test_mht_each_part_and_the_total_at_their_limits():
    known = shipped.instruments()["mht"]
    nothing = {item.id: "0" for item in known.items}
    for name, numbers in MHT_PARTS.items():
        for raw in range(len(numbers) + 1):
            answers = nothing | {f"mht-{n}": "1" for n in list(numbers)[:raw]}
            made = score(known, answers)
            assert made.of(name).value == made.of("total").value == raw
            assert made.of(name).level == ("look" if raw >= 8 else "usual")
    everything = score(known, dict.fromkeys(nothing, "1"))
    assert [everything.of(name).value for name in MHT_PARTS] == [15, 10, 10, 10, 10, 15, 10, 10]
    assert (everything.of("total").value, everything.is_void) == (90, True)
    assert {one.level for one in everything.scales} == {""}


def test_mht_each_check_item_counts_once_and_in_no_sum():
    known = shipped.instruments()["mht"]
    nothing = {item.id: "0" for item in known.items}
    checks = [f"mht-{n}" for n in range(82, 101, 2)]
    for left_out in checks[:4]:
        seven = [name for name in checks if name != left_out][:7]
        assert score(known, nothing | dict.fromkeys(seven, "1")).is_void
        six = score(known, nothing | dict.fromkeys(seven[:6], "1"))
        assert (six.is_void, six.of("total").value) == (False, 0)


@pytest.mark.parametrize("key", sorted(FACTS))
def test_each_item_left_out_alone(key):
    fact, known = FACTS[key], shipped.instruments()[key]
    for high in (False, True):
        answers = all_of(fact, high=high)
        full = {one.scale.id: one.value for one in score(known, answers).scales}
        for item in known.items:
            made = score(known, {name: code for name, code in answers.items() if name != item.id})
            assert not made.is_void
            for scale in known.scales:
                parts = [scale_of(key, name).items for name in scale.of] or [scale.items]
                value = made.of(scale.id).value
                if all(item.id not in part for part in parts):
                    assert value == full[scale.id]
                elif BLANKS.get(key) == "mean_fill":
                    assert value == full[scale.id]  # the mean of others that are all alike
                elif BLANKS.get(key) == "zero":
                    assert value == full[scale.id] - (fact.high if high else 0)
                else:
                    assert value is None


@pytest.mark.parametrize("key", sorted(shipped.instruments()))
def test_each_answer_that_needs_an_adult_alone_and_no_other(key):
    known = shipped.instruments()[key]
    for item in known.items:
        for option in item.options:
            number = item.id.removeprefix(known.items[0].id.removesuffix("1"))
            # Any answer but the mildest: of all these scales the second one.
            is_mildest = option.value == min(item.values or [0])
            is_marked = number.isdigit() and int(number) in URGENT.get(key, ())
            wanted = is_marked and not is_mildest
            made = score(known, {item.id: option.code})
            assert (made.urgent == (item.id,)) is wanted, (item.id, option.code)


@pytest.mark.parametrize(
    ("wanted", "levels"),
    # Sources differ: 12 or more, or more than 12. Without a choice nothing is said.
    [("12", ["usual", "look", "look"]), ("13", ["usual", "usual", "look"]), ("", [""] * 3)],
)
def test_smfq_is_looked_at_from_where_the_school_chooses(wanted, levels):
    known = shipped.instruments()["smfq"]
    said = enumerate(("not true", "sometimes", "true"))
    words = tuple(FoundOption(str(n), {"en": word}, n) for n, word in said)
    found = Found("T", tuple(FoundItem(f"q{n}", {"en": f"Q{n}"}, words) for n in range(1, 14)))
    made = read(
        definition_with_words(
            shipped.definitions()["smfq"],
            known,
            found,
            {f"smfq-{n}": f"q{n}" for n in range(1, 14)},
            limits={"total": wanted},
        )
    )
    items = scale_of("smfq", "total").items
    for raw, level in zip((11, 12, 13), levels, strict=True):
        assert (
            score(made, answers_with(known, FACTS["smfq"], items, raw)).of("total").level == level
        )


# Du, Kou & Coghill 2008, doi:10.1186/1753-2000-2-8, table 4: normal and borderline range, by who answers.
SDQ_LIMITS = {
    "total": {"parent": ((0, 14), (15, 16)), "teacher": ((0, 13), (14, 17)), "self": ((0, 14), (15, 17))},
    "emotional": {"parent": ((0, 3), (4, 4)), "teacher": ((0, 3), (4, 4)), "self": ((0, 4), (5, 5))},
    "conduct": {"parent": ((0, 2), (3, 3)), "teacher": ((0, 2), (3, 3)), "self": ((0, 3), (4, 4))},
    "activity": {"parent": ((0, 6), (7, 7)), "teacher": ((0, 6), (7, 8)), "self": ((0, 5), (6, 6))},
    "peers": {"parent": ((0, 4), (5, 5)), "teacher": ((0, 4), (5, 5)), "self": ((0, 4), (5, 5))},
    "prosocial": {"parent": ((6, 10), (5, 5)), "teacher": ((5, 10), (4, 4)), "self": ((6, 10), (5, 5))},
}  # fmt: skip


@pytest.mark.parametrize("who", ["parent", "teacher", "self"])
def test_the_sdq_by_the_limits_of_whoever_answers(who):
    known = shipped.instruments()["sdq"]
    for name, limits in SDQ_LIMITS.items():
        usual, watch = (range(low, high + 1) for low, high in limits[who])
        bands = next(one.bands for one in scale_of("sdq", name).limits if one.id == who)
        for value in range(41 if name == "total" else 11):
            level = "usual" if value in usual else "watch" if value in watch else "look"
            assert [one.level for one in bands if one.holds(value, "", 12)] == [level], (
                name,
                value,
            )
    assert {one.level for one in score(known, all_of(FACTS["sdq"], high=True)).scales} == {""}


# Which item belongs to which part: PMC5571194, table 1. Their order: that of the PMHC MDS. One word
# of each item, as the owner's own variable names have it.
SDQ_ORDER = (
    "considerate restless somatic shares tempers loner obeys worries caring fidgety friend fights unhappy "
    "popular distracted clingy kind lies bullied helpful reflects steals adults fears attends"
).split()
SDQ_PARTS = {
    "activity": "restless fidgety distracted reflects attends",
    "emotional": "somatic worries unhappy clingy fears",
    "peers": "loner friend popular bullied adults",
    "conduct": "tempers obeys fights lies steals",
    "prosocial": "considerate shares caring kind helpful",
}
SDQ_TURNED = "obeys friend popular reflects attends"


def test_the_parts_of_the_sdq_are_the_published_ones():
    known = shipped.instruments()["sdq"]
    for name, words in SDQ_PARTS.items():
        numbers = sorted(SDQ_ORDER.index(one) + 1 for one in words.split())
        assert scale_of("sdq", name).items == tuple(f"sdq-{n}" for n in numbers)
    turned = [SDQ_ORDER[n] for n, item in enumerate(known.items) if item.is_reversed]
    assert turned == SDQ_TURNED.split()


@pytest.mark.parametrize("key", ["c-ssrs"])
def test_what_has_no_sum_has_none(key):
    known = shipped.instruments()[key]
    assert (len(known.items), known.scales, known.respondents) == (6, (), ("staff",))

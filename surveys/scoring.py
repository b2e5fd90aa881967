"""From answers to figures, step by step. Pure.

The same answers give the same score, in whatever order they come. `score` never says what somebody has: a
band asks an adult to look (surveys.instruments.LEVELS). Only `Score.asks_for_look` decides whom a form points
out, from the bands of its definition.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt
from statistics import fmean, stdev

from surveys.instruments import (
    LEVELS,
    MEAN,
    NO_BLANK,
    POINTS_OUT,
    ZERO,
    Band,
    Change,
    Instrument,
    Scale,
)

Answers = Mapping[str, str]  # item id → code of the option; "" if it was skipped

# Seconds for one item below which nobody reads it. Source: Huang et al. 2012, J Bus Psychol 27:99 (secondary:
# quoted in reviews of careless responding; for adults, so it is only a mark).
TOO_FAST_SECONDS = 2
# The same answer everywhere means something only with this many items, some of them reversed.
STRAIGHT_FROM_ITEMS = 5


@dataclass(frozen=True)
class Step:
    """One step of the sum: `what` is a key of surveys.wording.STEP_WORDS, `facts` its figures."""

    what: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ScaleScore:
    scale: Scale
    value: Fraction | None  # None: no score may be given
    answered: int
    blank: int
    band: Band | None
    steps: tuple[Step, ...]
    # The lowest and the highest value that blank items leave possible; both are `value` if there is one.
    possible: tuple[Fraction, Fraction] | None = None
    # Levels that are still possible: one if the value is known, several if blanks or an unknown age leave it
    # open, none without bands.
    levels: tuple[str, ...] = ()

    @property
    def level(self) -> str:
        """The level that applies whatever the answers to the open questions; "" if none does."""
        if len(self.levels) == 1 or (self.levels and POINTS_OUT.issuperset(self.levels)):
            return min(self.levels, key=LEVELS.index)
        return ""

    @property
    def may_ask_for_look(self) -> bool:
        """Whether it is undecided: one of the levels still possible asks for a look, another does not."""
        return not self.level and not POINTS_OUT.isdisjoint(self.levels)


@dataclass(frozen=True)
class Score:
    scales: tuple[ScaleScore, ...]
    void: tuple[Step, ...]  # why nobody may use the score; empty: it is usable
    urgent: tuple[str, ...]  # items, whatever the total and however much is missing
    to_look_at: tuple[str, ...]  # items of a pulse whose answer asks for a look

    def of(self, scale_id: str) -> ScaleScore | None:
        return next((one for one in self.scales if one.scale.id == scale_id), None)

    @property
    def is_void(self) -> bool:
        return bool(self.void)

    @property
    def level(self) -> str:
        """The gravest level of its scales; "" if there is none or the form is void."""
        found = {one.level for one in self.scales} & set(LEVELS)
        return max(found, key=LEVELS.index, default="")

    @property
    def asks_already(self) -> bool:
        """Whether the answers so far point the child out, whatever comes after them.

        Urgent answers do not count here; they have a concern.
        """
        return bool(self.level in POINTS_OUT or self.to_look_at)

    @property
    def asks_for_look(self) -> bool:
        """Whether a finished form points the child out; the only rule for this.

        What is unknown is not taken as fine.
        """
        is_open = any(one.may_ask_for_look for one in self.scales)
        return bool(self.asks_already or self.urgent or self.void or is_open)


def score(
    instrument: Instrument, answers: Answers, *, sex: str = "", age: int | None = None
) -> Score:
    """Return the figures of one person.

    `sex` is "f" or "m", `age` in whole years; both may be empty if unknown, and then a band that needs it is
    left out. An answer outside its options counts as blank. An item that is not asked after these answers
    (surveys.conditions) counts neither as answered nor as blank.
    """
    asked = instrument.asked(answers)
    counted = answers
    if instrument.has_conditions:
        counted = {name: code for name, code in answers.items() if name in asked}
    # The weight of each answer; nothing is reversed yet.
    chosen = {item.id: item.option(counted.get(item.id, "")) for item in instrument.items}
    raw = {name: one.value for name, one in chosen.items() if one and one.value is not None}
    void = _void(instrument, raw, asked)
    found: dict[str, ScaleScore] = {}
    for scale in sorted(instrument.scales, key=lambda one: bool(one.of)):
        made = _of_scales(scale, found) if scale.of else _of_items(scale, instrument, raw, asked)
        if not void:
            made = _banded(made, sex, age)
        found[scale.id] = made
    return Score(
        scales=tuple(found[one.id] for one in instrument.scales),
        void=void,
        urgent=tuple(
            item.id
            for item in instrument.items
            if instrument.is_urgent(item.id, answers.get(item.id, ""))
        ),
        to_look_at=tuple(name for name, one in chosen.items() if one and one.is_to_look_at),
    )


def _void(
    instrument: Instrument, raw: Mapping[str, int], asked: Collection[str]
) -> tuple[Step, ...]:
    reasons = []
    scored = {name for scale in instrument.scales for name in scale.items if name in asked}
    blanks = len(scored - set(raw))
    if instrument.void_from_blanks is not None and blanks >= instrument.void_from_blanks:
        reasons.append(_step("void_blanks", blanks=blanks, limit=instrument.void_from_blanks))
    if instrument.void_from_validity is not None:
        told = sum(raw.get(name, 0) for name in instrument.validity_items)
        if told >= instrument.void_from_validity:
            reasons.append(_step("void_validity", sum=told, limit=instrument.void_from_validity))
    return tuple(reasons)


def _banded(made: ScaleScore, sex: str, age: int | None) -> ScaleScore:
    """Return the score with the band of its value, and every level that is possible."""
    if made.possible is None:
        return made
    low, high = (float(one) for one in made.possible)
    fitting = [one for one in made.scale.bands if one.is_for(sex, age)] or made.scale.bands
    reached = {one.level for one in fitting if one.meets(low, high)}
    band = None
    if made.value is not None:
        band = next((one for one in made.scale.bands if one.holds(low, sex, age)), None)
    return replace(made, band=band, levels=tuple(sorted(reached, key=LEVELS.index)))


def _of_items(
    scale: Scale, instrument: Instrument, raw: Mapping[str, int], asked: Collection[str]
) -> ScaleScore:
    items = [item for name in scale.items if name in asked and (item := instrument.item(name))]
    if not items:
        return ScaleScore(scale, None, 0, 0, None, (_step("not_asked"),))
    values = {item.id: raw[item.id] for item in items if item.id in raw}
    reversed_items = [item for item in items if item.is_reversed and item.id in raw]
    for item in reversed_items:
        values[item.id] = min(item.values) + max(item.values) - raw[item.id]
    names = ", ".join(item.id for item in reversed_items)
    steps = [_step("turned", items=names)] if names else []
    blank = len(items) - len(values)
    total, told = _filled(scale, values, blank)
    steps += told
    unit = Fraction(scale.times, len(items) if scale.method == MEAN else 1)
    if total is None:
        # Reversing an item swaps its ends, so blanks leave the same range either way.
        known, open_items = sum(values.values()), [one for one in items if one.id not in values]
        low = (known + sum(min(one.values) for one in open_items)) * unit
        high = (known + sum(max(one.values) for one in open_items)) * unit
        return ScaleScore(scale, None, len(values), blank, None, tuple(steps), (low, high))
    if scale.method == MEAN:
        steps.append(_step("mean", count=len(items), value=figure(total / len(items))))
    if scale.times != 1:
        steps.append(_step("times", times=scale.times, value=figure(total * unit)))
    total *= unit
    return ScaleScore(scale, total, len(values), blank, None, tuple(steps), (total, total))


def _filled(
    scale: Scale, values: Mapping[str, int], blank: int
) -> tuple[Fraction | None, list[Step]]:
    """Return the sum after the rule for blank items, or None if the rule gives no sum."""
    plain = Fraction(sum(values.values()))
    summed = _step("sum", count=len(values), value=figure(plain))
    if not blank:
        return plain, [summed]
    if scale.blanks == ZERO:
        return plain, [summed, _step("blank_zero", blank=blank)]
    if scale.blanks == NO_BLANK or blank > scale.most_blanks or not values:
        return None, [_step("too_many_blanks", blank=blank, most=scale.most_blanks)]
    exact = plain * (len(values) + blank) / len(values)
    whole = Fraction(math.floor(exact + Fraction(1, 2)))  # half a point rounds up
    told = _step("mean_filled", blank=blank, exact=figure(exact), value=figure(whole))
    return whole, [summed, told]


def _of_scales(scale: Scale, found: Mapping[str, ScaleScore]) -> ScaleScore:
    """Return the sum of other scales, leaving out a part of which no item was asked."""
    parts = [one for name in scale.of if (one := found[name]).answered or one.blank]
    if not parts:
        return ScaleScore(scale, None, 0, 0, None, (_step("not_asked"),))
    answered, blank = sum(one.answered for one in parts), sum(one.blank for one in parts)
    ranges = [one.possible for one in parts if one.possible is not None]
    low, high = (sum(ends, Fraction(0)) for ends in zip(*ranges, strict=True))
    if any(one.value is None for one in parts):
        missing = (_step("part_missing"),)
        return ScaleScore(scale, None, answered, blank, None, missing, (low, high))
    step = _step("sum_of_scales", count=len(parts), value=figure(low))
    return ScaleScore(scale, low, answered, blank, None, (step,), (low, low))


def _step(what: str, **facts: object) -> Step:
    return Step(what, tuple((name, str(value)) for name, value in facts.items()))


def figure(value: Fraction | None) -> str:
    """Return the value as text, such as 12 or 12.25: two decimal places at most."""
    if value is None:
        return ""
    return str(int(value)) if value.denominator == 1 else f"{float(value):.2f}".rstrip("0")


@dataclass(frozen=True)
class Marks:
    """How somebody answered, not what: a mark asks readers to take the answers with care."""

    too_fast: bool
    straight_line: bool


def marks(instrument: Instrument, answers: Answers, seconds: float | None) -> Marks:
    """Return the marks. `seconds`: from the first to the last answer; None if unknown."""
    given = {name: code for name, code in answers.items() if code}
    fast = seconds is not None and len(given) > 1
    too_fast = fast and (seconds or 0) < TOO_FAST_SECONDS * (len(given) - 1)
    turned = any(item.is_reversed for item in instrument.items if item.id in given)
    same = len(set(given.values())) == 1 and len(given) >= STRAIGHT_FROM_ITEMS
    return Marks(too_fast=bool(too_fast), straight_line=same and turned)


def reliable_change(sd: float, r: float) -> float:
    """Return by how much two scores must differ before we may speak of change (95 %): 1.96·√2·SD·√(1−r).

    Source: Jacobson & Truax 1991, J Consult Clin Psychol 59:12. Below it: no clear change.
    """
    return 1.96 * sqrt(2) * sd * sqrt(1 - r)


# How two scores of one person compare; the first two say why we cannot tell.
NO_FIGURE, NO_SPREAD, UNCLEAR, HIGHER, LOWER = (
    "no_figure",
    "no_spread",
    "unclear",
    "higher",
    "lower",
)
# Fewer people than this give no reliable spread: it would be off by more than an eighth (1/√(2·29)).
SPREAD_FROM = 30


@dataclass(frozen=True)
class Changed:
    before: Fraction
    after: Fraction
    verdict: str
    needed: float | None = None  # points from which we may speak of change


def changed(
    before: Fraction, after: Fraction, known: Change | None, spread: float | None
) -> Changed:
    """Return how two scores compare. `spread`: the standard deviation to use if the definition has none."""
    sd = known.sd if known and known.sd is not None else spread
    if known is None or sd is None:
        return Changed(before, after, NO_FIGURE if known is None else NO_SPREAD)
    needed = reliable_change(sd, known.r)
    if abs(after - before) < needed or after == before:
        return Changed(before, after, UNCLEAR, needed)
    return Changed(before, after, HIGHER if after > before else LOWER, needed)


@dataclass(frozen=True)
class Summary:
    n: int
    mean: float
    sd: float  # of a sample (n − 1)


def summary(values: Sequence[float]) -> Summary:
    """Return the summary of at least two values."""
    return Summary(len(values), fmean(values), stdev(values))

"""An instrument: items, answers, scales, bands, and what makes an answer urgent. Pure.

A definition is a plain dictionary, whether it comes from a file of `surveys/definitions/` or from a row
(`surveys.models.Edition`): `read` checks it and returns a frozen `Instrument`.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from surveys import conditions
from surveys.conditions import Rule

Texts = Mapping[str, str]  # {language as Django writes it ("zh-hans", "en"): text}

ITEMS_MAX = 500
SUM, MEAN = "sum", "mean"
NO_BLANK, MEAN_FILL, ZERO = "none", "mean_fill", "zero"
# How much a band asks of an adult; never what a child has.
USUAL, WATCH, LOOK, SOON = "usual", "watch", "look", "soon"
LEVELS = (USUAL, WATCH, LOOK, SOON)  # from the mildest to the gravest
POINTS_OUT = frozenset({LOOK, SOON})
PUPIL, PARENT, CARER, STAFF = "pupil", "parent", "carer", "staff"
RESPONDENTS = (PUPIL, PARENT, CARER, STAFF)
FACES, STEPS, WORDS = "faces", "steps", "words"  # how the answers are drawn
LANGUAGES = ("zh-hans", "en")


class BadInstrument(ValueError):
    """A definition that contradicts itself. `code` says how, `where` at which item or scale."""

    def __init__(self, code: str, where: str = ""):
        super().__init__(f"{code} {where}".strip())
        self.code, self.where = code, where


@dataclass(frozen=True)
class Option:
    code: str
    value: int | None = None  # None: an answer without a weight
    texts: Texts = field(default_factory=dict)
    is_to_look_at: bool = False
    is_urgent: bool = False  # needs an adult now; numbered scales use `Urgent` instead
    file_code: str = ""  # its name in the owner's file
    file_weight: int | None = None  # its weight in the owner's file, if the file states it


@dataclass(frozen=True)
class Item:
    id: str
    options: tuple[Option, ...]
    texts: Texts = field(default_factory=dict)
    topic: Texts = field(default_factory=dict)  # what it is about, in our words, not the owner's
    codes: tuple[str, ...] = ()  # LOINC codes, which identify a file's item
    is_reversed: bool = False
    drawn_as: str = WORDS
    min_age: int = 0
    link_id: str = ""  # its name in the owner's file
    rules: tuple[Rule, ...] = ()  # without any, it is always asked

    def option(self, code: str) -> Option | None:
        return next((one for one in self.options if one.code == code), None)

    @property
    def values(self) -> list[int]:
        return [one.value for one in self.options if one.value is not None]

    def counted(self, value: int) -> int:
        """Return what an answer of this weight adds to a sum: reversed, for a reversed item."""
        return min(self.values) + max(self.values) - value if self.is_reversed else value


@dataclass(frozen=True)
class Band:
    """Inclusive limits of a scale's value; `sex` and ages restrict for whom they apply."""

    level: str
    at_least: float | None = None
    at_most: float | None = None
    sex: str = ""
    from_age: int = 0
    to_age: int = 200
    source: str = ""

    def is_for(self, sex: str, age: int | None) -> bool:
        for_whom = not self.sex or self.sex == sex
        if (self.from_age, self.to_age) != (0, 200):
            for_whom = for_whom and age is not None and self.from_age <= age <= self.to_age
        return for_whom

    def meets(self, low: float, high: float) -> bool:
        """Return whether some value from `low` to `high` lies inside its limits."""
        above = self.at_least is None or high >= self.at_least
        return above and (self.at_most is None or low <= self.at_most)

    def holds(self, value: float, sex: str, age: int | None) -> bool:
        return self.is_for(sex, age) and self.meets(value, value)


@dataclass(frozen=True)
class Limits:
    """Bands that a school may choose where sources differ; `names` describes them."""

    id: str
    names: Texts
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True)
class Scale:
    """`items` by id, or `of` other scales; `times` multiplies the sum (WHO-5: 4)."""

    id: str
    names: Texts
    items: tuple[str, ...] = ()
    of: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()  # LOINC codes, which identify a file's sum
    method: str = SUM
    times: int = 1
    blanks: str = NO_BLANK
    most_blanks: int = 0
    bands: tuple[Band, ...] = ()
    limits: tuple[Limits, ...] = ()
    notes: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Urgent:
    """An answer of at least `at_least` needs an adult now, whatever the total."""

    item: str
    at_least: int


@dataclass(frozen=True)
class Accuracy:
    """What a study found at one limit: shares between 0 and 1."""

    scale: str
    at_least: int
    sensitivity: float
    specificity: float
    prevalence: float
    source: str


@dataclass(frozen=True)
class Change:
    """Figures for reliable change.

    `r` is the correlation of two measurements of people who did not change. `sd` is the spread (standard
    deviation) among people like those who are asked, if a source gives it.
    """

    scale: str
    r: float
    source: str
    sd: float | None = None
    sd_source: str = ""


@dataclass(frozen=True)
class Instrument:
    key: str
    version: int
    names: Texts
    items: tuple[Item, ...]
    about: Texts = field(default_factory=dict)
    intro: Texts = field(default_factory=dict)  # shown above each question
    is_validated: bool = False
    respondents: tuple[str, ...] = (PUPIL,)
    min_age: int = 0
    max_age: int = 200
    scales: tuple[Scale, ...] = ()
    urgent: tuple[Urgent, ...] = ()
    void_from_blanks: int | None = None
    validity_items: tuple[str, ...] = ()
    void_from_validity: int | None = None
    accuracy: tuple[Accuracy, ...] = ()
    change: tuple[Change, ...] = ()
    # Limits for one respondent only: {id of the limits: changes to the definition with them}.
    limits_for: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    # The share of children who will need a talk afterwards, and the source of the figure.
    follow_up_share: float = 0.0
    follow_up_source: Texts = field(default_factory=dict)
    # Days after which it may be given again, and the source of the figure; 0: none is published.
    again_after_days: int = 0
    again_source: Texts = field(default_factory=dict)
    needs_consent: bool = True
    never_in_a_round: bool = False  # asked by trained people in person, one child at a time
    # Several print orders circulate, so a number in a file does not say which item it is.
    order_varies: bool = False
    # Wording that circulates in copies and is wrong, in lower case.
    known_mistakes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    licence: Texts = field(default_factory=dict)
    where: str = ""

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {one.id: one for one in self.items}

    def item(self, item_id: str) -> Item | None:
        return self._by_id.get(item_id)

    @cached_property
    def items_by_name(self) -> dict[str, Item]:
        """{name: item} for every name that a file may use for an item; LOINC's forms write "/44250-9"."""
        return {
            name.lstrip("/"): item
            for item in self.items
            for name in (item.link_id, item.id, *item.codes)
            if name
        }

    @property
    def has_wording(self) -> bool:
        return all(item.texts and all(one.texts for one in item.options) for item in self.items)

    @property
    def is_scored(self) -> bool:
        return bool(self.scales)

    @cached_property
    def has_conditions(self) -> bool:
        return any(one.rules for one in self.items)

    def items_for(
        self, age: int | None, answers: Mapping[str, str] | None = None
    ) -> tuple[Item, ...]:
        """Return items for this age that are asked after these answers.

        For an unknown age, return those for everybody.
        """
        asked = self.asked(answers or {})
        return tuple(
            one
            for one in self.items
            if one.id in asked and (not one.min_age or (age or 0) >= one.min_age)
        )

    def asked(self, answers: Mapping[str, str]) -> Collection[str]:
        """Return ids of the items that are asked after these answers, for any age."""
        if not self.has_conditions:
            return self._by_id.keys()
        return conditions.enabled(self._by_id, answers)

    @cached_property
    def urgent_items(self) -> frozenset[str]:
        """Items with an answer that needs an adult at once, whichever way the definition marks it."""
        marked = {one.id for one in self.items if any(each.is_urgent for each in one.options)}
        return frozenset(marked | {one.item for one in self.urgent})

    @property
    def may_be_urgent(self) -> bool:
        return bool(self.urgent_items)

    @cached_property
    def points_out(self) -> bool:
        """Whether some answers would ask an adult to look: a band, an answer of a pulse, or an urgent one."""
        levels = {band.level for scale in self.scales for band in scale.bands}
        marked = any(one.is_to_look_at for item in self.items for one in item.options)
        return marked or self.may_be_urgent or not POINTS_OUT.isdisjoint(levels)

    def is_for_age(self, age: int | None) -> bool:
        """Return whether it is for this age; an unknown age fits only if there is no limit."""
        if age is None:
            return (self.min_age, self.max_age) == (0, 200)
        return self.min_age <= age <= self.max_age

    def is_urgent(self, item_id: str, code: str) -> bool:
        found = self.item(item_id)
        option = found.option(code) if found else None
        if option is None:
            return False
        limits = [one.at_least for one in self.urgent if one.item == item_id]
        over = bool(limits) and option.value is not None and option.value >= min(limits)
        return over or option.is_urgent


def text_in(texts: Texts, language: str) -> str:
    """Return the text in `language`, else in Chinese, else in any language."""
    return texts.get(language) or texts.get("zh-hans") or next(iter(texts.values()), "")


def read(given: Mapping[str, Any]) -> Instrument:
    """Return the instrument of a definition. Raises `BadInstrument`.

    It raises for an unknown key too: a misspelt rule must not be ignored.
    """
    known: dict[str, Any] = dict(given)
    numbering = known.pop("prefix", "")
    numbered, written = known.pop("items", {}), known.pop("item", [])
    items = [*(_numbered(numbering, **numbered) if numbered else ())]
    for one in written:
        made: dict[str, Any] = {
            "options": tuple(Option(**option) for option in one.get("options", [])),
            "codes": tuple(one.get("codes", ())),
            "rules": conditions.read_rules(one.get("rules", ())),
        }
        items.append(Item(**{**one, **made}))
    scales = []
    for one in known.pop("scale", []):
        wanted = one.get("items", [])
        numbers = [item.id for item in items] if wanted == "all" else wanted
        made = {
            "items": tuple(_id(each, numbering) for each in numbers),
            "of": tuple(one.get("of", ())),
            "codes": tuple(one.get("codes", ())),
            "bands": _bands(one),
            "limits": tuple(
                Limits(each["id"], each["names"], _bands(each)) for each in one.get("limits", [])
            ),
        }
        rest = {name: value for name, value in one.items() if name != "band"}
        scales.append(Scale(**{**rest, **made}))
    instrument = Instrument(
        items=tuple(items),
        scales=tuple(scales),
        urgent=tuple(
            Urgent(_id(one["item"], numbering), one["at_least"]) for one in known.pop("urgent", [])
        ),
        accuracy=tuple(Accuracy(**one) for one in known.pop("accuracy", [])),
        change=tuple(Change(**one) for one in known.pop("change", [])),
        validity_items=tuple(_id(one, numbering) for one in known.pop("validity_items", [])),
        respondents=tuple(known.pop("respondents", (PUPIL,))),
        sources=tuple(known.pop("sources", ())),
        known_mistakes=tuple(known.pop("known_mistakes", ())),
        **known,
    )
    _check(instrument)
    return instrument


def _id(written: str | int, prefix: str) -> str:
    """Return the item's id: definitions of numbered scales write 4 for phq-9.4."""
    return f"{prefix}{written}" if isinstance(written, int) else written


def _numbered(
    prefix: str,
    *,
    numbers: list[int] | int,
    values: list[int],
    reversed: Iterable[int] = (),
    codes: Iterable[str] = (),
    topics: Mapping[str, Texts] | None = None,
) -> Iterable[Item]:
    """Yield items of a scale whose wording belongs to somebody else: numbers, topics and weights only.

    Weights rise with how often or how much, even for reversed items, which are reversed when they are
    counted.
    """
    order = list(range(1, numbers + 1)) if isinstance(numbers, int) else numbers
    known = dict(zip(order, codes, strict=False))
    turned = set(reversed)
    options = tuple(Option(str(value), value) for value in values)
    for number in order:
        yield Item(
            id=f"{prefix}{number}",
            options=options,
            topic=(topics or {}).get(str(number), {}),
            codes=(known[number],) if number in known else (),
            is_reversed=number in turned,
        )


def _bands(given: Mapping[str, Any]) -> tuple[Band, ...]:
    return tuple(Band(**band) for band in given.get("band", []))


def _check(instrument: Instrument) -> None:
    if not instrument.items:
        raise BadInstrument("no_items")
    if len(instrument.items) > ITEMS_MAX:
        raise BadInstrument("too_many_items", str(len(instrument.items)))
    for name, count in Counter(one.id for one in instrument.items).items():
        if count > 1:
            raise BadInstrument("item_twice", name)
    for item in instrument.items:
        _check_item(item)
    known = {one.id: one for one in instrument.items}
    names = {one.item for one in instrument.urgent} | set(instrument.validity_items)
    for scale in instrument.scales:
        _check_scale(scale, known, {one.id for one in instrument.scales})
        names |= set(scale.items)
    names |= {name for item in instrument.items for name in conditions.needs(item.rules)}
    for name in sorted(names - set(known)):
        raise BadInstrument("no_such_item", name)
    circle = conditions.in_circle({one.id: conditions.needs(one.rules) for one in known.values()})
    if circle:
        raise BadInstrument("enable_circle", circle)
    if set(instrument.respondents) - set(RESPONDENTS):
        raise BadInstrument("no_such_respondent")


def _check_item(item: Item) -> None:
    for code, count in Counter(one.code for one in item.options).items():
        if count > 1 or not code:
            raise BadInstrument("option_twice", item.id)
    if not item.options:
        raise BadInstrument("no_options", item.id)
    if any(one.operator not in conditions.OPERATORS for rule in item.rules for one in rule.when):
        raise BadInstrument("no_such_operator", item.id)


def _check_scale(scale: Scale, known: Mapping[str, Item], scales: set[str]) -> None:
    if not scale.items and not scale.of:
        raise BadInstrument("empty_scale", scale.id)
    if set(scale.of) - scales:
        raise BadInstrument("no_such_scale", scale.id)
    if scale.blanks not in (NO_BLANK, MEAN_FILL, ZERO) or scale.method not in (SUM, MEAN):
        raise BadInstrument("no_such_rule", scale.id)
    if any(band.level not in LEVELS for band in scale.bands):
        raise BadInstrument("no_such_level", scale.id)
    for name in scale.items:
        if name in known and len(known[name].values) != len(known[name].options):
            raise BadInstrument("no_weights", name)

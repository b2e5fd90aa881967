"""Count filled-in forms of other programs again, and compare with the sums that they state. Pure.

We say that a sum agrees only if we have counted it; a sum that we could not count has a reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from surveys import scoring
from surveys.files.fhir_responses import FoundResponse, GivenAnswer, StatedSum
from surveys.files.weights import amount
from surveys.instruments import Instrument, Item, Option, Scale

# Why a sum was not counted.
UNKNOWN = "unknown"  # no definition fits, and not every answer states a weight
NO_SUCH_SUM = "no_such_sum"  # the definition has no sum of this name
NOT_UNDERSTOOD = "not_understood"  # an answer is not among the item's options
BLANK = "blank"  # too many blank items
VOID = "void"  # the definition says that these answers may not be used
TURNED = "turned"  # the file does not show whether its weights are already reversed
SUM_WORDS = ("total", "score", "sum", "总分", "合计", "得分")


@dataclass(frozen=True)
class Checked:
    """A stated sum. `ours` is the sum of the answers.

    If we did not count it, `ours` is None and `reason` says why.
    """

    stated: StatedSum
    ours: float | None
    reason: str = ""

    @property
    def differs(self) -> bool:
        return self.ours is not None and self.ours != self.stated.value


@dataclass(frozen=True)
class Understood:
    """A response, sorted by an instrument's items.

    `answers`: {item: code of our option, "" if the answer is not among the item's options}; `unclear`:
    reversed items whose answer has a weight that may or may not be reversed already.
    """

    answers: Mapping[str, str]
    unclear: frozenset[str] = frozenset()

    @property
    def known(self) -> int:
        return sum(map(bool, self.answers.values()))


def understood(response: FoundResponse, instrument: Instrument) -> Understood:
    """Understand answers by the option's code or text, else by the weight in the file.

    Numbers that a file gives as the answer to a question are its weights.
    """
    numbers = [
        GivenAnswer(one.link_id, "", int(one.value), "")
        for one in response.sums
        if one.value == int(one.value)
    ]
    by_name = instrument.items_by_name
    given = [*response.answers, *numbers]
    asked = [(one, item) for one in given if (item := by_name.get(one.link_id.lstrip("/")))]
    way = _turned_in_file(asked)
    answers: dict[str, str] = {}
    unclear = set()
    for answer, item in asked:
        option = _named(answer, item)
        if option is None:
            option, is_clear = _weighed(answer, item, way)
            if not is_clear:
                unclear.add(item.id)
        answers[item.id] = option.code if option else ""
    return Understood(answers, frozenset(unclear))


def _named(answer: GivenAnswer, item: Item) -> Option | None:
    for option in item.options:
        # A definition without wording has numbers for codes: these are weights, not names.
        names = {option.file_code, *option.texts.values()} - {""}
        names |= {option.code} if item.texts else set()
        if answer.code in names or answer.words in names:
            return option
    return None


def _weighed(answer: GivenAnswer, item: Item, is_turned: bool | None) -> tuple[Option | None, bool]:
    """Return (the option, whether its direction is known).

    An edition remembers the weights of its file; with a bare definition a reversed item may be reversed
    already.
    """
    weight = answer.weight
    if weight is None and answer.code.isdecimal() and len(answer.code) <= 4:
        weight = int(answer.code)
    if weight is None:
        return None, True
    by_file = [one for one in item.options if one.file_weight == weight]
    if by_file:
        return by_file[0], True
    if item.is_reversed and is_turned:
        weight = min(item.values) + max(item.values) - weight
    found = next((one for one in item.options if one.value == weight), None)
    return found, not item.is_reversed or is_turned is not None


def _turned_in_file(asked: Iterable[tuple[GivenAnswer, Item]]) -> bool | None:
    """Return whether the file has reversed its reversed items, by comparing text and weight of their answers.

    None if no answer shows it, or they contradict one another.
    """
    found = set()
    for answer, item in asked:
        lowest, highest = min(item.values, default=0), max(item.values, default=0)
        if item.is_reversed and answer.weight in (lowest, highest) and lowest != highest:
            says = amount({"": answer.words})
            if says:
                found.add((answer.weight == highest) != (says > 0))
    return found.pop() if len(found) == 1 else None


def likely(response: FoundResponse, instruments: Iterable[Instrument]) -> Instrument | None:
    """Return the instrument, or an edition of it, that understands most answers; if several do, the first.

    None if the file asks less than half of its questions.
    """
    names = {one.link_id.lstrip("/") for one in response.answers}
    names |= {one.link_id.lstrip("/") for one in response.sums}
    best, most = None, (0.0, 0.0)
    for one in instruments:
        share = len(names & one.items_by_name.keys()) / len(one.items)
        if one.is_scored and share >= 0.5:
            found = (float(understood(response, one).known), share)
            if best is None or found > most:
                best, most = one, found
    return best


def checked(response: FoundResponse, instrument: Instrument | None) -> list[Checked]:
    """Return each sum that the file states beside ours.

    Without an instrument we add up the file's weights.
    """
    if instrument is None:
        weights = [one.weight for one in response.answers]
        known = [one for one in weights if one is not None]
        if not known or len(known) < len(weights):
            return [Checked(one, None, UNKNOWN) for one in response.sums]
        return [Checked(one, float(sum(known))) for one in response.sums]
    made = understood(response, instrument)
    counted = scoring.score(instrument, made.answers)
    return [
        _checked(one, _scale_of(one, instrument), instrument, made, counted)
        for one in response.sums
        if one.link_id.lstrip("/") not in instrument.items_by_name
    ]


def _checked(
    stated: StatedSum,
    scale: Scale | None,
    instrument: Instrument,
    made: Understood,
    counted: scoring.Score,
) -> Checked:
    if scale is None:
        return Checked(stated, None, NO_SUCH_SUM)
    parts = [one for one in instrument.scales if one.id in (scale.id, *scale.of)]
    items = {name for one in parts for name in one.items}
    value = counted.of(scale.id)
    if any(made.answers.get(name) == "" for name in items):
        return Checked(stated, None, NOT_UNDERSTOOD)
    if items & made.unclear:
        return Checked(stated, None, TURNED)
    if counted.is_void:
        return Checked(stated, None, VOID)
    if value is None or value.value is None:
        return Checked(stated, None, BLANK)
    return Checked(stated, float(value.value))


def _scale_of(stated: StatedSum, instrument: Instrument) -> Scale | None:
    """Return the scale by its name or code; a number that is called a sum is the total."""
    name, label = stated.link_id.lstrip("/"), stated.label.strip().lower()
    for scale in instrument.scales:
        if name in (scale.id, *scale.codes) or label in map(str.lower, scale.names.values()):
            return scale
    if any(word in f"{name} {label}".lower() for word in SUM_WORDS):
        totals = [one for one in instrument.scales if one.id == "total"] or instrument.scales
        return totals[0] if len(totals) == 1 else None
    return None

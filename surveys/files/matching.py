"""Match a file's text to a definition item by item, by code or by hand.

The position in the file never counts, because several orders of the same scale circulate.
"""

from collections.abc import Mapping
from typing import Any

from surveys.files import weights
from surveys.files.found import BadFile, Found, FoundItem, language_of
from surveys.files.weights import AGREE, AnswerList, Arrangement
from surveys.instruments import Instrument, Item

FIGURES = "0123456789"
Pairs = Mapping[str, str]  # item of the definition → item of the file
# Id of a list of answers (surveys.files.weights) → what they count.
Chosen = Mapping[str, Arrangement]


def likely(found: Found, instruments: Mapping[str, Instrument]) -> str:
    """Return the key of the definition whose codes are all in the file; "" if there is none."""
    theirs = {code for item in found.items for code in item.codes}
    for key, one in instruments.items():
        codes = [code for item in one.items for code in item.codes]
        if codes and set(codes) <= theirs:
            return key
    return ""


def suggested(found: Found, instrument: Instrument) -> dict[str, str]:
    """Suggest matches by code, else by the number in the names.

    Numbers are used only if a single order of the scale is known and one series of names has each of its
    numbers. Items with an urgent answer get no suggestion: a person says which they are.
    """
    pairs = by_code(found, instrument)
    if not pairs and not instrument.order_varies:
        pairs = _by_number(found, instrument)
    return {name: one for name, one in pairs.items() if name not in instrument.urgent_items}


def by_code(found: Found, instrument: Instrument) -> dict[str, str]:
    """Return what the file's own codes say, urgent items too.

    A code that appears at two questions is ignored.
    """
    theirs: dict[str, list[str]] = {}
    for item in found.items:
        for code in item.codes:
            theirs.setdefault(code, []).append(item.id)
    return {
        item.id: theirs[code][0]
        for item in instrument.items
        for code in item.codes
        if len(theirs.get(code, ())) == 1
    }


def _by_number(found: Found, instrument: Instrument) -> dict[str, str]:
    """Match a series of names, phq9_01 … phq9_09.

    A number at the end of any other name may be a check digit, a page or a version.
    """
    wanted = {ours.id: _number_in(ours.id) for ours in instrument.items}
    series: dict[str, dict[str, list[str]]] = {}
    for item in found.items:
        if number := _number_in(item.id):
            numbers = series.setdefault(item.id.rstrip(FIGURES), {})
            numbers.setdefault(number, []).append(item.id)
    whole = [
        one
        for one in series.values()
        if all(len(one.get(number, ())) == 1 for number in wanted.values())
    ]
    # Of several series, take the one with exactly these numbers: the file contains another scale too.
    fitting = [one for one in whole if len(one) == len(wanted)] or whole
    if len(fitting) != 1:
        return {}
    return {name: fitting[0][number][0] for name, number in wanted.items()}


def _number_in(name: str) -> str:
    """Return the digits at the end of a name, without leading zeros: 9 of "phq_09".

    Empty if there are none.
    """
    return name[len(name.rstrip(FIGURES)) :].lstrip("0")


def other_by_code(found: Found, instrument: Instrument, pairs: Pairs) -> dict[str, str]:
    """Return matches that the file's own codes contradict.

    {item: item of the definition that the code names, or the item itself if its code is at another question}.
    """
    said = by_code(found, instrument)
    ours = {theirs: name for name, theirs in said.items()}
    return {
        name: ours.get(theirs, name)
        for name, theirs in pairs.items()
        if ours.get(theirs, name) != name or said.get(name, theirs) != theirs
    }


def matched(
    instrument: Instrument, found: Found, pairs: Pairs
) -> dict[str, tuple[Item, FoundItem]]:
    """Return each item with its question.

    Raises BadFile for an item without one, or a question chosen twice.
    """
    made: dict[str, tuple[Item, FoundItem]] = {}
    taken: set[str] = set()
    for item in instrument.items:
        theirs = found.item(pairs.get(item.id, ""))
        if theirs is None:
            raise BadFile("item_missing", item.id)
        if theirs.id in taken:
            raise BadFile("item_taken", theirs.id)
        taken.add(theirs.id)
        made[item.id] = (item, theirs)
    return made


def to_weigh(instrument: Instrument, found: Found, pairs: Pairs) -> list[AnswerList]:
    """Return lists of answers for which a person must say what they count.

    Raises BadFile like `definition_with_words`.
    """
    lists = weights.answer_lists(matched(instrument, found, pairs))
    return [one for one in lists if one.verdict != AGREE]


def definition_with_words(
    definition: Mapping[str, Any],
    instrument: Instrument,
    found: Found,
    pairs: Pairs,
    intro: str = "",
    limits: Pairs | None = None,
    chosen: Chosen | None = None,
) -> dict[str, Any]:
    """Return the definition with the file's wording.

    Raises BadFile at the item that does not fit: none chosen, one chosen twice, no text, other answers than
    the definition has, or answers for which nobody has said what they count (`to_weigh`, `chosen`). `limits`:
    {scale: which of its limits the school takes}, where sources differ. Where they differ by who answers
    (`limits_for`), one choice applies to every scale, and only those respondents are asked.
    """
    both = matched(instrument, found, pairs)
    counts: dict[str, Arrangement] = {}
    for one in weights.answer_lists(both):
        arrangement = one.by_file if one.verdict == AGREE else (chosen or {}).get(one.id, ())
        if not one.is_allowed(arrangement):
            raise BadFile("weights_open", ", ".join(one.items))
        counts |= dict.fromkeys(one.items, arrangement)
    items = [_item(*pair, counts[name]) for name, pair in both.items()]
    always = always_asked(instrument)
    free = [one for one in items if one["id"] not in always]
    _carry_rules(free, items, found, {theirs: ours for ours, theirs in pairs.items()})
    rest = {name: value for name, value in definition.items() if name not in ("items", "item")}
    if intro:
        rest |= {"intro": {language_of(intro): intro}}
    by_respondent = rest.pop("limits_for", {})
    if by_respondent and limits:
        whose = next(filter(None, limits.values()), "")
        limits = dict.fromkeys(limits, whose)
        rest |= by_respondent.get(whose, {})
    if limits:
        scales = []
        for one in rest["scale"]:
            known = {each["id"]: each["band"] for each in one.get("limits", [])}
            wanted = limits.get(one["id"], "")
            scales.append({**one, "band": known[wanted]} if wanted in known else one)
        rest["scale"] = scales
    return rest | {"item": items}


def _item(item: Item, theirs: FoundItem, arrangement: Arrangement) -> dict[str, Any]:
    given = dict(zip(arrangement, theirs.options, strict=True))
    options = []
    for value in (one.value for one in item.options if one.value is not None):
        option = given[value]
        made = {"code": str(value), "value": value, "texts": option.texts, "file_code": option.code}
        options.append(made | {"file_weight": weights.stated(option)})
    return {
        "id": item.id,
        "link_id": theirs.id,
        "texts": theirs.texts,
        "topic": dict(item.topic),
        "codes": list(item.codes or theirs.codes),
        "is_reversed": item.is_reversed,
        "options": options,
    }


def _carry_rules(
    free: list[dict[str, Any]],
    items: list[dict[str, Any]],
    found: Found,
    ours: Mapping[str, str],
) -> None:
    """Copy the file's conditions to the `free` items.

    It does so only if every question in the conditions is matched and has every answer: a condition that can
    never be met would hide its question for ever.
    """
    codes = {
        one["link_id"]: {option["file_code"]: option["code"] for option in one["options"]}
        for one in items
    }
    for one in free:
        theirs = found.item(one["link_id"])
        rules = theirs.rules if theirs else ()
        conditions = [each for rule in rules for each in rule.when]
        are_known = all(
            each.item in codes
            and (not isinstance(each.answer, str) or each.answer in codes[each.item])
            for each in conditions
        )
        if rules and are_known:
            one["rules"] = [
                {
                    "is_any": rule.is_any,
                    "when": [
                        {
                            "item": ours[each.item],
                            "operator": each.operator,
                            "answer": codes[each.item][each.answer]
                            if isinstance(each.answer, str)
                            else each.answer,
                        }
                        for each in rule.when
                    ],
                }
                for rule in rules
            ]


def always_asked(instrument: Instrument) -> set[str]:
    """Return items that get no condition from a file.

    They are items that may need an adult at once, and items whose sum has limits: both were tested with every
    question asked.
    """
    scales = {one.id: one for one in instrument.scales}
    limited: set[str] = set()
    for scale in instrument.scales:
        if scale.bands or scale.limits:
            parts = (scale, *(scales[name] for name in scale.of))
            limited |= {item for part in parts for item in part.items}
    return limited | instrument.urgent_items


def refused_conditions(instrument: Instrument, found: Found, pairs: Pairs) -> list[str]:
    """Return items of the file whose conditions are left out, so that they are always asked."""
    always = always_asked(instrument)
    matched = [one for ours, name in pairs.items() if ours in always and (one := found.item(name))]
    return [one.id for one in matched if one.rules]


def known_mistakes(instrument: Instrument, found: Found) -> list[str]:
    """Return text in the file that is a known mistake in copies of this scale."""
    words = {
        text.lower()
        for item in found.items
        for option in item.options
        for text in option.texts.values()
    }
    return [wrong for wrong in instrument.known_mistakes if wrong in words]

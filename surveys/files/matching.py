"""Match a file's words to a definition item by item, by code or by hand; never by the place in the file,
for several orders of the same scale circulate.
"""

import re
from collections.abc import Mapping
from typing import Any

from surveys.files.found import BadFile, Found, FoundItem, FoundOption, language_of
from surveys.instruments import Instrument, Item

Pairs = Mapping[str, str]  # item of the definition → item of the file


def likely(found: Found, instruments: Mapping[str, Instrument]) -> str:
    """Key of the definition whose codes are all in the file; "" if there is none."""
    theirs = {code for item in found.items for code in item.codes}
    for key, one in instruments.items():
        codes = [code for item in one.items for code in item.codes]
        if codes and set(codes) <= theirs:
            return key
    return ""


def suggested(found: Found, instrument: Instrument) -> dict[str, str]:
    """By code; else by the number in the names, if only one order of the scale is known."""
    by_code = {code: item.id for item in found.items for code in item.codes}
    pairs = {
        item.id: by_code[code]
        for item in instrument.items
        for code in item.codes
        if code in by_code
    }
    if pairs or instrument.order_varies:
        return pairs
    by_number: dict[str, list[str]] = {}
    for item in found.items:
        if number := _number_in(item.id):
            by_number.setdefault(number.lstrip("0"), []).append(item.id)
    for ours in instrument.items:
        number = _number_in(ours.id)
        named = by_number.get(number, []) if number else []
        if len(named) == 1:
            pairs[ours.id] = named[0]
    return pairs


def _number_in(name: str) -> str:
    """The last figures of a name: 09 of "phq_09a"; empty where there are none."""
    end = len(name)
    while end and not name[end - 1].isdecimal():
        end -= 1
    start = end
    while start and name[start - 1].isdecimal():
        start -= 1
    return name[start:end]


def definition_with_words(
    definition: Mapping[str, Any],
    instrument: Instrument,
    found: Found,
    pairs: Pairs,
    intro: str = "",
    limits: Pairs | None = None,
) -> dict[str, Any]:
    """The definition with the file's words. Raises BadFile at the item that does not fit: none chosen, one
    chosen twice, no words, or answers that do not weigh what the definition's do. `limits`: {scale: which
    of its limits the school takes}, where sources differ. Where they differ by who answers (`limits_for`),
    one choice holds for every scale, and only they are asked.
    """
    taken: set[str] = set()
    items = []
    for item in instrument.items:
        theirs = found.item(pairs.get(item.id, ""))
        if theirs is None:
            raise BadFile("item_missing", item.id)
        if theirs.id in taken:
            raise BadFile("item_taken", theirs.id)
        taken.add(theirs.id)
        items.append(_item(item, theirs))
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


def _item(item: Item, theirs: FoundItem) -> dict[str, Any]:
    """A weight is what the file states; else a code that is a number, which the definition must confirm."""
    if not theirs.texts:
        raise BadFile("no_words", theirs.id)
    by_value: dict[int | None, FoundOption] = {}
    for one in theirs.options:
        is_number = re.fullmatch(r"-?\d{1,4}", one.code)
        by_value[one.weight if one.weight is not None or not is_number else int(one.code)] = one
    has_their_weights = sorted(by_value, key=str) == sorted(item.values, key=str)
    if not has_their_weights or len(theirs.options) != len(by_value):
        raise BadFile("other_weights", theirs.id)
    options = []
    for value in (one.value for one in item.options):
        given = by_value[value]
        if not given.texts:
            raise BadFile("no_words", theirs.id)
        options.append(
            {"code": str(value), "value": value, "texts": given.texts, "file_code": given.code}
        )
    return {
        "id": item.id,
        "link_id": theirs.id,
        "texts": theirs.texts,
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
    """The file's conditions onto the `free` ones, where every question that they ask for is matched, too,
    and has every answer: a condition that can never be met would hide its question for ever.
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
    """Items that get no condition from a file: those that may need an adult at once, and those whose sum has
    limits, for both were tested with every question asked.
    """
    urgent = {one.item for one in instrument.urgent}
    marked = {one.id for one in instrument.items if any(each.is_urgent for each in one.options)}
    scales = {one.id: one for one in instrument.scales}
    limited: set[str] = set()
    for scale in instrument.scales:
        if scale.bands or scale.limits:
            parts = (scale, *(scales[name] for name in scale.of))
            limited |= {item for part in parts for item in part.items}
    return urgent | marked | limited


def refused_conditions(instrument: Instrument, found: Found, pairs: Pairs) -> list[str]:
    """Items of the file whose conditions are left out, so that they are always asked."""
    always = always_asked(instrument)
    matched = [one for ours, name in pairs.items() if ours in always and (one := found.item(name))]
    return [one.id for one in matched if one.rules]


def known_mistakes(instrument: Instrument, found: Found) -> list[str]:
    """Words in the file that are known mistakes in copies of this scale."""
    words = {
        text.lower()
        for item in found.items
        for option in item.options
        for text in option.texts.values()
    }
    return [wrong for wrong in instrument.known_mistakes if wrong in words]

"""FHIR Questionnaire, R4 and R5.

It reads nested groups, options in the item or in a value set, translations, and weights on the option, its
coding or the code system. Sources: hl7.org/fhir/R4/questionnaire.html, hl7.org/fhir/R5/questionnaire.html;
extensions ordinalValue (R4), itemWeight (R5) and translation.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from surveys.files import fhir_conditions
from surveys.files.found import (
    BadFile,
    Found,
    FoundItem,
    FoundOption,
    Notes,
    checked,
    has_twice,
    language_of,
    plain,
)

BASE = "http://hl7.org/fhir/StructureDefinition/"
WEIGHTS = (f"{BASE}ordinalValue", f"{BASE}itemWeight")
TRANSLATION = f"{BASE}translation"
LOINC = "http://loinc.org"
LOINC_NAMES = (LOINC, "https://loinc.org", "urn:oid:2.16.840.1.113883.6.1")
CHOICES = ("choice", "coding", "open-choice")
FREE_ANSWERS = ("optionsOrString", "optionsOrType")  # R5's terms for an open choice
CONSTRAINTS = ("questionnaire-constraint", "targetConstraint", "minValue", "maxValue")
DEPTH_MAX = 20
SETS_MAX = 100  # value sets that make up one list of answers
WEIGHT_MAX = 10_000  # the largest weight of an answer; files may contain infinity
# Extensions for how an item looks or where its answer goes: nothing about what is asked or scored.
HARMLESS = (
    "questionnaire-itemControl",
    "questionnaire-optionPrefix",
    "questionnaire-minOccurs",
    "questionnaire-maxOccurs",
    "questionnaire-choiceOrientation",
    "questionnaire-displayCategory",
    "questionnaire-unit",
    "sdc-questionnaire-observationLinkPeriod",
    "sdc-questionnaire-shortText",
    "rendering-style",
    "rendering-xhtml",
)
Node = Mapping[str, Any]


def read(given: Node, beside: Sequence[Node] = ()) -> Found:
    """Read a questionnaire. `beside`: value sets and code systems from the same bundle or another file.

    Raises BadFile for an id that appears twice, conditions in a circle, or too many questions.
    """
    notes = Notes()
    _note_extensions(given, "", notes)
    pairs = list(_flat(list_of(given, "item"), 0, ()))
    nodes = [node for node, _above in pairs]
    checked([str(one.get("linkId", "")) for one in nodes])
    fhir_conditions.check_circles(pairs)
    language = str(given.get("language", ""))
    sets = _Sets(given, beside, language, notes)
    items = [
        replace(item, rules=fhir_conditions.rules_of([*above, node], item.id, notes))
        for node, above in pairs
        if (item := _item(node, sets, language, notes))
    ]
    # The text of the first group or display item mostly asks the question for all items.
    opening = next(
        (one for one in nodes if one.get("type") in ("group", "display") and one.get("text")), {}
    )
    return Found(
        title=plain(given.get("title") or given.get("name"), notes, "title"),
        items=fhir_conditions.within(items, notes),
        remarks=notes.told(),
        intro=plain(opening.get("text"), notes, str(opening.get("linkId", ""))),
        copyright=plain(given.get("copyright"), notes, "copyright"),
    )


def list_of(node: Node, name: str) -> list[Node]:
    """Return the objects in the list under a name; anything else is left out."""
    found = node.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _flat(
    nodes: Iterable[Node], depth: int, above: tuple[Node, ...]
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield each item with the groups around it, the outermost first."""
    if depth > DEPTH_MAX:
        raise BadFile("too_deep")
    for one in nodes:
        yield one, above
        yield from _flat(list_of(one, "item"), depth + 1, (*above, one))


def _item(node: Node, sets: "_Sets", language: str, notes: Notes) -> FoundItem | None:
    """Return a question with options; None, with a remark, for everything else."""
    name, kind = str(node.get("linkId", "")), node.get("type")
    _note_extensions(node, name, notes)
    if kind in ("group", "display"):
        if kind == "display" or node.get("text"):
            notes.add("text_left_out", name)
        return None
    if kind not in CHOICES or node.get("repeats") is True:
        notes.add("not_a_choice", name)
        return None
    if node.get("required") is True:
        notes.add("required", name)
    options = _options(node, sets, language, notes, name)
    if not options or not name:
        if node.get("answerValueSet") is None:
            notes.add("no_options", name)
        return None
    if has_twice(options):
        notes.add("option_twice", name)
        return None

    # LOINC codes: those of the item, else its name, because LOINC's own forms use codes as names.
    coded = [
        str(one["code"])
        for one in list_of(node, "code")
        if str(one.get("system", "")).rstrip("/") in LOINC_NAMES and one.get("code")
    ]
    named = name.rpartition("/")[2]
    return FoundItem(
        name,
        _texts(node, "text", language, notes, name),
        tuple(options),
        tuple(coded) or ((named,) if is_loinc(named) else ()),
    )


def is_loinc(name: str) -> bool:
    """Return whether it is digits, a dash and their check digit: 44260-8.

    Source: LOINC Users' Guide (modulus 10).
    """
    figures, _dash, check = name.partition("-")
    if not (name.isascii() and figures.isdecimal() and check.isdecimal() and len(check) == 1):
        return False
    doubled = [
        sum(divmod(int(one) * (2 if place % 2 == 0 else 1), 10))
        for place, one in enumerate(reversed(figures))
    ]
    return len(figures) <= 7 and (10 - sum(doubled) % 10) % 10 == int(check)


def _options(
    node: Node, sets: "_Sets", language: str, notes: Notes, name: str
) -> list[FoundOption]:
    if node.get("type") == "open-choice" or node.get("answerConstraint") in FREE_ANSWERS:
        notes.add("free_answer", name)
    found = []
    for one in list_of(node, "answerOption"):
        coding, number = one.get("valueCoding"), one.get("valueInteger")
        if isinstance(coding, dict):
            code = str(coding.get("code") or coding.get("display") or "")
            weight = _first(weight_of(one), weight_of(coding), sets.weight(coding))
            texts = sets.texts(coding) or _texts(coding, "display", language, notes, name)
        elif isinstance(number, int):
            code, weight = str(number), _first(weight_of(one), number)
            texts = {language_of("", language): code}
        else:
            code, weight = plain(one.get("valueString"), notes, name), weight_of(one)
            texts = {language_of(code, language): code}
        found.append(FoundOption(code, texts, weight))
    if found:
        return found
    return sets.options(str(node.get("answerValueSet") or ""), name)


def _first(*weights: int | None) -> int | None:
    return next((one for one in weights if one is not None), None)


def weight_of(node: Node) -> int | None:
    """Return the whole number that an extension states; fractions are ignored."""
    for one in list_of(node, "extension"):
        if one.get("url") in WEIGHTS:
            return _whole(one.get("valueDecimal", one.get("valueInteger")))
    return None


def _whole(value: object) -> int | None:
    is_number = isinstance(value, int | float) and -WEIGHT_MAX <= value <= WEIGHT_MAX
    return int(value) if is_number and value == int(value) else None  # type: ignore[call-overload]


def _texts(node: Node, name: str, language: str, notes: Notes, where: str) -> dict[str, str]:
    """Return {language: text}, with translations."""
    own = plain(
        node.get(name) or node.get("code") if name == "display" else node.get(name), notes, where
    )
    texts = {language_of(own, language): own} if own else {}
    beside = node.get(f"_{name}")
    for one in list_of(beside, "extension") if isinstance(beside, dict) else []:
        if one.get("url") == TRANSLATION:
            parts = {str(part.get("url")): part for part in list_of(one, "extension")}
            lang = parts.get("lang", {}).get("valueCode", "")
            content = parts.get("content", {})
            said = content.get("valueString") or content.get("valueMarkdown")
            if lang and said:
                texts[language_of("", str(lang))] = plain(said, notes, where)
    return texts


def _note_extensions(node: Node, where: str, notes: Notes) -> None:
    for one in list_of(node, "extension"):
        url = str(one.get("url", ""))
        last = url.rsplit("/", 1)[-1]
        if "xpression" in last or last in ("variable", "launchContext"):
            notes.add("expression", where)
        elif last in CONSTRAINTS:
            notes.add("constraint", where)
        elif url not in WEIGHTS and last not in HARMLESS:
            notes.add("extension", url)


class _Sets:
    """Value sets and code systems: in the questionnaire (`#id`), in its bundle, or in a second file."""

    def __init__(self, given: Node, beside: Sequence[Node], language: str, notes: Notes):
        self.language, self.notes = language, notes
        self.sets: dict[str, Node] = {}
        self.systems: dict[str, dict[str, Node]] = {}  # address → code → concept
        self.read: dict[str, list[FoundOption]] = {}  # by reference: many questions share one set
        for one, mark in [
            *((one, "") for one in beside),
            *((one, "#") for one in list_of(given, "contained")),
        ]:
            kind = one.get("resourceType")
            if kind == "ValueSet":
                names = [f"{mark}{one.get('id')}", f"ValueSet/{one.get('id')}", str(one.get("url"))]
                self.sets |= dict.fromkeys(names, one)
            elif kind == "CodeSystem":
                concepts = {str(each.get("code", "")): each for each in _concepts(one, 0)}
                self.systems[str(one.get("url"))] = concepts

    def _known(self, coding: Node) -> Node:
        """Return what the code system says of a code; empty if it is in no system that we have."""
        concepts = self.systems.get(str(coding.get("system")), {})
        return concepts.get(str(coding.get("code", "")), {})

    def weight(self, coding: Node) -> int | None:
        """Return the weight that the code system gives a code, as an extension or as a property."""
        known = self._known(coding)
        return _first(weight_of(known), _property(known))

    def texts(self, coding: Node) -> dict[str, str]:
        """Return the code system's text for a coding that has none of its own."""
        if coding.get("display"):
            return {}
        code = str(coding.get("code", ""))
        known = self._known(coding)
        return _texts(known, "display", self.language, self.notes, code) if known else {}

    def options(self, reference: str, name: str) -> list[FoundOption]:
        """Return the options of a value set, by its id in the file, or its address with or without version.

        Empty, with a remark, if it is in none of the files, or given by a rule that only a server can carry
        out.
        """
        if not reference:
            return []
        if reference not in self.read:
            value_set = self.sets.get(reference) or self.sets.get(reference.partition("|")[0], {})
            included = self._included(value_set, set())
            self.read[reference] = [self._made(concept, system) for system, concept in included]
        if not self.read[reference]:
            self.notes.add("value_set_elsewhere", f"{name}: {reference}")
        return self.read[reference]

    def _included(self, value_set: Node, seen: set[int]) -> Iterator[tuple[str, Node]]:
        """Yield (system, concept) of a value set.

        A server's expansion takes precedence over the rule behind it. Each set counts once, however many
        include it.
        """
        if id(value_set) in seen or len(seen) > SETS_MAX:
            return
        seen.add(id(value_set))
        expansion, compose = value_set.get("expansion"), value_set.get("compose")
        listed = list_of(expansion, "contains") if isinstance(expansion, dict) else []
        if listed:
            yield from ((str(one.get("system", "")), one) for one in listed if one.get("code"))
            return
        if not isinstance(compose, dict) or compose.get("exclude"):
            return
        for one in list_of(compose, "include"):
            system, others = str(one.get("system", "")), one.get("valueSet")
            if list_of(one, "concept"):
                yield from ((system, each) for each in list_of(one, "concept"))
            elif isinstance(others, list) and others:
                for other in map(str, others):
                    yield from self._included(self.sets.get(other.partition("|")[0], {}), seen)
            elif not one.get("filter"):
                yield from ((system, each) for each in self.systems.get(system, {}).values())

    def _made(self, concept: Node, system: str) -> FoundOption:
        code = str(concept.get("code", ""))
        coding = {**concept, "system": system}
        weight = _first(weight_of(concept), _property(concept), self.weight(coding))
        texts = self.texts(coding) or _texts(concept, "display", self.language, self.notes, code)
        return FoundOption(code, texts, weight)


def _concepts(node: Node, depth: int) -> Iterator[Node]:
    """Yield the concepts of a code system, with their children."""
    for one in list_of(node, "concept") if depth <= DEPTH_MAX else []:
        yield one
        yield from _concepts(one, depth + 1)


def _property(concept: Node) -> int | None:
    for one in list_of(concept, "property"):
        if one.get("code") in ("ordinalValue", "itemWeight"):
            return _whole(one.get("valueDecimal", one.get("valueInteger")))
    return None

"""FHIR Questionnaire, R4 and R5: nested groups, options in the item or in a contained value set, weights
on the option, its coding or the contained code system, translations.

Sources: hl7.org/fhir/R4/questionnaire.html, hl7.org/fhir/R5/questionnaire.html; extensions ordinalValue
(R4), itemWeight (R5) and translation.
"""

from collections.abc import Iterable, Iterator, Mapping
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
    language_of,
    plain,
)

BASE = "http://hl7.org/fhir/StructureDefinition/"
WEIGHTS = (f"{BASE}ordinalValue", f"{BASE}itemWeight")
TRANSLATION = f"{BASE}translation"
LOINC = "http://loinc.org"
CHOICES = ("choice", "coding", "open-choice")
DEPTH_MAX = 20
WEIGHT_MAX = 10_000  # an answer counts for no more; files may hold infinity
# How an item looks or where its answer goes: nothing about what is asked or counted.
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


def read(given: Node) -> Found:
    """Raises BadFile for an id that appears twice, a circle of conditions, too many questions."""
    notes = Notes()
    _note_extensions(given, "", notes)
    pairs = list(_flat(list_of(given, "item"), 0, ()))
    nodes = [node for node, _above in pairs]
    checked([str(one.get("linkId", "")) for one in nodes])
    fhir_conditions.check_circles(pairs)
    language = str(given.get("language", ""))
    sets = _Sets(given, language, notes)
    items = [
        replace(item, rules=fhir_conditions.rules_of([*above, node], item.id, notes))
        for node, above in pairs
        if (item := _item(node, sets, language, notes))
    ]
    # The words of the first group or line of text mostly ask the question of all items.
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
    """The objects in the list under a name; anything else is left out."""
    found = node.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _flat(
    nodes: Iterable[Node], depth: int, above: tuple[Node, ...]
) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Each item with the groups around it, the outermost first."""
    if depth > DEPTH_MAX:
        raise BadFile("too_deep")
    for one in nodes:
        yield one, above
        yield from _flat(list_of(one, "item"), depth + 1, (*above, one))


def _item(node: Node, sets: "_Sets", language: str, notes: Notes) -> FoundItem | None:
    """A question with options; None, with a remark, for everything else."""
    name, kind = str(node.get("linkId", "")), node.get("type")
    _note_extensions(node, name, notes)
    if kind in ("group", "display"):
        if kind == "display" or node.get("text"):
            notes.add("text_left_out", name)
        return None
    if kind not in CHOICES:
        notes.add("not_a_choice", name)
        return None
    options = _options(node, sets, language, notes, name)
    if not options or not name:
        notes.add("no_options", name)
        return None
    codes = [
        str(one["code"])
        for one in list_of(node, "code")
        if one.get("system") == LOINC and one.get("code")
    ]
    return FoundItem(
        name, _texts(node, "text", language, notes, name), tuple(options), tuple(codes)
    )


def _options(
    node: Node, sets: "_Sets", language: str, notes: Notes, name: str
) -> list[FoundOption]:
    if node.get("type") == "open-choice":
        notes.add("free_answer", name)
    found = []
    for one in list_of(node, "answerOption"):
        coding, number = one.get("valueCoding"), one.get("valueInteger")
        if isinstance(coding, dict):
            code = str(coding.get("code") or coding.get("display") or "")
            weight = _first(weight_of(one), weight_of(coding), sets.weight(coding))
            texts = _texts(coding, "display", language, notes, name)
        elif isinstance(number, int):
            code, weight = str(number), _first(weight_of(one), number)
            texts = {language_of("", language): code}
        else:
            code, weight = plain(one.get("valueString"), notes, name), weight_of(one)
            texts = {language_of(code, language): code}
        found.append(FoundOption(code, texts, weight))
    if found:
        return found
    reference = str(node.get("answerValueSet", ""))
    if reference and not reference.startswith("#"):
        notes.add("value_set_elsewhere", name)
    return sets.options(reference.removeprefix("#")) if reference.startswith("#") else []


def _first(*weights: int | None) -> int | None:
    return next((one for one in weights if one is not None), None)


def weight_of(node: Node) -> int | None:
    """The whole number that an extension states; we take no fractions."""
    for one in list_of(node, "extension"):
        if one.get("url") in WEIGHTS:
            return _whole(one.get("valueDecimal", one.get("valueInteger")))
    return None


def _whole(value: object) -> int | None:
    is_number = isinstance(value, int | float) and -WEIGHT_MAX <= value <= WEIGHT_MAX
    return int(value) if is_number and value == int(value) else None  # type: ignore[call-overload]


def _texts(node: Node, name: str, language: str, notes: Notes, where: str) -> dict[str, str]:
    """{language: words}, with translations."""
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
        elif url not in WEIGHTS and last not in HARMLESS:
            notes.add("extension", url)


class _Sets:
    """Value sets and code systems that the file carries with it."""

    def __init__(self, given: Node, language: str, notes: Notes):
        self.language, self.notes = language, notes
        contained = list_of(given, "contained")
        self.sets = {
            str(one.get("id")): one for one in contained if one.get("resourceType") == "ValueSet"
        }
        self.systems = {
            str(one.get("url")): list_of(one, "concept")
            for one in contained
            if one.get("resourceType") == "CodeSystem"
        }

    def weight(self, coding: Node) -> int | None:
        """The weight that the code system gives a code, as an extension or as a property."""
        for concept in self.systems.get(str(coding.get("system")), []):
            if concept.get("code") == coding.get("code"):
                return _first(weight_of(concept), _property(concept))
        return None

    def options(self, name: str) -> list[FoundOption]:
        if name not in self.sets:
            self.notes.add("value_set_elsewhere", name)
            return []
        return [self._made(concept, system) for system, concept in self._concepts(self.sets[name])]

    def _concepts(self, value_set: Node) -> Iterator[tuple[str, Node]]:
        compose = value_set.get("compose")
        for one in list_of(compose, "include") if isinstance(compose, dict) else []:
            system = str(one.get("system", ""))
            for concept in list_of(one, "concept") or self.systems.get(system, []):
                yield system, concept
        expansion = value_set.get("expansion")
        if not compose and isinstance(expansion, dict):
            for one in list_of(expansion, "contains"):
                yield str(one.get("system", "")), one

    def _made(self, concept: Node, system: str) -> FoundOption:
        code = str(concept.get("code", ""))
        coding = {"system": system, "code": code}
        weight = _first(weight_of(concept), _property(concept), self.weight(coding))
        return FoundOption(
            code, _texts(concept, "display", self.language, self.notes, code), weight
        )


def _property(concept: Node) -> int | None:
    for one in list_of(concept, "property"):
        if one.get("code") in ("ordinalValue", "itemWeight"):
            return _whole(one.get("valueDecimal", one.get("valueInteger")))
    return None

"""FHIR QuestionnaireResponse, R4 and R5.

It reads what somebody answered and which sums the file states (surveys.files.recount counts them again), and
writes the answers of a round.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surveys import scoring
from surveys.files.fhir import DEPTH_MAX, list_of, weight_of
from surveys.files.fhir_bundles import resources_in
from surveys.files.fhir_out import WEIGHT
from surveys.files.found import BadFile, Notes, plain
from surveys.instruments import Instrument, text_in

RESPONSES_MAX = 2000  # more than any school's file has
SUM_MAX = 10**6  # the largest sum; files may contain infinity
Node = Mapping[str, Any]


@dataclass(frozen=True)
class GivenAnswer:
    link_id: str
    code: str  # of the option, or its text if it has no code
    weight: int | None
    words: str


@dataclass(frozen=True)
class StatedSum:
    link_id: str
    label: str
    value: float


@dataclass(frozen=True)
class FoundResponse:
    questionnaire: str
    answers: tuple[GivenAnswer, ...]
    sums: tuple[StatedSum, ...]


def read(given: Node) -> list[FoundResponse]:
    """Return the forms of one response, or of a bundle with responses and no questionnaire.

    Empty for anything else. Raises BadFile.
    """
    inside = resources_in(given)
    found = [one for one in inside if one.get("resourceType") == "QuestionnaireResponse"]
    if any(one.get("resourceType") == "Questionnaire" for one in inside):
        return []
    if len(found) > RESPONSES_MAX:
        raise BadFile("too_many_responses", str(len(found)))
    return [_response(one) for one in found]


def _response(given: Node) -> FoundResponse:
    notes = Notes()
    answers: dict[str, GivenAnswer] = {}
    sums = []
    for node in _flat(list_of(given, "item"), 0):
        name = str(node.get("linkId", ""))
        label = plain(node.get("text"), notes, name)
        for answer in list_of(node, "answer")[:1]:  # our questions have one answer
            made = _said(name, label, answer, notes)
            if isinstance(made, StatedSum):
                sums.append(made)
            elif made is not None:
                # An item that was asked several times has no single answer; the count says so.
                answers[name] = GivenAnswer(name, "", None, "") if name in answers else made
    return FoundResponse(str(given.get("questionnaire", "")), tuple(answers.values()), tuple(sums))


def _flat(nodes: Iterable[Node], depth: int) -> Iterator[Node]:
    """Yield items in groups, and items below an answer."""
    if depth > DEPTH_MAX:
        raise BadFile("too_deep")
    for one in nodes:
        yield one
        yield from _flat(list_of(one, "item"), depth + 1)
        for answer in list_of(one, "answer"):
            yield from _flat(list_of(answer, "item"), depth + 1)


def _said(name: str, label: str, answer: Node, notes: Notes) -> StatedSum | GivenAnswer | None:
    """Return a number as a sum, a coding or text as an answer."""
    quantity = answer.get("valueQuantity")
    numbers = [answer.get("valueDecimal"), answer.get("valueInteger")]
    numbers.append(quantity.get("value") if isinstance(quantity, dict) else None)
    for one in numbers:
        if isinstance(one, int | float) and not isinstance(one, bool) and abs(one) <= SUM_MAX:
            return StatedSum(name, label, float(one))
    coding = answer.get("valueCoding")
    if isinstance(coding, dict):
        words = plain(coding.get("display"), notes, name)
        own = weight_of(answer)
        weight = weight_of(coding) if own is None else own
        return GivenAnswer(name, str(coding.get("code") or words), weight, words)
    words = plain(answer.get("valueString"), notes, name)
    return GivenAnswer(name, words, weight_of(answer), words) if words else None


@dataclass(frozen=True)
class Filled:
    """One form to write, with names for the file.

    `who` it is about, `source`: who answered, and `author`: who recorded the answers.
    """

    who: str
    answers: Mapping[str, str]
    score: scoring.Score
    finished_at: datetime | None
    source: str = ""
    author: str = ""


def write(
    instrument: Instrument,
    forms: Iterable[Filled],
    *,
    version: str,
    language: str,
    by: str,
    at: datetime,
) -> dict[str, Any]:
    """Return a bundle of responses, with who exported it and when."""
    entries = [{"resource": _resource(one, instrument, version, language)} for one in forms]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(),
        "meta": {"tag": [{"system": "urn:jiaqiao:exported-by", "display": by}]},
        "entry": entries,
    }


def _resource(form: Filled, instrument: Instrument, version: str, language: str) -> dict[str, Any]:
    asked = instrument.asked(form.answers)
    items: list[dict[str, Any]] = []
    for item in instrument.items:
        if item.id not in asked:
            continue
        name = item.link_id or item.id
        items.append({"linkId": name, "text": text_in(item.texts, language)})
        option = item.option(form.answers.get(item.id, ""))
        if option is None:
            continue
        coding: dict[str, Any] = {
            "code": option.file_code or option.code,
            "display": text_in(option.texts, language),
        }
        if option.value is not None:
            counts = item.counted(option.value)
            coding["extension"] = [{"url": WEIGHT[version], "valueDecimal": counts}]
        items[-1]["answer"] = [{"valueCoding": coding}]
    for one in form.score.scales:
        if one.value is not None and not form.score.is_void:
            total = {"linkId": one.scale.id, "text": text_in(one.scale.names, language)}
            items.append(total | {"answer": [{"valueDecimal": float(one.value)}]})
    made: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"urn:jiaqiao:{instrument.key}|{instrument.version}",
        "status": "completed" if form.finished_at else "in-progress",
        "subject": {"display": form.who},
        "source": {"display": form.source or form.who},
        "author": {"display": form.author or form.source or form.who},
        "item": items,
    }
    return made | ({"authored": form.finished_at.isoformat()} if form.finished_at else {})

"""Answers of a study as FHIR R4 or R5: QuestionnaireResponses without names. Pure.

Besides names we leave out: questions with an answer that may need an adult at once, questions asked only
after such an answer, and every sum from which one of them could be worked out. We also leave out the day:
with a timetable it identifies the class. The order is that of the made-up names, because forms were created
class by class, by name.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from surveys import conditions
from surveys.files.fhir_out import R4, WEIGHT
from surveys.instruments import Instrument, Item, text_in
from surveys.scoring import Score

NAME_LENGTH = 24  # hexadecimal digits: no two children of a school get the same
PSEUDONYMISED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "PSEUDED",
}


@dataclass(frozen=True)
class Form:
    """One filled-in form; `who` is a made-up name."""

    who: str
    answers: Mapping[str, str]
    score: Score


def made_up_name(salt: bytes, student_id: int) -> str:
    """Return a name that is the same for a child within one study, and different in every other."""
    return hmac.new(salt, str(student_id).encode(), hashlib.sha256).hexdigest()[:NAME_LENGTH]


def left_out(instrument: Instrument) -> frozenset[str]:
    """Return ids of the questions that are never handed out."""
    found = set(instrument.urgent_items)
    while True:
        more = {
            one.id
            for one in instrument.items
            if one.id not in found and not found.isdisjoint(conditions.needs(one.rules))
        }
        if not more:
            return frozenset(found)
        found |= more


def scales_told(instrument: Instrument) -> frozenset[str]:
    """Return ids of the sums that contain nothing that is left out."""
    secret = left_out(instrument)
    hidden = {one.id for one in instrument.scales if not secret.isdisjoint(one.items)}
    while True:
        more = {
            one.id
            for one in instrument.scales
            if one.id not in hidden and not hidden.isdisjoint(one.of)
        }
        if not more:
            return frozenset(one.id for one in instrument.scales) - hidden
        hidden |= more


def bundle(
    instrument: Instrument,
    forms: Iterable[Form],
    *,
    study: str,
    ethics: str,
    language: str,
    next_url: str,
    at: datetime,
    version: str = R4,
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Bundle",
        "meta": {
            "security": [PSEUDONYMISED],
            "tag": [{"system": "urn:jiaqiao:ethics", "display": ethics}],
        },
        "type": "collection",
        "timestamp": at.isoformat(timespec="seconds"),
    }
    if next_url:
        made["link"] = [{"relation": "next", "url": next_url}]
    entries = [{"resource": _response(instrument, one, study, language, version)} for one in forms]
    return made | ({"entry": entries} if entries else {})  # FHIR has no empty list


def _response(
    instrument: Instrument, form: Form, study: str, language: str, version: str
) -> dict[str, Any]:
    secret, asked = left_out(instrument), instrument.asked(form.answers)
    items = [
        _item(one, form.answers.get(one.id, ""), language, version)
        for one in instrument.items
        if one.id in asked and one.id not in secret
    ]
    told = scales_told(instrument)
    for one in () if form.score.is_void else form.score.scales:
        if one.scale.id in told and one.value is not None:
            total = {"linkId": one.scale.id, "text": text_in(one.scale.names, language)}
            items.append(total | {"answer": [{"valueDecimal": float(one.value)}]})
    made: dict[str, Any] = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"urn:jiaqiao:{instrument.key}|{instrument.version}",
        "status": "completed",
        "subject": {"identifier": {"system": f"urn:uuid:{study}", "value": form.who}},
    }
    return made | ({"item": items} if items else {})


def _item(item: Item, code: str, language: str, version: str) -> dict[str, Any]:
    made: dict[str, Any] = {"linkId": item.link_id or item.id}
    if words := text_in(item.texts, language):
        made["text"] = words
    option = item.option(code)
    if option is None:
        return made
    coding: dict[str, Any] = {"code": option.file_code or option.code}
    if display := text_in(option.texts, language):
        coding["display"] = display
    if option.value is not None:
        counts = item.counted(option.value)
        coding["extension"] = [{"url": WEIGHT[version], "valueDecimal": counts}]
    return made | {"answer": [{"valueCoding": coding}]}

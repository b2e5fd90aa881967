"""Read questionnaires from other programs' files, report on them, match them to a definition. Pure.

We never execute anything in a file: expressions and branching are reported and left out.
"""

import csv
import io
import json
from typing import Any

from surveys.files import fhir, fhir_bundles, fhir_responses, foreign, redcap, xlsform
from surveys.files.fhir_responses import FoundResponse
from surveys.files.found import BadFile, Found

FILE_BYTES_MAX = 2 * 1024 * 1024  # ten times the size of the longest public questionnaires
PLACES_MAX = 5  # named in a refusal
SEPARATORS = ",;\t"  # of a CSV: in REDCap the person who exports chooses one

__all__ = ["FILE_BYTES_MAX", "BadFile", "Found", "FoundResponse", "read_file", "read_responses"]


def read_file(content: bytes, beside: bytes = b"") -> Found:
    """Read a FHIR Questionnaire (R4, R5) or a bundle with one, an XLSForm, or a REDCap dictionary.

    A dictionary may be JSON or CSV. `beside`: a second file with the answers, if they are separate: value
    sets and code systems of a FHIR Questionnaire, or the CSV list of an XLSForm. Raises BadFile; a code that
    begins with "beside" is about the second file.
    """
    if len(content) > FILE_BYTES_MAX:
        raise BadFile("too_large")
    if name := foreign.of_bytes(content):
        raise BadFile(name)
    answers = _read_beside(beside) if beside else []
    if xlsform.is_zip(content):
        found = xlsform.read(content, answers)
    else:
        text = _decoded(content)
        if name := foreign.of_text(text):
            raise BadFile(name)
        given = _loaded(text) if _is_json(text) else _rows(text)
        if isinstance(given, dict):
            found = _read_fhir(given, answers)
        else:
            if not all(isinstance(one, dict) for one in given):
                raise BadFile("not_known")
            found = redcap.read(given)
            if beside:
                raise BadFile("beside_unused")
    if not found.items:
        raise _why_empty(found)
    found.check_size()
    return found.with_languages_told()


def _read_fhir(given: dict[str, Any], answers: list[Any]) -> Found:
    if name := foreign.of_json(given):
        raise BadFile(name)
    if not all("resourceType" in one for one in answers):
        raise BadFile("beside_without")
    questionnaire, others = fhir_bundles.questionnaire_in(given)
    return fhir.read(questionnaire, [*others, *answers])


def _read_beside(content: bytes) -> list[Any]:
    """Return value sets and code systems, or the rows of a CSV list. Raises BadFile if it is neither."""
    if len(content) > FILE_BYTES_MAX:
        raise BadFile("beside_too_large")
    try:
        text = _decoded(content)
        return fhir_bundles.answers_in(_loaded(text)) if _is_json(text) else _rows(text)
    except BadFile as bad:
        raise BadFile("beside_without", bad.where) from bad


def _rows(text: str) -> list[Any]:
    """Return the rows of a CSV by its headings; the separator is the most frequent one in the first line."""
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    try:
        return redcap.named(csv.DictReader(io.StringIO(text), delimiter=separator))
    except csv.Error as error:
        raise BadFile("not_known") from error


def _why_empty(found: Found) -> BadFile:
    """Return why nothing could be read, starting with the reason that a person can do something about."""
    for code, refusal in (
        ("value_set_elsewhere", "answers_elsewhere"),
        ("option_twice", "option_twice"),
        ("not_a_choice", "only_other_kinds"),
    ):
        told = [one.where for one in found.remarks if one.code == code]
        # Of "question: address" keep the address: it is mostly the same for all.
        places = list(dict.fromkeys(one.partition(": ")[2] or one for one in told))
        if places:
            more = " …" if len(places) > PLACES_MAX else ""
            return BadFile(refusal, ", ".join(places[:PLACES_MAX]) + more)
    return BadFile("no_questions")


def read_responses(content: bytes) -> list[FoundResponse]:
    """Return the filled-in forms of a FHIR file; empty for any other file. Raises BadFile."""
    if len(content) > FILE_BYTES_MAX or xlsform.is_zip(content) or foreign.of_bytes(content):
        return []
    text = _decoded(content)
    if foreign.of_text(text):
        return []
    given = _loaded(text) if _is_json(text) else None
    return fhir_responses.read(given) if isinstance(given, dict) else []


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile("not_utf8") from error


def _is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadFile("not_json") from error

"""Read questionnaires from other programs' files, report on them, match them to a definition. Pure.

We never execute anything in a file: expressions and branching are reported and left out.
"""

import csv
import io
import json
from typing import Any

from surveys.files import fhir, fhir_responses, redcap, xlsform
from surveys.files.fhir_responses import FoundResponse
from surveys.files.found import BadFile, Found

FILE_BYTES_MAX = 2 * 1024 * 1024  # the longest public questionnaires are a tenth of it

__all__ = ["FILE_BYTES_MAX", "BadFile", "Found", "FoundResponse", "read_file", "read_responses"]


def read_file(content: bytes) -> Found:
    """FHIR Questionnaire (R4, R5), XLSForm, or a REDCap dictionary (JSON, CSV). Raises BadFile."""
    if len(content) > FILE_BYTES_MAX:
        raise BadFile("too_large")
    if xlsform.is_zip(content):
        found = xlsform.read(content)
    elif _is_json(text := _decoded(content)):
        found = _of_json(_loaded(text))
    else:
        try:
            rows = list(csv.DictReader(io.StringIO(text)))
        except csv.Error as error:
            raise BadFile("not_known") from error
        found = redcap.read(redcap.named(rows))
    if not found.items:
        raise BadFile("no_questions")
    return found


def _of_json(given: Any) -> Found:
    if isinstance(given, list):
        if not all(isinstance(one, dict) for one in given):
            raise BadFile("not_known")
        return redcap.read(given)
    kind = given.get("resourceType")
    if kind == "Questionnaire":
        return fhir.read(given)
    if kind == "Bundle":
        raise BadFile("bundle")
    raise BadFile("not_known", str(kind or ""))


def read_responses(content: bytes) -> list[FoundResponse]:
    """Filled-in forms of a FHIR file; empty for any other file. Raises BadFile."""
    if len(content) > FILE_BYTES_MAX or xlsform.is_zip(content):
        return []
    text = _decoded(content)
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

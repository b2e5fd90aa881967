"""Questionnaires from other programs' files: read, reported on, matched onto a definition. Pure.

Nothing in a file is ever executed: expressions and branching are told and left out.
"""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from surveys.files import fhir, redcap
from surveys.files.found import BadFile, Found

FILE_BYTES_MAX = 2 * 1024 * 1024  # the longest public questionnaires are a tenth of it

__all__ = ["FILE_BYTES_MAX", "BadFile", "Found", "read_file"]


def read_file(content: bytes) -> Found:
    """FHIR Questionnaire (R4, R5) or a REDCap dictionary (JSON, CSV). Raises BadFile."""
    if len(content) > FILE_BYTES_MAX:
        raise BadFile("too_large")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile("not_utf8") from error
    found = _json(text) if text.lstrip()[:1] in ("{", "[") else _csv(text)
    if not found.items:
        raise BadFile("no_questions")
    return found


def _json(text: str) -> Found:
    try:
        given = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadFile("not_json") from error
    if isinstance(given, list):
        return redcap.read(_rows(given))
    kind = given.get("resourceType")
    if kind == "Questionnaire":
        return fhir.read(given)
    if kind == "Bundle":
        raise BadFile("bundle")
    raise BadFile("not_known", str(kind or ""))


def _rows(given: list[Any]) -> list[Mapping[str, Any]]:
    if not all(isinstance(one, dict) for one in given):
        raise BadFile("not_known")
    return given


def _csv(text: str) -> Found:
    try:
        rows = list(csv.DictReader(io.StringIO(text)))
    except csv.Error as error:
        raise BadFile("not_known") from error
    return redcap.read(redcap.named(rows))

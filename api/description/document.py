"""The API described as OpenAPI 3.1, generated from the code once for each process and language."""

from functools import cache
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from api.description.examples import error, roster_error
from api.edits import HEADER as IF_MATCH
from api.models import Event
from api.problems import KINDS, PROBLEM_JSON

TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"pointer": TEXT, "detail": TEXT},
                "required": ["pointer", "detail"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
STATUS_INFO = {
    "type": "object",
    "description": "imsx_StatusInfo",
    "properties": {
        "imsx_codeMajor": TEXT,
        "imsx_severity": TEXT,
        "imsx_description": TEXT,
        "imsx_CodeMinor": {"type": "object"},
    },
    "required": ["imsx_codeMajor", "imsx_severity"],
}
EVERYWHERE = (400, 401, 403, 405, 406, 413, 429, 500, 503)
READING = {True: (404,), False: (415, 422)}  # for methods that only read, and for others
ROSTER = "/ims/"


class Schema(AutoSchema):
    """Adds to each operation which scope it needs and whether a person's session may read it."""

    def get_filter_backends(self) -> list[Any]:
        """Return the view's own filters.

        Our lists have their own names (`events`), and spectacular would not recognise them as lists.
        """
        return getattr(self.view, "filter_backends", [])

    def get_auth(self) -> list[dict[str, list[str]]]:
        super().get_auth()  # it describes the scheme
        scopes: dict[str, str] = getattr(self.view, "scopes", {})
        session: list[dict[str, list[str]]] = [{"session": []}]
        people: tuple[str, ...] = getattr(self.view, "people", ())
        is_read_by_people = self.method == "GET" and bool(people)
        besides = map(str, getattr(self.view, "besides", ()))
        token = [{"token": [str(scopes[self.method]), *besides]}] if self.method in scopes else []
        return [*token, *session * is_read_by_people]


@cache
def document(language: str) -> dict[str, Any]:
    with translation.override(language):
        return SchemaGenerator().get_schema(public=True)


def finish(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Add what every operation has: errors, and the headers of each response."""
    result["info"]["description"] = _(
        "For systems of a school or county. Every request carries a token that an administrator of the school"
        " has made; it opens one school. Where it is said so, a colleague who is signed in reads with the"
        " session of the browser what their pages show. Concerns, cases and reports are never told."
    )
    schemas = result["components"]["schemas"]
    schemas |= {"Problem": PROBLEM, "StatusInfo": STATUS_INFO}
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            ways = {way for one in operation["security"] for way in one}
            words = _("Also with a colleague's session.")
            if "session" not in ways:
                words = _("By token only.")
            elif "token" not in ways:
                words = _("With a colleague's session only.")
            operation["description"] = f"{operation['description']} {words}"
            numbers = {*EVERYWHERE, *READING[method == "get"]}
            if "{" in path:
                numbers.add(404)
            if any(one["name"] == IF_MATCH for one in operation.get("parameters", [])):
                numbers.add(412)
            for number in sorted(numbers):
                operation["responses"][str(number)] = _failure(number, ROSTER in path)
    result["webhooks"] = {"changed": {"post": _told()}}
    return result


def _told() -> dict[str, Any]:
    """Describe what we send to a webhook (docs/api.md explains how to handle it)."""
    names = "webhook-id webhook-timestamp webhook-signature".split()
    said = {
        "type": TEXT | {"enum": Event.values},
        "timestamp": TEXT | {"format": "date-time"},
        "data": {"type": "object", "properties": {"school": TEXT}, "required": ["school"]},
    }
    shape = {"type": "object", "properties": said, "required": [*said]}
    example = {
        "type": Event.ATTENDANCE.value,
        "timestamp": "2025-11-29T15:06:40.000+08:00",
        "data": {"school": "1"},
    }
    return {
        "operationId": "told_of_a_change",
        "summary": _("Something changed"),
        "description": _(
            "Signed as Standard Webhooks describes. Use your token to find out what changed."
        ),
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": TEXT} for name in names
        ],
        "requestBody": {
            "content": {"application/json": {"schema": shape, "example": example}},
            "required": True,
        },
        "responses": {
            "2XX": {"description": _("Taken")},
            "410": {"description": _("Stop: nothing more is sent")},
        },
    }


def _failure(number: int, is_roster: bool) -> dict[str, Any]:
    name = "StatusInfo" if is_roster else "Problem"
    media = "application/json" if is_roster else PROBLEM_JSON
    example = roster_error(number) if is_roster else error(number)
    shape = {"$ref": f"#/components/schemas/{name}"}
    return {
        "description": str(KINDS[number][1]),
        "content": {media: {"schema": shape, "example": example}},
    }

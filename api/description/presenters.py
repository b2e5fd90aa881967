"""The description as a page for people: what there is, what it needs, what it answers."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify

from api.models import Scope
from api.problems import KINDS

Described = dict[str, Any]


@dataclass(frozen=True)
class Field:
    name: str
    kind: str
    words: str
    is_required: bool


@dataclass(frozen=True)
class Operation:
    key: str
    method: str
    path: str
    summary: str
    words: str
    scope: str
    parameters: list[Field]
    body: list[Field]
    example: str
    answer: list[Field]
    answer_example: str
    failures: list[str]


def page(described: Described) -> dict[str, Any]:
    groups = defaultdict(list)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            groups[operation["tags"][0]].append(_operation(described, path, method, operation))
    return {
        "info": described["info"],
        "groups": [(f"part-{place}", *group) for place, group in enumerate(groups.items())],
        "scopes": [(one.value, one.label) for one in Scope],
        "failures": [(number, kind, title) for number, (kind, title) in KINDS.items()],
    }


def _operation(described: Described, path: str, method: str, operation: Described) -> Operation:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    responses = operation["responses"]
    answer = responses["200"].get("content", {}).get("application/json", {})
    return Operation(
        key=slugify(operation["operationId"]),
        method=method.upper(),
        path=path,
        summary=operation.get("summary", ""),
        words=operation.get("description", ""),
        scope=" + ".join(operation["security"][0].get("token", [])),
        parameters=[
            Field(
                one["name"],
                one["schema"].get("type", ""),
                one.get("description", ""),
                one.get("required", False),
            )
            for one in operation.get("parameters", [])
        ],
        body=list(_fields(described, body.get("schema", {}))),
        example=_example(body),
        answer=list(_fields(described, answer.get("schema", {}))),
        answer_example=_example(answer),
        failures=sorted(number for number in responses if number != "200"),
    )


def _example(content: Described) -> str:
    found = next(iter(content.get("examples", {}).values()), None)
    return json.dumps(found["value"], ensure_ascii=False, indent=2) if found else ""


def _fields(described: Described, schema: Described, before: str = "") -> Iterator[Field]:
    """Yield the fields, including those of nested objects with their path: rows[].student."""
    found = _resolved(described, schema)
    for name, inner in found.get("properties", {}).items():
        shape = _resolved(described, inner)
        is_list = shape.get("type") == "array"
        way = f"{before}{name}{'[]' * is_list}"
        words = inner.get("description", "") or shape.get("description", "")
        yield Field(way, _kind(described, shape), words, name in found.get("required", ()))
        item = _resolved(described, shape["items"]) if is_list else shape
        if "properties" in item:
            yield from _fields(described, item, f"{way}.")


def _kind(described: Described, shape: Described) -> str:
    if "enum" in shape:
        return " · ".join(f"{value}" for value in shape["enum"] if value not in (None, ""))
    if shape.get("type") == "array":
        return _kind(described, _resolved(described, shape["items"]))
    kinds = shape.get("type", "")
    kind = " · ".join(kinds) if isinstance(kinds, list) else kinds
    return shape.get("format") or kind


def _resolved(described: Described, schema: Described) -> Described:
    """Follow a reference, including one wrapped in allOf to carry a description."""
    inner = schema.get("allOf", [schema])[0]
    if "oneOf" in inner:
        inner = inner["oneOf"][0]
    if "$ref" in inner:
        name = inner["$ref"].rpartition("/")[2]
        return described["components"]["schemas"][name]
    return inner

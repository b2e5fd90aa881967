"""Name the formats that we do not read, so that a refusal can say what to do instead."""

from collections.abc import Iterator, Mapping
from typing import Any

_OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, .doc: a compound file (learn.microsoft.com, [MS-CFB] 2.2)
# The part of a .docx that holds its text; archives store the names of parts unencrypted.
_WORD = b"word/document.xml"


def of_bytes(content: bytes) -> str:
    """Return the code of the refusal (surveys.files.words) for a file that is not text; "" for any other."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(_OLD_OFFICE):
        return "old_office"
    return "word" if content.startswith(b"PK") and _WORD in content else ""


def of_text(text: str) -> str:
    """Return the code of the refusal (surveys.files.words) for text that is neither JSON nor CSV; else ""."""
    bare = text.lstrip()
    if bare.startswith("<"):
        return "xml"
    if bare[:1] in ("{", "["):
        return ""
    lines = {line.strip().strip("-").strip() for line in text.splitlines()}
    if any(line.startswith("resourceType:") for line in lines):
        # Aidbox and Beda EMR write extensions as plain keys, and an answer as "value:" with its type inside.
        own = any(line in ("launchContext:", "mapping:", "value:", "Coding:") for line in lines)
        return "aidbox_yaml" if own else "yaml"
    if any("reproschema" in line for line in lines if line.startswith(("@context", "http"))):
        return "reproschema"
    return ""


def of_json(given: Mapping[str, Any]) -> str:
    """Return the code of the refusal for an object that is not FHIR version 4 or 5; "" for any other."""
    context = str(given.get("@context", ""))
    kinds = str(given.get("category") or given.get("@type") or "")
    if "reproschema" in context.lower() or kinds.lower().startswith("reproschema"):
        return "reproschema"
    if "lformsVersion" in given or "templateOptions" in given:
        return "lforms"
    nodes = list(_items(given, 0))
    options = [
        one
        for node in nodes
        if isinstance(found := node.get("answerOption"), list)
        for one in found
        if isinstance(one, dict)
    ]
    if any(isinstance(one.get("value"), dict) for one in options):
        return "aidbox_json"
    if any("option" in node or "options" in node for node in nodes) and not options:
        return "stu3"
    return ""


def _items(node: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    found = node.get("item")
    for one in found if isinstance(found, list) and depth < 20 else []:
        if isinstance(one, dict):
            yield one
            yield from _items(one, depth + 1)

"""Take a questionnaire, and the value sets and code systems that it refers to, out of FHIR bundles."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from surveys.files.found import BadFile

Node = Mapping[str, Any]
ANSWERS = ("ValueSet", "CodeSystem")


def resources_in(given: Node) -> list[dict[str, Any]]:
    """Return the resources of a bundle, but no bundles inside it; or the resource itself.

    A `fullUrl` becomes the address of a resource that has no other.
    """
    if given.get("resourceType") != "Bundle":
        return [dict(given)]
    entries = given.get("entry")
    found = []
    for one in entries if isinstance(entries, list) else []:
        inside = one.get("resource") if isinstance(one, dict) else None
        if isinstance(inside, dict) and inside.get("resourceType") != "Bundle":
            address = {"url": one["fullUrl"]} if isinstance(one.get("fullUrl"), str) else {}
            found.append(address | inside)
    return found


def questionnaire_in(given: Node) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the only questionnaire and the other resources. Raises BadFile if there is none, or several."""
    found = resources_in(given)
    questionnaires = [one for one in found if one.get("resourceType") == "Questionnaire"]
    if len(questionnaires) == 1:
        return questionnaires[0], [one for one in found if one is not questionnaires[0]]
    if questionnaires:
        names = [
            str(one.get("title") or one.get("name") or one.get("id")) for one in questionnaires
        ]
        raise BadFile("several", ", ".join(names)[:200])
    kinds = Counter(str(one.get("resourceType") or "") for one in found)
    told = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()) if kind)
    is_bundle = given.get("resourceType") == "Bundle"
    if not is_bundle and given.get("resourceType") in ANSWERS:
        raise BadFile("only_answers")
    raise BadFile("bundle_without" if is_bundle else "not_known", told[:200])


def answers_in(given: Any) -> list[dict[str, Any]]:
    """Return value sets and code systems of a second file. Raises BadFile if there is none."""
    found = resources_in(given) if isinstance(given, dict) else []
    answers = [one for one in found if one.get("resourceType") in ANSWERS]
    if not answers:
        raise BadFile("beside_without")
    return answers

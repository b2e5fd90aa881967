"""{% hear "talked" %}: a link to our own sentence, spoken by the server; nothing if the server has no voice.

family.js lets the browser read the words beside it instead, where that can.
"""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.translation import get_language

from doors.family.aloud.voices import can_speak
from doors.family.read_aloud import SENTENCES, version
from guardians.policies import is_read_aloud
from uploads import speaking

register = template.Library()


@register.simple_tag(takes_context=True)
def aloud_of(context: dict[str, Any]) -> str:
    """Return the query by which the server reads this very page aloud; nothing where it does not."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if request is None or match is None or not is_read_aloud(match.func):
        return ""
    # A link that is over knows nobody, and there is nothing to read.
    if getattr(request, "family_adult", None) is None:
        return ""
    if request.method not in ("GET", "HEAD") or not can_speak(get_language() or ""):
        return ""
    return urlencode({"of": request.get_full_path()})


@register.inclusion_tag("family/_hear.html")
def hear(name: str) -> dict[str, Any]:
    language = get_language() or ""
    if not speaking.can_speak(language):
        return {}
    return {
        "name": name,
        "language": language,
        "version": version(name),
        "label": SENTENCES[name][0],
    }

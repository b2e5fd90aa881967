"""{% hear "talked" %}: a link to our own sentence, spoken by the server; nothing if the server has no voice.

family.js lets the browser read the words beside it instead, where that can.
"""

from typing import Any

from django import template
from django.utils.translation import get_language

from doors.family.read_aloud import SENTENCES, version
from uploads import speaking

register = template.Library()


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

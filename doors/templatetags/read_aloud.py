"""{% hear "talked" %}: a link to one of our sentences, recorded by the school or else spoken by the server;
nothing if neither is available.

Where the browser has a voice of its own, family.js lets it read the text instead of the server.
"""

from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from core import languages
from core.per_page import once
from delivery.sentences.queries import sound_path, voices_by_words
from delivery.services.speech import can_speak
from doors.family.read_aloud import parts_of, sentence, version
from guardians.policies import is_read_aloud
from uploads import speaking

register = template.Library()


@register.simple_tag(takes_context=True)
def aloud_of(context: dict[str, Any]) -> str:
    """Return the query that makes the server read this page aloud; "" if it cannot."""
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    if request is None or match is None or not is_read_aloud(match.func):
        return ""
    # An expired link identifies nobody, and there is nothing to read.
    if getattr(request, "family_adult", None) is None:
        return ""
    # Even without a voice here, a lesson may still have what was spoken before.
    is_heard = can_speak(languages.active()) or context.get("is_kept_aloud", False)
    if request.method not in ("GET", "HEAD") or not is_heard:
        return ""
    return urlencode({"of": request.get_full_path()})


@register.simple_tag(takes_context=True)
def hear(context: dict[str, Any], name: str) -> SafeString:
    language = languages.active()
    # The recordings of the school whose page it is, read once for the page. An expired link has no school.
    adult = getattr(context.get("request"), "family_adult", None)
    if adult is None:
        voices = {}
    else:
        school = adult.school_id
        voices = once(("sentences", school, language), lambda: voices_by_words(school, language))
    own = voices.get(sentence(name)) if voices else None
    if own is None and not speaking.can_speak(language):
        return SafeString("")
    return _ear(name, language, sound_path(own) if own else "")


@lru_cache(maxsize=256)
def _ear(name: str, language: str, own: str) -> SafeString:
    """Rendered once for each process: a page with a question has five."""
    context = {"own": own, "name": name, "language": language, "version": version(name)}
    return render_to_string("family/_hear.html", context | {"label": parts_of(name)[0]})

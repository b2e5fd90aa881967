"""Read a family page aloud.

The page is requested once more on behalf of its own reader, so that nobody hears what they may not read. The
speech is made each time and kept only in the memory of the process, except for the text of lessons, which
names nobody (learning.voice).
"""

import copy
from itertools import chain
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core.requests import key_of
from delivery.services.speech import can_speak, spoken
from doors.family.aloud.text import parts_of
from guardians.policies import is_read_aloud
from learning.voice.queries import kept_among, kept_sound
from uploads.responses import serve_voice
from uploads.rules import BadUpload
from uploads.speaking import pieces

TITLE_CHARS = 30  # of a part's title on the page of players


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Show one player for each part, for browsers without JavaScript."""
    language, parts = _heard(request)
    of, said = request.GET["of"], [pieces(words) for words in parts]
    kept = set[str]() if can_speak(language) else kept_among(chain.from_iterable(said), language)
    rows = [
        {
            "title": words.partition("\n")[0][:TITLE_CHARS],
            "src": f"{reverse('family:aloud_voice')}?{urlencode({'of': of, 'part': place, 'piece': piece})}",
        }
        for place, words in enumerate(parts)
        for piece, one in enumerate(said[place])
        if can_speak(language) or one in kept
    ]
    if not rows:
        raise Http404
    context = {"rows": rows, "of": of}
    with translation.override(language):
        return render(request, "family/aloud.html", context)


@require_safe
@never_cache
def voice(request: HttpRequest) -> HttpResponse:
    """Speak one piece of one part. 404 if there is no such piece, as after the last one."""
    language, parts = _heard(request)
    part, piece = (key_of(request.GET.get(name, "0")) or 0 for name in ("part", "piece"))
    try:
        words = pieces(parts[part])[piece]
    except IndexError:
        raise Http404 from None
    return serve_voice(lambda kind: _sound(words, language, kind), request)


def _sound(words: str, language: str, content_type: str) -> bytes:
    kept = kept_sound(words, language, content_type)
    if kept is not None:
        return kept
    if not can_speak(language):
        raise Http404
    try:
        return spoken(words, language)[content_type]
    except BadUpload:
        raise Http404 from None


def _heard(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the language and the parts of the page `of`, requested as this reader; 404 if they may not open
    it.
    """
    path, _mark, query = request.GET.get("of", "").partition("?")
    try:
        match = resolve(path)
    except Resolver404:
        raise Http404 from None
    if not is_read_aloud(match.func):
        raise Http404
    # A request with the same session and phone, for the other page and without compression.
    inner = copy.copy(request)
    inner.__dict__.pop("headers", None)
    inner.META = {
        key: value for key, value in request.META.items() if key != "HTTP_ACCEPT_ENCODING"
    }
    inner.META |= {"PATH_INFO": path, "QUERY_STRING": query}
    inner.path = inner.path_info = path
    inner.method, inner.GET, inner.resolver_match = "GET", QueryDict(query), match
    answer = match.func(inner, *match.args, **match.kwargs)
    is_page = answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html")
    language = answer.headers.get("Content-Language", "")
    if not is_page:
        raise Http404
    return language, parts_of(answer.content.decode())

"""Answers with the bytes of an upload. Who may have them, the caller has asked before."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from uploads.models import Upload

NAMES = {"image/jpeg": "photo.jpg", "audio/ogg": "voice.ogg", "audio/mp4": "voice.m4a"}
FORMS = {"ogg": "audio/ogg", "m4a": "audio/mp4"}
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


@dataclass(frozen=True)
class Span:
    """First and last byte, both included."""

    first: int
    last: int


def serve(upload: Upload, request: HttpRequest) -> HttpResponse:
    """The photo, or the voice note in the form that this browser plays; parts of it on request.

    `?as=ogg` and `?as=m4a` (the two sources of templates/uploads/_player.html) name the form.
    """
    if upload.is_voice:
        return serve_voice(lambda kind: _content(upload, kind), request)
    return _private(HttpResponse(_content(upload, "image/jpeg")), "image/jpeg")


def serve_voice(read: Callable[[str], bytes], request: HttpRequest) -> HttpResponse:
    """A recording of which `read` gives the bytes in the form that this browser plays."""
    content_type = _voice_type(request)
    data = read(content_type)
    response = part_of(data, request.headers.get("Range", "")) or HttpResponse(data)
    response["Accept-Ranges"] = "bytes"
    patch_vary_headers(response, ["Accept", "User-Agent"])
    return _private(response, content_type)


def _private(response: HttpResponse, content_type: str) -> HttpResponse:
    response["Content-Type"] = content_type
    response["Content-Disposition"] = f'inline; filename="{NAMES[content_type]}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _content(upload: Upload, content_type: str) -> bytes:
    row = upload.contents.filter(content_type=content_type).first()
    if row is None:
        raise Http404
    return bytes(row.data)


def _voice_type(request: HttpRequest) -> str:
    named = FORMS.get(request.GET.get("as", ""))
    if named:
        return named
    accepted = request.headers.get("Accept", "")
    if "audio/ogg" in accepted:
        return "audio/ogg"
    if "audio/mp4" in accepted or "audio/aac" in accepted:
        return "audio/mp4"
    # Players ask for "anything"; Apple's are known by their name only.
    agent = request.headers.get("User-Agent", "")
    is_apple = re.search(r"iPhone|iPad|Macintosh|AppleCoreMedia", agent)
    return "audio/mp4" if is_apple and "Chrome/" not in agent else "audio/ogg"


def part_of(data: bytes, asked: str) -> HttpResponse | None:
    """One span of bytes (RFC 9110, 14): players ask for them. None: the whole is answered."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or found.groups() == ("", ""):
        return None
    span = _span(found[1], found[2], len(data))
    if span is None:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{len(data)}"
        return response
    response = HttpResponse(data[span.first : span.last + 1], status=206)
    response["Content-Range"] = f"bytes {span.first}-{span.last}/{len(data)}"
    return response


def _span(first: str, last: str, length: int) -> Span | None:
    if not first:  # the last so many bytes
        count = min(int(last), length)
        return Span(length - count, length - 1) if count else None
    start, end = int(first), min(int(last) if last else length, length - 1)
    return Span(start, end) if start <= end else None

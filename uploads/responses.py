"""Respond with the bytes of an upload. The caller has checked who may have them."""

import re
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from uploads.models import Upload

NAMES = {"image/jpeg": "photo.jpg", "audio/ogg": "voice.ogg", "audio/mp4": "voice.m4a"}
FORMS = {"ogg": "audio/ogg", "m4a": "audio/mp4"}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


def serve(upload: Upload | None, request: HttpRequest) -> HttpResponse:
    """Respond with the photo, or with the voice note in the format that this browser plays; in parts on
    request.

    `?as=ogg` and `?as=m4a` (the two sources of templates/uploads/_player.html) select the format.
    """
    if upload is None:  # it has been removed in the meantime
        raise Http404
    if upload.is_voice:
        return serve_voice(lambda kind: _content(upload, kind), request)
    return _private(HttpResponse(_content(upload, "image/jpeg")), "image/jpeg")


def serve_voice(read: Callable[[str], bytes], request: HttpRequest) -> HttpResponse:
    """Respond with a recording; `read` returns its bytes in the format that this browser plays."""
    content_type = FORMS.get(request.GET.get("as", ""))
    if content_type is None:
        accepted, agent = (request.headers.get(name, "") for name in ("Accept", "User-Agent"))
        # Most players accept anything, so Apple's can be recognised only by name.
        is_apple = re.search(r"iPhone|iPad|Macintosh|AppleCoreMedia", agent)
        takes_aac = "audio/mp4" in accepted or "audio/aac" in accepted
        wants_aac = takes_aac or (is_apple and "Chrome/" not in agent)
        content_type = "audio/mp4" if wants_aac and "audio/ogg" not in accepted else "audio/ogg"
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


def part_of(data: bytes, asked: str) -> HttpResponse | None:
    """Respond with one range of bytes (RFC 9110, 14), as players request. None means: send everything."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or found.groups() == ("", ""):
        return None
    # First and last byte, both included; without a first one, this many bytes at the end.
    size = len(data)
    if found[1]:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    else:
        first, last = size - min(int(found[2]), size), size - 1
    if first > last:
        response = HttpResponse(status=416)
        response["Content-Range"] = f"bytes */{size}"
        return response
    response = HttpResponse(data[first : last + 1], status=206)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response

"""Concurrent edits: a system may say which state it has read (If-Match), and is told if it has changed."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.http import parse_etags, quote_etag
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request

HEADER = "If-Match"
IF_MATCH = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=_("The ETag of what was read: 412 where it has changed since"),
)
ANY = "*"


class Changed(APIException):
    status_code = 412
    default_detail = _("It has changed since you read it. Nothing was written; read it again.")


def etag_of(told: Any) -> str:
    """Return an ETag of the data, for which callers leave out texts that differ between languages."""
    said = json.dumps(told, cls=DjangoJSONEncoder, sort_keys=True)
    return quote_etag(hashlib.sha256(said.encode()).hexdigest()[:32])


def wants_match(request: Request) -> bool:
    return HEADER in request.headers


def must_match(request: Request, current: Callable[[], str]) -> None:
    """Raise Changed if the state has changed.

    `current` returns the present ETag, read under the locks used for writing.
    """
    if not wants_match(request):
        return
    # A proxy that compresses an answer marks its ETag as weak, but the state is the same.
    asked = {tag.removeprefix("W/") for tag in parse_etags(request.headers[HEADER])}
    if ANY not in asked and current() not in asked:
        raise Changed

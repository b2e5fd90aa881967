"""Two who change one thing: a system may say which state it read (If-Match), and hears that it is over."""

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
    """The same in every language: of what is told, not of its words."""
    said = json.dumps(told, cls=DjangoJSONEncoder, sort_keys=True)
    return quote_etag(hashlib.sha256(said.encode()).hexdigest()[:32])


def wants_match(request: Request) -> bool:
    return HEADER in request.headers


def must_match(request: Request, current: Callable[[], str]) -> None:
    """`current`: the ETag now, read under the locks under which it is written. Raises Changed."""
    if not wants_match(request):
        return
    # A proxy that compresses an answer marks its ETag as weak; the state is the same.
    asked = {tag.removeprefix("W/") for tag in parse_etags(request.headers[HEADER])}
    if ANY not in asked and current() not in asked:
        raise Changed

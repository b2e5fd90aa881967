"""A request that is sent again does nothing twice (Idempotency-Key)."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response

from api.models import KEY_LENGTH, ApiToken, KeptAnswer
from api.parsers import TooLarge
from api.problems import Refused

KEPT = timedelta(hours=24)
HEADER = "Idempotency-Key"
ONCE = OpenApiParameter(HEADER, str, OpenApiParameter.HEADER, required=True)
NO_KEY = _("A request that changes something carries an Idempotency-Key of 1 to 100 visible signs.")
NO_LENGTH = _("Send the body in one piece, with its Content-Length.")  # in pieces it reads as empty
OTHER_BODY = _("This Idempotency-Key was used for another request.")


def once(
    request: Request,
    token: ApiToken,
    at: datetime,
    act: Callable[[], tuple[int, dict[str, Any]]],
    before: Callable[[], None] = lambda: None,
) -> Response:
    """Return the answer of `act` or, for a request sent again, the answer that it got the first time.

    Of two simultaneous requests, the second waits for the first. If `act` refuses by raising an exception,
    nothing is kept. `before` runs outside the transaction.
    """
    key = request.headers.get(HEADER, "")
    if not 0 < len(key) <= KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise ParseError(NO_KEY)
    if "Transfer-Encoding" in request.headers:
        raise ParseError(NO_LENGTH)
    # A digest of the request exactly as it was sent.
    said = f"{request.method} {request.get_full_path()}\n".encode()
    try:
        body = request._request.body
    except RequestDataTooBig as error:  # Django's own limit, higher than that of our parser
        raise TooLarge from error
    digest = hashlib.sha256(said + body).hexdigest()
    before()
    with transaction.atomic():
        KeptAnswer.objects.filter(token=token, key=key, kept_at__lte=at - KEPT).delete()
        kept, is_new = KeptAnswer.objects.get_or_create(
            token=token, key=key, defaults={"digest": digest, "kept_at": at}
        )
        if kept.digest != digest:
            raise Refused([(HEADER, str(OTHER_BODY))])
        if is_new:
            kept.status, kept.body = act()
            kept.save(update_fields=["status", "body"])
    headers = {} if is_new else {"Idempotent-Replayed": "true"}
    return Response(kept.body, status=kept.status, headers=headers)


def forget(at: datetime) -> int:
    return KeptAnswer.objects.filter(kept_at__lte=at - KEPT).delete()[0]

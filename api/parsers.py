"""Parsing of request bodies: JSON that can be stored, of limited size."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from core.requests import json_of

MAX_BYTES = 1024 * 1024  # bytes; one day of two thousand pupils is about 200 kB


class TooLarge(APIException):
    status_code = 413
    default_detail = _("At most 1 MB at once.")


class SoundJSON(BaseParser):
    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read(MAX_BYTES + 1)
        if len(body) > MAX_BYTES:
            raise TooLarge
        try:
            return json_of(body)
        except ValueError as error:  # the base class of UnicodeDecodeError and JSONDecodeError
            raise ParseError(gettext("The body is not JSON that we can store.")) from error

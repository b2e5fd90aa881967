"""Errors in OneRoster's format (imsx_StatusInfo)."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from api.problems import known

MINOR = {
    401: "unauthorisedrequest",
    403: "forbidden",
    404: "unknownobject",
    429: "server_busy",
}


class BadQuery(APIException):
    """A parameter that we do not support, or that names something that does not exist."""

    status_code = 400
    default_detail = _("We serve limit, offset and fields; no filter and no other order.")

    def __init__(self, minor: str, words: Any = None) -> None:
        super().__init__(words)
        self.minor = minor


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    found = known(error)
    if found is None:
        return None
    response, _errors = found
    minor = getattr(error, "minor", MINOR.get(response.status_code, "invaliddata"))
    response.data = status_info(str(response.data["detail"]), minor)
    return response


def status_info(words: str, minor: str) -> dict[str, Any]:
    field = {"imsx_codeMinorFieldName": "TargetEndSystem", "imsx_codeMinorFieldValue": minor}
    return {
        "imsx_codeMajor": "failure",
        "imsx_severity": "error",
        "imsx_description": words,
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }

"""Errors in the format of RFC 9457, in the caller's language; each error in a list points into the body."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

PROBLEM_JSON = "application/problem+json"
# The end of the type's address, and its title; /api/docs/ explains them.
KINDS: dict[int, tuple[str, str | Promise]] = {
    400: ("unreadable", _("The request cannot be read")),
    401: ("no-token", _("No token that opens this")),
    403: ("no-scope", _("This is not open to you")),
    404: ("not-found", _("There is no such thing here")),
    405: ("no-method", _("This address does not answer to this method")),
    406: ("no-format", _("We answer in JSON only")),
    412: ("changed", _("It has changed since it was read")),
    413: ("too-large", _("Too much at once")),
    415: ("no-json", _("We read JSON only")),
    422: ("not-as-described", _("Something in the request is not as described")),
    429: ("too-often", _("Too many requests")),
    500: ("failed", _("Something failed here; it has been recorded")),
    503: ("not-now", _("The server cannot answer just now; send it again later")),
}
ONE_WHO_RUNS_SURVEYS = _("A counsellor of the school has yet to agree to this.")
NO_SCOPE = _("The token was made without the scope for this.")


class Forbidden(exceptions.PermissionDenied):
    """A 403 that gives the reason, which the caller may know anyway."""


class ReadsOnly(Forbidden):
    default_detail = _("A browser's session only reads here. Systems that write show a token.")


class SecondStepFirst(Forbidden):
    default_detail = _("Show the second step on a page first.")


class PeopleAlone(Forbidden):
    default_detail = _("Only colleagues can read this, signed in with a browser.")


class NotAgreed(Forbidden):
    """The token has the scope, but no authorised colleague agrees (api.models.AGREED_WITH)."""

    default_detail = _("A counsellor or the principal of the school has yet to agree to this.")


class Refused(exceptions.APIException):
    """Status 422. `errors` are pairs of (pointer into the body, text)."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, errors: list[tuple[str, str]]) -> None:
        super().__init__(_("Nothing was changed. Correct it and send it again."))
        self.errors = errors


def known(error: Exception) -> tuple[Response, list[tuple[str, str]]] | None:
    """Return an exception of Django or DRF as a status and errors by field; None for an error of our own."""
    if isinstance(error, exceptions.ValidationError):
        error = Refused(list(_flat(error.detail, "")))
    says_why = isinstance(error, Forbidden)
    if isinstance(error, PermissionDenied | exceptions.PermissionDenied) and not says_why:
        error = exceptions.PermissionDenied(NO_SCOPE)
    if isinstance(error, Http404):
        error = exceptions.NotFound(str(KINDS[404][1]))
    response = exception_handler(error, {})
    return None if response is None else (response, getattr(error, "errors", []))


def answer(error: Exception, context: dict[str, Any]) -> Response | None:
    found = known(error)
    if found is None:
        return None
    response, errors = found
    response.data = problem(response.status_code, str(response.data["detail"]))
    if errors:
        response.data["errors"] = [
            {"pointer": pointer, "detail": words} for pointer, words in errors
        ]
    response.content_type = PROBLEM_JSON
    return response


def problem(status: int, detail: str = "") -> dict[str, Any]:
    kind, title = KINDS.get(status, KINDS[400])
    return {
        "type": f"{settings.PUBLIC_URL}{reverse('api:docs')}#{kind}",
        "title": str(title),
        "status": status,
        "detail": detail or str(title),
    }


def _flat(detail: Any, pointer: str) -> Iterator[tuple[str, str]]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            at_whole = name == "non_field_errors"
            escaped = str(name).replace("~", "~0").replace("/", "~1")  # as RFC 6901 requires
            yield from _flat(inner, pointer if at_whole else f"{pointer}/{escaped}")
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        for place, inner in enumerate(detail):
            yield from _flat(inner, f"{pointer}/{place}")
    elif isinstance(detail, list):
        for words in detail:
            yield pointer, str(words)
    else:
        yield pointer, str(detail)

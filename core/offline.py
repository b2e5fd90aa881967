"""The answers to a form that a phone kept while it had no network (static/src/staff/offline.js).

Such a form comes with the header `X-Offline: 1` and its page's single-use `key`. If accepted: 200 with
`next`, the page to continue on. If not: 422 (errors in the form) or 409 (what the server knows by now), with
`message`, which the phone shows next to the kept text. On 401, 403 or a redirect to sign-in the form stays on
the phone until the same person has signed in.
"""

from http import HTTPStatus

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

KEEPS = "X-Keep"  # header: a phone requests this page only to keep it for times without a network


def is_from_queue(request: HttpRequest) -> bool:
    return request.headers.get("X-Offline") == "1"


def read_as(request: HttpRequest, what: str) -> str:
    """Return `what` for the log of readers, marked if a phone only keeps the page and nobody has looked at it
    yet.
    """
    return f"{what}, kept" if KEEPS in request.headers else what


def accepted(request: HttpRequest, url: str) -> HttpResponse:
    """Answer that the form was saved, now or earlier with the same key."""
    return JsonResponse({"next": url}) if is_from_queue(request) else redirect(url)


def conflict(message: object) -> HttpResponse:
    """Answer that the form cannot be saved as things are now.

    For pages without script, show the message yourself.
    """
    return JsonResponse({"message": str(message)}, status=HTTPStatus.CONFLICT)


def refused(message: object) -> HttpResponse:
    return JsonResponse({"message": str(message)}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def over(message: object) -> HttpResponse:
    """Answer that what the form belongs to no longer exists, so that it will not be accepted later either."""
    return JsonResponse({"message": str(message)}, status=HTTPStatus.GONE)


def form_refused(form: BaseForm) -> HttpResponse:
    """Answer with the form's errors, each in one sentence."""
    lines = [str(error) for error in form.non_field_errors()]
    for name, errors in form.errors.items():
        if name in form.fields:
            lines += [f"{form[name].label}: {error}" for error in errors]
    return refused(" ".join(lines))

"""How a form that was kept on a phone without a network is answered (static/src/staff/offline.js).

Such a form comes with the header `X-Offline: 1` and its page's single-use `key`. Accepted: 200 with
`next`, where the page goes on. Not accepted: 422 (the form) or 409 (what the server knows by now),
with `message`, which the phone shows beside the kept text. 401, 403 or the way to signing in leave
the form on the phone until the same person is signed in.
"""

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

KEEPS = "X-Keep"  # header: a phone only keeps this page, for when there is no network

CONFLICT, OVER, UNPROCESSABLE = 409, 410, 422


def is_from_queue(request: HttpRequest) -> bool:
    return request.headers.get("X-Offline") == "1"


def read_as(request: HttpRequest, what: str) -> str:
    """What the log says of a reading: of a page that a phone only keeps, that nobody has looked at it yet."""
    return f"{what}, kept" if KEEPS in request.headers else what


def accepted(request: HttpRequest, url: str) -> HttpResponse:
    """Taken, now or earlier under the same key."""
    return JsonResponse({"next": url}) if is_from_queue(request) else redirect(url)


def conflict(message: object) -> HttpResponse:
    """What was written cannot be taken as things stand; for pages without script show it yourself."""
    return JsonResponse({"message": str(message)}, status=CONFLICT)


def refused(message: object) -> HttpResponse:
    return JsonResponse({"message": str(message)}, status=UNPROCESSABLE)


def over(message: object) -> HttpResponse:
    """What it belonged to is no more; it will not be taken later either."""
    return JsonResponse({"message": str(message)}, status=OVER)


def form_refused(form: BaseForm) -> HttpResponse:
    """The form's errors in one sentence each."""
    lines = [str(error) for error in form.non_field_errors()]
    for name, errors in form.errors.items():
        if name in form.fields:
            lines += [f"{form[name].label}: {error}" for error in errors]
    return refused(" ".join(lines))

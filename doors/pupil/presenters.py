"""What every page of the pupils' door shows: the hotlines, and how long the visit still lasts."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from core import clock
from schools import hotlines


def pupil_page(request: HttpRequest, name: str, *, status: int = 200, **context) -> HttpResponse:
    # Before signing in nobody says which school it is: a door code that exists must not show.
    pupil = getattr(request, "pupil", None)
    context["hotlines"] = hotlines.of(context.get("school") or (pupil and pupil.school))
    context["seconds_left"] = seconds_left(request) if pupil else None
    return render(request, f"pupil/{name}.html", context, status=status)


def tap_again(to: str) -> HttpResponse:
    """To the pictures once more, and from there on to the page of this name."""
    return redirect(f"{reverse('pupil:sign_in')}?to={to}")


def seconds_left(request: HttpRequest) -> int:
    until = request.session.get("pupil_until", 0)
    return max(0, int(until - clock.for_request(request).timestamp()))

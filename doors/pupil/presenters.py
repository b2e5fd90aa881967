"""Common parts of every page at the pupils' door: the hotlines, and the time left in the session."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from safeguarding.models import Concern
from schools import hotlines


def pupil_page(request: HttpRequest, name: str, *, status: int = 200, **context) -> HttpResponse:
    # Before sign-in the page must name no school, because that would show whether a class code exists.
    pupil = getattr(request, "pupil", None)
    context["hotlines"] = hotlines.of(context.get("school") or (pupil and pupil.school))
    context["seconds_left"] = seconds_left(request) if pupil else None
    return render(request, f"pupil/{name}.html", context, status=status)


def tap_again(to: str) -> HttpResponse:
    """Redirect to the pictures once more, and from there to the page of this name."""
    return redirect(f"{reverse('pupil:sign_in')}?to={to}")


def adult_of(concern: Concern) -> str:
    """Return the name of the adult who looks after what the child told."""
    return concern.named_adult.name if concern.named_adult else _("Somebody from school")


def seconds_left(request: HttpRequest) -> int:
    until = request.session.get("pupil_until", 0)
    return max(0, int(until - clock.for_request(request).timestamp()))

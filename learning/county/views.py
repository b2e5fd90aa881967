"""Pages of an officer: the lessons that schools may have, and one of them to read and release for all."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import languages
from learning.county import actions, policies, presenters
from learning.county.policies import reads_for_county
from learning.exchange.policies import get_from_library
from learning.forms import LetOutForm, TakeBackForm
from learning.models import Lesson
from schools.models import County
from schools.requests import CountyRequest


@require_safe
@reads_for_county
def lessons(request: CountyRequest, county: County) -> HttpResponse:
    """Show the lessons that come with the product."""
    ours = list(policies.lessons_of_ours())
    context = {
        "county": county,
        "title": _("Lessons that come with Jiaqiao"),
        "parts": presenters.listed(county, ours, request.viewer),
        "elsewhere": presenters.out_elsewhere(county, [one.digest for one in ours]),
    }
    return render(request, "learning/county/list.html", context)


@require_safe
@reads_for_county
def pack(request: CountyRequest, county: County, pk: int) -> HttpResponse:
    """Show the lessons of a pack in the library."""
    row = get_from_library(county, pk)
    context = {
        "county": county,
        "title": row.words(languages.active()),
        "pack": row,
        "parts": presenters.listed(county, policies.lessons_in(row), request.viewer),
    }
    return render(request, "learning/county/list.html", context)


@require_safe
@reads_for_county
def lesson(request: CountyRequest, county: County, digest: str) -> HttpResponse:
    return _page(request, county, policies.get_lesson_for(county, digest))


def _page(
    request: CountyRequest,
    county: County,
    lesson: Lesson,
    form: LetOutForm | TakeBackForm | None = None,
) -> HttpResponse:
    """Show the lesson. `form`: what was sent and has errors."""
    context = presenters.shown(county, lesson, request.viewer) | {"form": form or TakeBackForm()}
    status = 422 if form else 200
    return render(request, "learning/county/lesson.html", context, status=status)


@require_POST
@reads_for_county
def let_out(request: CountyRequest, county: County, digest: str) -> HttpResponse:
    viewer, lesson = request.viewer, policies.get_lesson_for(county, digest)
    form = LetOutForm(request.POST)
    if not form.is_valid():
        return _page(request, county, lesson, form)
    if actions.let_out(county=county, lesson=lesson, by=viewer.user, at=viewer.at):
        said = _("Every school of the county may teach it now. They see your name beside it.")
        if not lesson.is_for_class:
            said = _(
                "Every school of the county may send it now. Schools and families see your name."
            )
        messages.success(request, said)
    return redirect("learning:county_lesson", digest)


@require_POST
@reads_for_county
def take_back(request: CountyRequest, county: County, digest: str) -> HttpResponse:
    viewer, lesson = request.viewer, policies.get_lesson_for(county, digest)
    form = TakeBackForm(request.POST)
    if not form.is_valid():
        return _page(request, county, lesson, form)
    reason = form.cleaned_data["reason"]
    if actions.take_back(county=county, lesson=lesson, reason=reason, by=viewer.user, at=viewer.at):
        messages.success(
            request, _("Taken back. Schools that have read it themselves see that, and go on.")
        )
    return redirect("learning:county_lesson", digest)

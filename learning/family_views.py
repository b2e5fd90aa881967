"""A family hears a lesson and says whether it was useful: signed in, or behind the link of a message.

Opening a link records nothing (previews fetch links); a tap, or a page for somebody signed in, does. Works
without script.
"""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from delivery.behind_link import behind_link
from guardians.models import Adult
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from learning import actions, links, policies, presenters, queries
from learning.forms import AnswerForm
from learning.links import Opened
from learning.models import Lesson, LessonSent
from learning.reach import Reader
from learning.voice.queries import heard_by_families
from schools.queries import only_phone
from uploads.responses import serve


def _readers(request: FamilyDoorRequest) -> list[Reader]:
    readers = policies.readers_in(request.adults, timezone.localdate(clock.for_request(request)))
    if not readers:
        raise Http404
    return readers


@require_safe
@family_page
def lessons(request: FamilyDoorRequest) -> HttpResponse:
    return render(request, "learning/family/list.html", presenters.family_list(_readers(request)))


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def lesson(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    lesson, adult = policies.reader_of(_readers(request), pk)
    if request.method == "POST":
        return _say(request, lesson, adult, reverse("family_learning:lesson", args=[pk]))
    if request.method == "GET" and queries.is_out(lesson, adult.school_id):
        actions.note_opened(lesson=lesson, adult=adult, at=clock.for_request(request))
    return _page(request, lesson, adult)


def _over(request: HttpRequest, _token: str) -> HttpResponse:
    return render(
        request, "learning/family/expired.html", {"school_phone": only_phone()}, status=404
    )


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(links.open_link, _over)
def link(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    if request.method == "POST":
        back = reverse("family_learning:link", args=[token])
        return _say(request, opened.lesson, opened.adult, back, token)
    return _page(request, opened.lesson, opened.adult, token)


@require_safe
@family_page
def voice(request: FamilyDoorRequest, pk: int, language: str) -> HttpResponse:
    lesson, adult = policies.reader_of(_readers(request), pk)
    return _heard(request, lesson, adult, language)


@require_safe
@behind_link(links.open_link, _over, is_page=False)
def link_voice(request: HttpRequest, token: str, opened: Opened, language: str) -> HttpResponse:
    return _heard(request, opened.lesson, opened.adult, language)


def _heard(request: HttpRequest, lesson: Lesson, adult: Adult, language: str) -> HttpResponse:
    """Respond with the school's recording; 404 if the school no longer releases the lesson."""
    found = heard_by_families(lesson, adult.school_id, language)
    if found is None or not queries.is_out(lesson, adult.school_id):
        raise Http404
    return serve(found.recording, request)


def _say(
    request: HttpRequest, lesson: Lesson, adult: Adult, back: str, token: str = ""
) -> HttpResponse:
    """Save whether it was useful and show the page again; for a lesson that is gone, save nothing."""
    form = AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, lesson, adult, token, status=422)
    if queries.is_out(lesson, adult.school_id):
        actions.answer(
            lesson=lesson,
            adult=adult,
            is_of_use=form.cleaned_data["use"],
            at=clock.for_request(request),
        )
    return redirect(back)


def _page(
    request: HttpRequest, lesson: Lesson, adult: Adult, token: str = "", status: int = 200
) -> HttpResponse:
    sent = LessonSent.objects.filter(lesson=lesson, adult=adult).first()
    context = presenters.family_page(lesson, adult.school, sent, token)
    template = "lesson.html" if context["is_out"] else "gone.html"
    return render(request, f"learning/family/{template}", context, status=status)

"""A family's conversations with the school.

They work without script, and repeating an action changes nothing.
"""

from datetime import date
from http.client import NO_CONTENT
from typing import Any
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from guardians.policies import family_page, guardianships_of
from guardians.requests import FamilyDoorRequest
from schools import hotlines
from threads import actions, family_presenters, policies, queries
from threads.forms import BeginForm, SayForm
from uploads.responses import serve
from uploads.rules import PHOTO_BYTES, VOICE_BYTES, VOICE_SECONDS

LIMITS = {"seconds": VOICE_SECONDS, "voice_bytes": VOICE_BYTES, "photo_bytes": PHOTO_BYTES}


def _today(request: HttpRequest) -> date:
    return timezone.localdate(clock.for_request(request))


@require_safe
@family_page
def threads(request: FamilyDoorRequest) -> HttpResponse:
    context = family_presenters.listed(
        request.adults, request.family_adult, clock.for_request(request)
    )
    return render(request, "threads/family/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def thread(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    place, at = policies.get_place(request.adults, pk, _today(request)), clock.for_request(request)
    if request.method != "POST":
        have = request.GET.get("have")  # as on the staff page
        if have and have == queries.state_of(place.thread, is_staff=False):
            return HttpResponse(status=NO_CONTENT)
        return _talk(request, place)
    form = SayForm(request.POST, request.FILES)
    if not form.is_valid():
        return _talk(request, place, form)
    try:
        actions.say_from_family(
            thread=place.thread, adult=place.adult, said=form.said, by=request.user, at=at
        )
    except actions.StaleKey:
        form.add_error("key", _("Please open this page again."))
        return _talk(request, place, form)
    return redirect(f"{reverse('family_threads:thread', args=[pk])}#end")


def _talk(request: FamilyDoorRequest, place, form: SayForm | None = None) -> HttpResponse:
    at = clock.for_request(request)
    context = family_presenters.talk(request.adults, place, at, request.GET.get("before", ""))
    actions.note_seen_by_family(
        thread=place.thread, adult=place.adult, messages=context["talk"].messages, at=at
    )
    context |= LIMITS | {"form": form, "key": form.fresh_key if form else uuid4()}
    return render(request, "threads/family/thread.html", context, status=422 if form else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def new(request: FamilyDoorRequest) -> HttpResponse:
    """Begin a conversation about one child or about none. The family can say that it needs help."""
    held = list(
        guardianships_of(request.adults, _today(request))
        .select_related("student", "adult__school")
        .order_by("student__born_on", "pk")
    )
    children = list({row.student_id: row.student for row in held}.values())
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = BeginForm(*data, children=children)
    if not form.is_bound or not form.is_valid():
        return _new(request, form, children)
    student = form.student
    adult = next(
        (row.adult for row in held if student and row.student_id == student.pk), held[0].adult
    )
    try:
        message = actions.begin_from_family(
            adult=adult,
            student=student,
            said=form.said,
            by=request.user,
            at=clock.for_request(request),
        )
    except actions.StaleKey:
        form.add_error("key", _("Please open this page again."))
        return _new(request, form, children)
    return redirect(f"{reverse('family_threads:thread', args=[message.thread_id])}#end")


def _new(request: FamilyDoorRequest, form: BeginForm, children: list) -> HttpResponse:
    chosen = form.data.get("child", "") if form.is_bound else request.GET.get("child", "")
    if len(children) == 1 and not form.is_bound:
        chosen = str(children[0].pk)
    school = request.family_adult.school
    context: dict[str, Any] = {
        "form": form,
        "children": children,
        "chosen": chosen,
        "key": form.fresh_key,
        "hotlines": hotlines.of(school),
        "school_phone": school.phone,
        **LIMITS,
    }
    return render(request, "threads/family/new.html", context, status=422 if form.is_bound else 200)


@require_safe
@family_page
def file(request: FamilyDoorRequest, pk: int, kind: str) -> HttpResponse:
    on, at = _today(request), clock.for_request(request)
    message = policies.get_family_message(request.adults, pk, on)
    upload = {"photo": message.photo, "voice": message.voice}.get(kind)
    if upload is None:
        raise Http404
    if kind == "voice":
        place = policies.get_place(request.adults, message.thread_id, on)
        actions.note_heard(message=message, adult=place.adult, at=at)
    return serve(upload, request)

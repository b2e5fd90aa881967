"""Staff pages: save, play and remove a lesson's recording."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from learning import policies
from learning.views import lesson_page
from learning.voice import actions
from learning.voice.forms import RecordingForm
from learning.voice.queries import get_voice_of
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.responses import serve


@require_safe
@staff_required(Permission.WORK_CHECK_INS)
def voice(request: SchoolRequest, pk: int, language: str) -> HttpResponse:
    school = request.viewer.school
    lesson = policies.get_lesson_at(school, pk)
    return serve(get_voice_of(lesson, school.pk, language).recording, request)


@require_POST
@staff_required(Permission.RELEASE_LESSONS)
def keep(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    lesson = policies.get_lesson_at(school, pk)
    if lesson.is_for_class or lesson.place is None:
        raise Http404
    form = RecordingForm(request.POST, request.FILES)
    if not form.is_valid():
        return lesson_page(request, lesson, recording=form)
    data = form.cleaned_data
    actions.keep(
        lesson=lesson,
        school=school,
        language=data["language"],
        file=data["voice"],
        key=data["key"],
        by=viewer.user,
        at=viewer.at,
    )
    messages.success(request, _("The recording is kept. Families hear it instead of a machine."))
    return redirect("learning:lesson", pk)


@require_POST
@staff_required(Permission.RELEASE_LESSONS)
def remove(request: SchoolRequest, pk: int, language: str) -> HttpResponse:
    school = request.viewer.school
    lesson = policies.get_lesson_at(school, pk)
    actions.remove(voice=get_voice_of(lesson, school.pk, language))
    messages.success(
        request, _("The recording is removed. Phones read the transcript aloud again.")
    )
    return redirect("learning:lesson", pk)

"""Pages on which a school records the sentences of its calls, plays them and removes them."""

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from delivery.models import SentenceVoice
from delivery.sentences import actions
from delivery.sentences.rules import SENTENCE_SECONDS
from doors.staff.sentences.forms import SentenceForm
from doors.staff.sentences.queries import groups_of, no_longer_said, sentence_named
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.responses import serve
from uploads.rules import VOICE_BYTES

recording = staff_required(Permission.RECORD_SENTENCES)
LANGUAGES = dict(settings.LANGUAGES)


@require_safe
@recording
def sentences(request: SchoolRequest, language: str) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    if language not in LANGUAGES:
        raise Http404
    groups = groups_of(school, language)
    context = {
        "groups": groups,
        "recorded": sum(group.recorded for group in groups),
        "count": sum(len(group.sentences) for group in groups),
        "gone": no_longer_said(groups, school, language),
        "language": language,
        "languages": [one for one in settings.LANGUAGES if one[0] != language],
        "settings_tab": "staff:sentences" if viewer.can(Permission.EDIT_SCHOOL) else "",
    }
    return render(request, "doors/staff/sentences.html", context)


@recording
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SchoolRequest, language: str, name: str) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    sentence = sentence_named(school, language, name) if language in LANGUAGES else None
    if sentence is None:
        raise Http404
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = SentenceForm(
        *data, words=sentence.words, initial={"key": uuid4(), "words": sentence.words}
    )
    if form.is_valid():
        actions.keep(
            school=school,
            language=language,
            name=name,
            words=form.cleaned_data["words"],
            speaker=form.cleaned_data["speaker"],
            file=form.cleaned_data["voice"],
            key=form.cleaned_data["key"],
            by=viewer.user,
            at=viewer.at,
        )
        messages.success(request, _("The recording is kept. Calls and pages speak with it now."))
        return redirect("staff:sentences", language)
    context = {
        "sentence": sentence,
        "language": language,
        "form": form,
        "seconds": SENTENCE_SECONDS,
        "most_bytes": VOICE_BYTES,
    }
    status = 422 if form.is_bound else 200
    return render(request, "doors/staff/record_sentence.html", context, status=status)


@require_safe
@recording
def voice(request: SchoolRequest, language: str, name: str) -> HttpResponse:
    return serve(_voice(request, language, name).recording, request)


@require_POST
@recording
def remove(request: SchoolRequest, language: str, name: str) -> HttpResponse:
    actions.remove(voice=_voice(request, language, name))
    messages.success(request, _("Removed. The standard voice says this sentence again."))
    return redirect("staff:sentences", language)


def _voice(request: SchoolRequest, language: str, name: str) -> SentenceVoice:
    rows = SentenceVoice.objects.select_related("recording")
    return get_object_or_404(rows, school=request.viewer.school, language=language, name=name)

"""Pages where the school records its consent texts, and families listen to them."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.days import short_day
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from privacy import presenters, spoken
from privacy.models import Purpose, SpokenText
from privacy.texts import TEXTS
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.forms import VoiceField
from uploads.responses import serve_voice
from uploads.rules import VOICE_BYTES

reads_aloud = staff_required(Permission.EDIT_CHILDREN)


class ReadingForm(forms.Form):
    voice = VoiceField(error_messages={"required": gettext_lazy("Record something first.")})
    key = forms.UUIDField(
        error_messages={
            "required": gettext_lazy("Please open this page again."),
            "invalid": gettext_lazy("Please open this page again."),
        }
    )

    def clean_voice(self):
        file = self.cleaned_data["voice"]
        if file.remade.facts["seconds"] > spoken.SPOKEN_SECONDS:
            words = gettext_lazy(
                "A recording can be up to {seconds} seconds long. Record a shorter one."
            )
            raise forms.ValidationError(format_lazy(words, seconds=spoken.SPOKEN_SECONDS))
        return file


@reads_aloud
@require_safe
def texts(request: SchoolRequest) -> HttpResponse:
    rows = {row.purpose: row for row in spoken.recordings_of([request.viewer.school.pk])}
    texts = []
    for purpose in Purpose.values:
        row = rows.get(purpose)
        texts.append(
            {
                "purpose": purpose,
                "title": TEXTS[purpose].title,
                "row": row,
                "is_of_today": row is not None and spoken.is_of_today(row),
                "by": row.recorded_by.name if row else "",
                "day": short_day(timezone.localdate(row.recorded_at), request.viewer.on)
                if row
                else "",
            }
        )
    return render(request, "privacy/spoken_texts.html", {"texts": texts})


def _known(purpose: str) -> str:
    if purpose not in Purpose.values:
        raise Http404
    return purpose


@reads_aloud
@require_http_methods(["GET", "HEAD", "POST"])
def read(request: SchoolRequest, purpose: str) -> HttpResponse:
    """Show the text in large letters above the recorder."""
    viewer, text = request.viewer, TEXTS[_known(purpose)]
    form = ReadingForm(request.POST, request.FILES) if request.method == "POST" else None
    if form is not None and form.is_valid():
        spoken.record(
            school=viewer.school,
            purpose=purpose,
            file=form.cleaned_data["voice"],
            key=form.cleaned_data["key"],
            by=request.user,
            at=viewer.at,
        )
        messages.success(request, _("Saved. Families can listen to it next to the text."))
        return redirect("privacy:spoken")
    context = {
        "title": text.title,
        "facts": presenters.facts(text),
        "form": form,
        "key": uuid4(),
        "seconds": spoken.SPOKEN_SECONDS,
        "most_bytes": VOICE_BYTES,
    }
    return render(request, "privacy/spoken_read.html", context, status=422 if form else 200)


@reads_aloud
@require_POST
def remove(request: SchoolRequest, purpose: str) -> HttpResponse:
    spoken.remove(school=request.viewer.school, purpose=_known(purpose))
    messages.success(request, _("Removed. Families read the text, or their phone reads it aloud."))
    return redirect("privacy:spoken")


@reads_aloud
@require_safe
def listen(request: SchoolRequest, purpose: str) -> HttpResponse:
    row = get_object_or_404(SpokenText, school=request.viewer.school, purpose=_known(purpose))
    return serve_voice(lambda kind: spoken.sound_of(row, kind), request)


@require_safe
@family_page
def hear(request: FamilyDoorRequest, purpose: str, school_id: int) -> HttpResponse:
    """Play the recording of the current text from a school that knows this adult."""
    _known(purpose)
    is_theirs = any(adult.school_id == school_id for adult in request.adults)
    found = spoken.recording_for(school_id, purpose) if is_theirs else None
    if found is None:
        raise Http404
    return serve_voice(lambda kind: spoken.sound_of(found, kind), request)

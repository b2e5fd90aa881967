"""Pages for a letter home: write it with recorded facts, preview it as the family sees it, send it once."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from classroom import actions, drafts, policies
from classroom.around import observing, status_of, whole_page
from classroom.forms import LetterForm
from classroom.models import Letter
from classroom.presenters import day_words, tell_words
from classroom.queries import adults_to_tell
from classroom.rules import GOOD_NEWS_DAYS
from core.meanwhile import WrittenMeanwhile
from schools.requests import SchoolRequest
from students.opening import note_read


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def write(request: SchoolRequest, student_id: int) -> HttpResponse:
    viewer = request.viewer
    student = policies.get_student_for_class(viewer.user, student_id, viewer.on)
    begun = Letter.objects.filter(student=student, sent_at=None).first()
    initial = {"instead_of": actions.as_written(begun)}
    form = LetterForm(request.POST or None, instance=begun, initial=initial)
    if form.is_valid():
        try:
            letter = actions.draft_letter(
                student=student, by=request.user, at=viewer.at, **form.cleaned_data
            )
        except WrittenMeanwhile as newer:
            form.ask_to_replace(newer, request.user)
        else:
            return redirect("classroom:letter_page", letter.pk)
    note_read(request, student, "letter")
    context = {
        "student": student,
        "form": form,
        "facts": drafts.facts_for(student, viewer.at - timedelta(days=GOOD_NEWS_DAYS), viewer.on),
        "sent": Letter.objects.filter(student=student, sent_at__isnull=False)[:5],
    }
    return render(request, "classroom/letter_write.html", context, status=status_of(form))


@observing
@require_safe
def letter(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_letter_for(viewer.user, pk, viewer.on)
    note_read(request, row.student, "letter")
    context = {
        "letter": row,
        "seen": actions.as_written(row),
        "student": row.student,
        "day": day_words(row.sent_at or viewer.at, row.student.school.time_zone),
        "tell_words": tell_words(adults_to_tell([row.student_id], viewer.on), viewer.at),
    }
    return render(request, "classroom/letter_page.html", context)


@observing
@require_POST
def send(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_letter_for(viewer.user, pk, viewer.on)
    seen = request.POST.get("seen", "")
    if actions.send_letter(letter=row, by=request.user, seen=seen, at=viewer.at):
        messages.success(request, _("Letter sent."))
    elif Letter.objects.filter(pk=row.pk, sent_at=None).exists():
        messages.error(
            request, _("A colleague has changed this page. Look at it again before you send it.")
        )
    else:
        messages.success(request, _("This letter was already sent."))
    return redirect("classroom:letter_page", row.pk)

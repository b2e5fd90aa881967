"""A parent's pages: listen to postcards and answer. Opening a page records nothing."""

from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from guardians.models import Guardianship
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from postcards import actions, policies, queries
from postcards.forms import VoiceForm
from postcards.models import Postcard
from postcards.rules import POSTCARD_SECONDS
from uploads.responses import serve
from uploads.rules import VOICE_BYTES

SHOWN = 30  # postcards of a child on one page, newest first


def _copy(request: FamilyDoorRequest, pk: int):
    on = timezone.localdate(clock.for_request(request))
    return policies.get_copy_for(request.adults, pk, on)


def _answering(request: FamilyDoorRequest, student_id: int) -> Guardianship:
    on = timezone.localdate(clock.for_request(request))
    return policies.get_answering(request.adults, student_id, on)


@require_safe
@family_page
def every_child(request: FamilyDoorRequest) -> HttpResponse:
    """Redirect to the only child's page, or let the parent choose a child."""
    on = timezone.localdate(clock.for_request(request))
    held = list(policies.may_answer(request.adults, on).order_by("student__born_on"))
    if len(held) == 1:
        return redirect("family_postcards:list", held[0].student_id)
    return render(request, "postcards/children.html", {"children": [row.student for row in held]})


@require_safe
@family_page
def of_child(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    held, on = _answering(request, student_id), timezone.localdate(clock.for_request(request))
    copies = policies.copies_for(request.adults, on).filter(postcard__student=held.student)
    sent = Postcard.objects.filter(
        student=held.student, sender__in=request.adults, withdrawn_at=None
    )
    context = {
        "student": held.student,
        "copies": copies.order_by("-postcard__sent_at")[:SHOWN],
        "sent": sent[:SHOWN],
        "was_sent": "sent" in request.GET,
        "may_agree": policies.may_still_agree(request.adults, held.student, on),
    }
    return render(request, "postcards/list.html", context)


@require_safe
@family_page
def card(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    copy = _copy(request, pk)
    context = {"copy": copy, "card": copy.postcard, "student": copy.postcard.student}
    return render(request, "postcards/card.html", context)


@require_safe
@family_page
def voice(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    return serve(_copy(request, pk).postcard.voice, request)


@require_POST
@family_page
def heard(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    actions.note_heard(copy=_copy(request, pk), at=clock.for_request(request))
    return redirect("family_postcards:card", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def answer(request: FamilyDoorRequest, student_id: int) -> HttpResponse:
    held, at = _answering(request, student_id), clock.for_request(request)
    if queries.is_enough_for_today(held.student, at, held.adult):
        return render(
            request, "postcards/record.html", {"student": held.student, "is_enough": True}
        )
    if request.method != "POST":
        return _recorder(request, held)
    form = VoiceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _recorder(request, held, form)
    actions.send_to_child(
        student=held.student,
        sender=held.adult,
        file=form.cleaned_data["voice"],
        key=form.cleaned_data["key"],
        by=request.user,
        at=at,
    )
    return redirect(f"{redirect('family_postcards:list', student_id).url}?sent=1")


def _recorder(
    request: HttpRequest, held: Guardianship, form: VoiceForm | None = None
) -> HttpResponse:
    context = {
        "student": held.student,
        "form": form or VoiceForm(),
        "key": (form and form.fresh_key) or uuid4(),
        "seconds": POSTCARD_SECONDS,
        "most_bytes": VOICE_BYTES,
    }
    return render(request, "postcards/record.html", context, status=422 if form else 200)

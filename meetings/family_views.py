"""A family sees a meeting, says whether it comes, books a time, and says at the door that it is there.

It is signed in, or behind the link of a message. Opening a link records nothing (previews fetch links). Works
without script.
"""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import clock
from core.calendar_file import calendar_file
from delivery.behind_link import behind_link
from guardians.policies import family_page
from guardians.requests import FamilyDoorRequest
from meetings import actions, links, policies, presenters
from meetings.calendar_file import own_entry
from meetings.forms import ReplyForm
from meetings.links import Opened
from meetings.models import MeetingInvitation
from meetings.photos.policies import get_photo_of
from schools.queries import only_phone
from uploads.responses import serve


def _own(request: FamilyDoorRequest, pk: int) -> MeetingInvitation:
    on = timezone.localdate(clock.for_request(request))
    return policies.family_invitation(pk, request.adults, on)


@require_safe
@family_page
def meetings(request: FamilyDoorRequest) -> HttpResponse:
    at = clock.for_request(request)
    rows = policies.invitations_of(request.adults, timezone.localdate(at))
    return render(request, "meetings/family/list.html", presenters.family_list(rows, at))


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def meeting(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    return _meeting(request, _own(request, pk), reverse("family_meetings:meeting", args=[pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@family_page
def door(request: FamilyDoorRequest, token: str) -> HttpResponse:
    """Show, behind the code at the door, the family's own page of this meeting, with "I am here"."""
    pk = links.meeting_at_door(token)
    if pk is None:
        raise Http404
    return _meeting(request, _own(request, pk), reverse("family_meetings:meeting", args=[pk]))


def _over(request: HttpRequest, _token: str) -> HttpResponse:
    context = {"school_phone": only_phone()}
    return render(request, "meetings/family/expired.html", context, status=404)


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link(links.open_link, _over)
def link(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    back = reverse("family_meetings:link", args=[token])
    return _meeting(request, opened.invitation, back, token)


def _meeting(
    request: HttpRequest, row: MeetingInvitation, back: str, token: str = ""
) -> HttpResponse:
    at = clock.for_request(request)
    form = ReplyForm(request.POST if request.method == "POST" else None, invitation=row)
    if request.method == "POST":
        if "here" in request.POST:
            return _here(request, row, back)
        if "slot" in request.POST:
            try:
                slot_at = datetime.fromisoformat(request.POST["slot"])
            except ValueError:
                slot_at = None
            if slot_at is None or slot_at.tzinfo is None:
                raise Http404
            try:
                is_booked = actions.book(invitation=row, slot_at=slot_at, at=at)
            except actions.FamilyHasTime:
                return redirect(back)  # the page says so
            if not is_booked:
                messages.error(
                    request, _("Somebody else took this time just now. Choose another one.")
                )
            return redirect(back)
        if form.is_valid():
            wish = form.cleaned_data["wish"] if "wish" in request.POST else None
            reply = form.cleaned_data["reply"]
            if not actions.answer(invitation=row, reply=reply, wish=wish, at=at):
                messages.error(request, _("The meeting has begun, or the school cancelled it."))
            return redirect(back)
    context = presenters.family_page(row, at, token) | {"form": form}
    status = 422 if form.is_bound else 200
    return render(request, "meetings/family/meeting.html", context, status=status)


def _here(request: HttpRequest, row: MeetingInvitation, back: str) -> HttpResponse:
    """Record "I am here", or say that the door is closed; a meeting called off says so on its page."""
    if (
        not actions.note_here(invitation=row, at=clock.for_request(request))
        and row.meeting.off_at is None
    ):
        messages.error(request, presenters.door_is_closed())
    return redirect(back)


@require_safe
@family_page
def photo(request: FamilyDoorRequest, pk: int, photo_id: int) -> HttpResponse:
    """Show a photo to an invited family, signed in."""
    return serve(get_photo_of(_own(request, pk).meeting, photo_id).photo, request)


@require_safe
@family_page
def ics(request: FamilyDoorRequest, pk: int) -> HttpResponse:
    return _ics(request, _own(request, pk))


@require_safe
@behind_link(links.open_link, _over)
def link_ics(request: HttpRequest, token: str, opened: Opened) -> HttpResponse:
    return _ics(request, opened.invitation)


def _ics(request: HttpRequest, row: MeetingInvitation) -> HttpResponse:
    at = clock.for_request(request)
    body = calendar_file([own_entry(row)], host=request.get_host(), at=at)
    return HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="meeting.ics"'},
    )

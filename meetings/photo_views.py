"""Staff pages: photos of a meeting, added and deleted by the person who leads it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from meetings import policies
from meetings.photos import actions
from meetings.photos.forms import MeetingPhotoForm
from meetings.photos.policies import get_photo_of, may_add
from meetings.views import holds_meetings, meeting_page
from schools.requests import SchoolRequest
from uploads.responses import serve


@require_POST
@holds_meetings
def add(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    meeting = policies.get_meeting_led_by(viewer.user, pk, viewer.on)
    if not may_add(meeting, viewer.at):
        raise Http404
    form = MeetingPhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return meeting_page(request, meeting, photo=form, status=422)
    data = form.cleaned_data
    kept = actions.add(
        meeting=meeting, file=data["photo"], key=data["key"], by=viewer.user, at=viewer.at
    )
    if kept is None:
        messages.error(request, _("There are six photos already. Delete one first."))
    else:
        messages.success(request, _("The photo is added. Invited families see it when signed in."))
    return redirect("meetings:meeting", pk)


@require_safe
@holds_meetings
def photo(request: SchoolRequest, pk: int, photo_id: int) -> HttpResponse:
    meeting = policies.get_meeting_for(request.viewer.user, pk, request.viewer.on)
    return serve(get_photo_of(meeting, photo_id).photo, request)


@require_POST
@holds_meetings
def delete(request: SchoolRequest, pk: int, photo_id: int) -> HttpResponse:
    meeting = policies.get_meeting_led_by(request.viewer.user, pk, request.viewer.on)
    actions.delete(photo=get_photo_of(meeting, photo_id))
    messages.success(request, _("The photo is deleted for good."))
    return redirect("meetings:meeting", pk)

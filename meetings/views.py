"""Staff pages: the meetings, inviting, one meeting with who comes, the door, the minutes."""

from typing import Any
from uuid import uuid4

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.meanwhile import WrittenMeanwhile, version_of
from core.printing import printed, why_no_pdf
from core.requests import key_of
from delivery.queries import silent_schools
from meetings import actions, links, policies, presenters, queries
from meetings.experts.policies import experts_at
from meetings.forms import MeetingForm, MinutesForm, MoveForm, OffForm, ReplyForm
from meetings.models import Meeting
from meetings.photos.forms import MeetingPhotoForm
from meetings.reach import adults_of
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

holds_meetings = staff_required(Permission.HOLD_MEETINGS)
QR_ERROR = "m"  # a sheet on a door gets creased and wet


@require_safe
@holds_meetings
def meetings(request: SchoolRequest) -> HttpResponse:
    return render(request, "meetings/list.html", presenters.listed(request.viewer))


@require_http_methods(["GET", "HEAD", "POST"])
@holds_meetings
def new(request: SchoolRequest) -> HttpResponse:
    viewer, school = request.viewer, request.viewer.school
    children = policies.children_to_pick(viewer.user, school, viewer.on)
    classes = list(policies.classes_invited_by(viewer.user, school, viewer.on))
    form = MeetingForm(
        request.POST if request.method == "POST" else None,
        classes=classes,
        children=list(children),
        experts=list(experts_at(school)),
        whole_school=policies.invites_whole_school(viewer.user, school, viewer.on),
        is_silent=school.pk in silent_schools(viewer.at),
        school=school,
        at=viewer.at,
        initial={
            "kind": Meeting.Kind.PARENTS,
            "scope": Meeting.Scope.CLASSES,
            "classes": [one.pk for one in classes] if len(classes) == 1 else [],
        },
    )
    clashes: list[str] = []
    if form.is_valid():
        data = form.cleaned_data
        rows = policies.audience(viewer.user, school, data["scope"], form.picked, viewer.on)
        students = list(rows.values_list("student_id", flat=True))
        if not students:
            form.add_error("scope", _("No child is in these classes today. Choose others."))
        elif not data["anyway"] and not Meeting.objects.filter(key=form.plan.key).exists():
            # The same form sent twice does not clash with itself.
            adults = [one.pk for one in adults_of(students, viewer.on)]
            others = queries.at_the_same_time(adults, data["starts_at"], data["ends_at"])
            clashes = presenters.clash_words(others, viewer.at)
    if form.is_valid() and not clashes:
        made = actions.invite(school=school, plan=form.plan, by=viewer.user, at=viewer.at)
        messages.success(request, _("The invitations are on their way, each at a good hour."))
        return redirect("meetings:meeting", made.pk)
    context = presenters.writing(form, children) | {
        "form": form,
        "clashes": clashes,
        "key": form.fresh_key if form.is_bound else uuid4(),
    }
    return render(request, "meetings/new.html", context, status=422 if form.is_bound else 200)


@require_safe
@holds_meetings
def meeting(request: SchoolRequest, pk: int) -> HttpResponse:
    return meeting_page(
        request, policies.get_meeting_for(request.viewer.user, pk, request.viewer.on)
    )


def meeting_page(
    request: SchoolRequest,
    meeting: Meeting,
    off: OffForm | None = None,
    photo: MeetingPhotoForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Show the meeting. `off`, `photo`: what was sent and has errors."""
    context = presenters.shown(meeting, request.viewer) | {
        "off": off or OffForm(),
        "photo": photo or MeetingPhotoForm(),
    }
    return render(request, "meetings/meeting.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@holds_meetings
def move(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    meeting = policies.get_meeting_led_by(viewer.user, pk, viewer.on)
    if meeting.off_at or meeting.starts_at <= viewer.at:
        return redirect("meetings:meeting", pk)
    zone = presenters.zone_of(meeting.school)
    starts, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    initial = {"day": starts.date(), "starts": starts, "ends": ends, "place": meeting.place}
    data = request.POST if request.method == "POST" else None
    form = MoveForm(
        data,
        school=meeting.school,
        at=viewer.at,
        speaker=meeting.expert,
        slot_minutes=meeting.slot_minutes,
        initial=initial,
    )
    clashes: list[str] = []
    if form.is_valid() and not form.cleaned_data["anyway"]:
        adults = list(meeting.invitations.values_list("adult_id", flat=True))
        found = queries.at_the_same_time(adults, **form.when, but=pk)
        clashes = presenters.clash_words(found, viewer.at)
    if form.is_valid() and not clashes:
        place = form.cleaned_data["place"]
        if actions.move(meeting=meeting, **form.when, place=place, at=viewer.at):
            messages.success(
                request, _("Moved. We tell everyone who knew of it, and ask them again.")
            )
        return redirect("meetings:meeting", pk)
    context = {"form": form, "meeting": meeting, "clashes": clashes}
    return render(request, "meetings/move.html", context, status=422 if form.is_bound else 200)


@require_POST
@holds_meetings
def call_off(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    meeting = policies.get_meeting_led_by(viewer.user, pk, viewer.on)
    form = OffForm(request.POST)
    if not form.is_valid():
        return meeting_page(request, meeting, form, status=422)
    reason = form.cleaned_data["reason"]
    if actions.call_off(meeting=meeting, reason=reason, by=viewer.user, at=viewer.at):
        messages.success(request, _("Cancelled. We tell everyone who knew of it."))
    else:
        messages.error(request, _("It has begun already, or was cancelled before."))
    return redirect("meetings:meeting", pk)


@require_POST
@holds_meetings
def answer(request: SchoolRequest, pk: int, invitation_id: int) -> HttpResponse:
    """Record an answer that was given orally."""
    viewer = request.viewer
    meeting = policies.get_meeting_for(viewer.user, pk, viewer.on)
    row = policies.get_invitation_for(viewer.user, meeting, invitation_id, viewer.on)
    form = ReplyForm(request.POST, invitation=row)
    is_kept = form.is_valid() and actions.answer(
        invitation=row, reply=form.cleaned_data["reply"], by=viewer.user, at=viewer.at
    )
    if is_kept:
        messages.success(request, _("Noted: %(name)s.") % {"name": row.adult.name})
    else:
        messages.error(request, _("Nothing was saved. Choose an answer before the meeting begins."))
    return redirect("meetings:meeting", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@holds_meetings
def door(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    meeting = policies.get_meeting_for(viewer.user, pk, viewer.on)
    context = presenters.door(meeting, viewer)
    if not context["is_open"]:
        return redirect("meetings:meeting", pk)
    if request.method == "POST":
        shown = {row["pk"] for part in context["parts"] for row in part["rows"]} & _keys(
            request, "was"
        )
        ticked, was = _keys(request, "came"), _keys(request, "was_there")
        came, away = shown & ticked - was, shown & was - ticked
        actions.save_door(meeting=meeting, came=came, stayed_away=away, at=viewer.at)
        messages.success(request, _("The list is saved."))
        return redirect("meetings:meeting", pk)
    return render(request, "meetings/door.html", context)


def _keys(request: SchoolRequest, name: str) -> set[int]:
    found = map(key_of, request.POST.getlist(name))
    return {key for key in found if key is not None}


@require_safe
@holds_meetings
def sheet(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    meeting = policies.get_meeting_for(viewer.user, pk, viewer.on)
    if meeting.off_at:
        raise Http404
    drawn = segno.make(f"{settings.PUBLIC_URL}{links.door_path(pk)}", error=QR_ERROR, micro=False)
    svg = drawn.svg_inline(omitsize=True, border=2, svgclass="qr", lineclass=None, dark="#000")
    context: dict[str, Any] = {
        "meeting": meeting,
        "when": presenters.when_words(meeting, viewer.at),
        "drawn": mark_safe(svg),  # noqa: S308 - segno's own drawing of an address of ours
        "is_screen": bool(why_no_pdf()),
    }
    return printed(render_to_string("meetings/sheet.html", context), meeting.title)


@require_http_methods(["GET", "HEAD", "POST"])
@holds_meetings
def minutes(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    meeting = policies.get_meeting_led_by(viewer.user, pk, viewer.on)
    if meeting.off_at or meeting.starts_at > viewer.at:
        return redirect("meetings:meeting", pk)
    initial = {
        "minutes": meeting.minutes,
        "is_shown": meeting.minutes_shown,
        "instead_of": version_of(*actions.minutes_said(meeting)),
    }
    form = MinutesForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        data = form.cleaned_data
        try:
            actions.write_minutes(
                meeting=meeting,
                words=data["minutes"],
                is_shown=data["is_shown"],
                instead_of=data["instead_of"],
                by=viewer.user,
            )
        except WrittenMeanwhile as newer:
            form.ask_to_replace(newer, request.user)
        else:
            messages.success(request, _("The minutes are saved."))
            return redirect("meetings:meeting", pk)
    context = {"form": form, "meeting": meeting}
    return render(request, "meetings/minutes.html", context, status=422 if form.is_bound else 200)

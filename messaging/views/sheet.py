"""The call sheet: printed to take to the phone; the results of all calls are entered together."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import record_access
from core.days import short_day
from core.printing import printed, why_no_pdf
from core.requests import key_of
from messaging import actions, queries
from messaging.forms import SheetForm
from messaging.models import FollowUp
from messaging.policies import follow_ups_visible_to
from messaging.presenters import calling as presenters
from messaging.queries.calling import CallRow, Group
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission

SHEET_UNDO_HOURS = 24  # hours; a mistake made in the evening is noticed the next morning
works_check_ins = staff_required(Permission.WORK_CHECK_INS)


@require_http_methods(["GET", "HEAD", "POST"])
@works_check_ins
def call_sheet(request: SchoolRequest) -> HttpResponse:
    """Show the group of `?for=class-3` or `?for=village-…`; by default the first one."""
    if request.method == "POST" and "undo" in request.GET:
        return _taken_back(request)
    viewer, (classes, villages, chosen) = request.viewer, _groups(request)
    key = chosen.key if chosen else ""
    form = SheetForm(request.POST or None, today=viewer.on)
    if request.method == "POST" and form.is_valid():
        wanted = FollowUp.objects.filter(pk__in=form.outcomes)
        mine = follow_ups_visible_to(viewer.user, viewer.on).filter(pk__in=wanted.values("pk"))
        if mine.count() != len(form.outcomes):
            raise Http404
        done = []
        for row in mine:
            outcome, words = form.outcomes[row.pk]
            if actions.close_follow_up(
                follow_up=row,
                by=viewer.user,
                at=viewer.at,
                on=form.cleaned_data["on"],
                outcome=outcome,
                words=words,
            ):
                done.append(row.pk)
        told = presenters.noted_words(len(done), len(form.outcomes) - len(done))
        messages.success(request, told, extra_tags=f"undo:{_url(key, done)}" if done else "")
        return redirect(_url(key))
    rows = _rows(request, chosen)
    found = presenters.lines(rows, form if form.is_bound else None)
    context = presenters.page(classes, villages, chosen, found) | {"form": form}
    status = 422 if form.is_bound else 200
    return render(request, "messaging/call_sheet.html", context, status=status)


def _groups(request: SchoolRequest) -> tuple[list[Group], list[Group], Group | None]:
    classes, villages = queries.call_groups(request.viewer.user, request.viewer.on)
    wanted, both = request.GET.get("for", ""), [*classes, *villages]
    # If the group that was named has nobody left to call, choose none.
    chosen = next((one for one in both if not wanted or one.key == wanted), None)
    return classes, villages, chosen


def _rows(request: SchoolRequest, chosen: Group | None) -> list[CallRow]:
    viewer = request.viewer
    rows = queries.call_rows(viewer.user, chosen.key, viewer.at) if chosen else []
    if rows:
        record_access(
            by=viewer.user,
            school_id=rows[0].follow_up.school_id,
            student_ids=[row.follow_up.student_id for row in rows],
            what="call sheet",
            ip=request.META.get("REMOTE_ADDR"),
        )
    return rows


def _url(key: str, undo: Sequence[int] = ()) -> str:
    query = {"for": key} | ({"undo": "-".join(map(str, undo))} if undo else {})
    return f"{reverse('messaging:call_sheet')}?{urlencode(query)}"


def _taken_back(request: SchoolRequest) -> HttpResponse:
    """Undo, with one tap, what the viewer has just entered."""
    viewer, key = request.viewer, request.GET.get("for", "")
    parts = request.GET["undo"].split("-")
    pks = [pk for part in parts if (pk := key_of(part))]
    own = follow_ups_visible_to(viewer.user, viewer.on).filter(
        pk__in=pks, done_by=viewer.user, done_at__gt=viewer.at - timedelta(hours=SHEET_UNDO_HOURS)
    )
    if own.count() != len(parts):
        messages.error(
            request, _("This can no longer be taken back. Each family's page still can.")
        )
        return redirect(_url(key))
    back = [actions.reopen_follow_up(follow_up=row, by=viewer.user, at=viewer.at) for row in own]
    messages.success(request, presenters.taken_back_words(sum(back), len(back) - sum(back)))
    return redirect(_url(key))


@require_safe
@works_check_ins
def call_sheet_print(request: SchoolRequest) -> HttpResponse:
    """Return the sheet as PDF, or as a page for the browser to print if this server cannot make PDFs."""
    _classes, _villages, chosen = _groups(request)
    if chosen is None:
        return redirect("messaging:call_sheet")
    viewer = request.viewer
    context = {
        "lines": presenters.lines(_rows(request, chosen)),
        "group": chosen.name,
        "school": viewer.school.name,
        "made_by": viewer.user.name,
        "made_on": timezone.localtime(viewer.at),
        "outcomes": FollowUp.Outcome.by_hand(),
        "is_screen": bool(why_no_pdf()),
    }
    page = render_to_string("messaging/call_sheet_print.html", context, request)
    day = short_day(viewer.on, viewer.on)
    name = _("Call sheet %(name)s %(day)s") % {"name": chosen.name, "day": day}
    return printed(page, name)

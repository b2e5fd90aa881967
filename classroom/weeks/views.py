"""Pages for the week of a class: write it, add pictures, preview it as families see it, send, take back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from classroom.around import class_in_hand, observing, status_of
from classroom.models import ClassWeek
from classroom.pictures.policies import children_to_name, pictures_visible_to
from classroom.pictures.queries import with_names
from classroom.pictures.rules import PICTURES_A_WEEK
from classroom.pictures.views import add
from classroom.weeks import actions, policies, presenters
from classroom.weeks.forms import WeekForm
from core.meanwhile import WrittenMeanwhile, version_of
from core.weeks import monday_of
from schools.policies import Viewer
from schools.requests import SchoolRequest

WEEKS_SHOWN = 20  # half a school year


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SchoolRequest) -> HttpResponse:
    """List the weeks of a class; a POST creates this week's page."""
    viewer, hand = request.viewer, class_in_hand(request)
    monday = monday_of(viewer.on)
    can_write = hand.chosen is not None and policies.may_write(viewer.user, hand.chosen, viewer.on)
    if request.method == "POST":
        if hand.chosen is None or not can_write:
            raise Http404
        begun = actions.start_week(
            school_class=hand.chosen, week_on=monday, by=viewer.user, at=viewer.at
        )
        return redirect("classroom:week", begun.pk)
    rows = policies.weeks_visible_to(viewer.user, viewer.on).filter(school_class=hand.pk)
    shown = list(rows[:WEEKS_SHOWN])
    context = {
        "chosen": hand.chosen,
        "class_tabs": hand.tabs,
        "class_query": hand.query,
        "weeks": [presenters.listed(row, viewer.on) for row in shown],
        "can_begin": can_write and all(row.week_on != monday for row in shown),
    }
    return render(request, "classroom/weeks.html", context)


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def week(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_week_for(viewer.user, pk, viewer.on)
    can_write = policies.may_write(viewer.user, row.school_class, viewer.on)
    if request.method == "POST" and not can_write:
        raise Http404
    initial = {"words": row.words, "instead_of": version_of(row.words)}
    form = WeekForm(request.POST or None, initial=initial)
    if form.is_valid() and _saved(form, row, viewer):
        if "picture" in request.POST:
            return redirect("classroom:week_picture", row.pk)
        response = redirect("classroom:week", row.pk)
        response["Location"] += "?preview=1"
        return response
    pictures = with_names(pictures_visible_to(viewer.user, viewer.on).filter(week=row))
    is_preview = bool(row.words) and "preview" in request.GET and not form.is_bound
    context = presenters.page(row, viewer.at, pictures) | {
        "form": form,
        "can_write": can_write,
        "is_shown": not can_write or is_preview or (row.sent_at and not form.is_bound),
        "is_preview": is_preview,
        "has_room": len(pictures) < PICTURES_A_WEEK,
        "seen": actions.as_shown(row),
    }
    return render(request, "classroom/week.html", context, status=status_of(form))


def _saved(form: WeekForm, week: ClassWeek, viewer: Viewer) -> bool:
    """Save the text. If it cannot be saved, the form says why and keeps what was typed."""
    said = form.cleaned_data
    try:
        if actions.write_week(week=week, by=viewer.user, at=viewer.at, **said):
            return True
    except WrittenMeanwhile as newer:
        form.ask_to_replace(newer, viewer.user)
    else:
        form.add_error("words", _("It was sent in the meantime, so your changes were not saved."))
    return False


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def add_picture(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_week_to_write(viewer.user, pk, viewer.on)
    if row.sent_at is not None:
        raise Http404  # families see only what the teacher has previewed
    children = children_to_name(viewer.user, row.school_class, viewer.on)
    return add(request, row, children, reverse("classroom:week", args=[pk]))


@observing
@require_POST
def send(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_week_to_write(viewer.user, pk, viewer.on)
    if actions.send_week(week=row, seen=request.POST.get("seen", ""), at=viewer.at):
        messages.success(request, _("Sent. The families get it in a few minutes."))
        return redirect("classroom:week", row.pk)
    row.refresh_from_db()
    if row.sent_at is None:
        messages.error(
            request, _("A colleague has changed this page. Look at it again before you send it.")
        )
    return redirect("classroom:week", row.pk)


@observing
@require_POST
def take_back(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_week_to_write(viewer.user, pk, viewer.on)
    if actions.take_back(week=row, at=viewer.at):
        messages.success(request, _("It is a draft again. No family sees it now."))
    return redirect("classroom:week", row.pk)

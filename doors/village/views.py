"""The village worker's pages: their own visits and, from a child's file, only what a visit needs: name,
address, the adults there with a phone number, the reason, and what was agreed.
"""

import uuid
from collections.abc import Iterable
from http import HTTPStatus

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.days import short_day
from core.offline import accepted, form_refused, is_from_queue, over, read_as
from counselling.models import Measure
from counselling.plans import actions as plans
from counselling.plans.policies import measures_of_village, one_of
from counselling.plans.presenters import own_line
from counselling.plans.queries import standings
from doors.held import page as held_page
from doors.village.forms import WorryForm
from nights import actions as nights
from nights.models import Night
from nights.policies import get_village_night, village_nights
from safeguarding.actions import raise_worry
from safeguarding.reports.forms import ReportForm
from safeguarding.reports.presenters import people_by_role
from safeguarding.reports.writing import written
from schools import hotlines
from uploads.actions import key_of_form
from visits import policies, presenters, queries
from visits.forms import RecordForm
from visits.models import Visit
from visits.presenters import Row, agreed_lines, homes_of, outlook, rows_of
from visits.presenters import villages as villages_of
from visits.requests import VillageRequest
from visits.saving import save_record

TAKEN_ALONG = (
    12  # visits whose pages a phone keeps for the trip; those requested by the school come first
)
CARDS_AT_MOST = 6  # homes; the page shows the others as lines


@never_cache
@policies.village_required
@require_safe
def visits(request: VillageRequest) -> HttpResponse:
    viewer, at = request.viewer, request.at
    found = queries.open_visits(policies.visits_of_village(viewer.user, at, viewer.on), viewer.on)
    rows = rows_of(list(found.order_by("planned_on", "due_on", "pk")), viewer.on)
    _note(request, [row.visit for row in rows], "village visits")
    made = queries.lately_made(Visit.objects.filter(recorded_by=viewer.user), viewer.on)
    asked = [row for row in rows if row.visit.by_village]
    due = [row for row in rows if not row.visit.by_village]
    promised = standings(measures_of_village(viewer.user, viewer.on), viewer.on)
    _note(request, [one.measure for one in promised], "village agreed")
    tonight = list(village_nights(viewer.user, viewer.on).order_by("started_at", "pk"))
    _note(request, tonight, "village tonight")
    kept = [row.visit.pk for row in [*asked, *due]][:TAKEN_ALONG]
    # Most visits required by law have the same due day, so it is shown above them, not in each row.
    ahead = outlook(villages_of(due), viewer.on)
    lines = {"line": ahead.words if ahead else "", "due_on": ahead.due_on if ahead else None}
    context = {
        "rows": rows,
        "parts": [
            _part(_("The school asks you"), asked),
            _part(_("Due this term"), due, **lines),
        ],
        "agreed": [own_line(one) for one in promised],
        # What is needed to go there: the child, and where.
        "tonight": [
            {
                "pk": one.pk,
                "name": one.student.name,
                "where": presenters.where_words(one.student),
            }
            for one in tonight
        ],
        "thanks": _thanks().get(request.GET.get("thanks", "")),
        "villages": sorted({post.village for post in viewer.posts if post.village}),
        "schools": viewer.schools,
        "kept": kept,
        "is_taken_along": rows and len(kept) == len(rows),
        # Only the days: the name of a child whose family has refused since must not appear.
        "made": [short_day(row.visited_on, viewer.on) for row in made if row.visited_on],
    }
    return render(request, "village/list.html", context)


def _part(title: str, rows: list[Row], **facts: object) -> dict:
    homes = homes_of(rows)
    return {"title": title, "homes": homes, "is_long": len(homes) > CARDS_AT_MOST, **facts}


def _thanks() -> dict[str, str]:
    return {
        "visit": _("Visit saved."),
        "worry": _("The school knows now. A colleague there looks into it."),
        "night": _("Thank you. The school and the parents see that you are there."),
    }


def _list_after(request: HttpRequest, what: str) -> str:
    """Return the address after a form.

    A form sent by a script gets no message, because it may arrive hours later. If it arrives at once, the
    script opens this address, which says thank you.
    """
    return reverse("village:list") + (f"?thanks={what}" if is_from_queue(request) else "")


def _note(request: VillageRequest, rows: Iterable[Visit | Measure | Night], what: str) -> None:
    by_school: dict[int, set[int]] = {}
    for row in rows:
        by_school.setdefault(row.school_id, set()).add(row.student_id)
    for school_id, student_ids in by_school.items():
        record_access(
            by=request.user,
            school_id=school_id,
            student_ids=student_ids,
            what=read_as(request, what),
            ip=request.META.get("REMOTE_ADDR"),
        )


def _visit(request: VillageRequest, pk: int, *, is_worry: bool = False) -> Visit:
    """Return a visit that is theirs now; for writing, also one that was theirs when they set out."""
    user, on = request.viewer.user, request.viewer.on
    if request.method == "POST":
        found = policies.get_village_visit_to_write(user, pk, request.at, on, is_worry=is_worry)
        _note(request, [found], "village word")
    else:
        found = policies.get_village_visit_for(user, pk, request.at, on)
        _note(request, [found], policies.VISIT_OPENED)
    return found


def _page_with_hotlines(
    request: VillageRequest, template: str, found: Visit, form: BaseForm
) -> HttpResponse:
    """Show a form about what is wrong at a visit, with the numbers to call if it cannot wait."""
    context = {
        "visit": found,
        "student": found.student,
        "form": form,
        "hotlines": hotlines.police_first(found.school),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
    return render(request, template, context, status=status)


@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def held(request: VillageRequest) -> HttpResponse:
    return held_page(request, "village/held.html", "village:list")


@never_cache
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: VillageRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = _visit(request, pk)
    around = queries.people_around([found.student_id], viewer.on).get(found.student_id, [])
    home = queries.at_home(around)
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        people=home,
        today=viewer.on,
        initial={"key": uuid.uuid4(), "visited_on": viewer.on},
    )
    agreed = queries.agreed_last([found.student_id]).get(found.student_id, [])
    context = {
        "visit": found,
        "student": found.student,
        "where": presenters.where_words(found.student),
        "home": home,
        "form": form,
        "why": presenters.why_words(found),
        "due": presenters.due_words(found, viewer.on),
        "agreed": agreed_lines(agreed, viewer.on),
        "questions": presenters.questions(),
        "title": presenters.visit_title(found) if found.recorded_at else "",
    }
    if not form.is_bound:
        return render(request, "village/visit.html", context)
    return save_record(
        request, found, form, "village/visit.html", context, _list_after(request, "visit")
    )


@never_cache
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def worry(request: VillageRequest, pk: int) -> HttpResponse:
    """Record that something is not right there. We notify a named adult at the school at once."""
    found = _visit(request, pk, is_worry=True)
    form = WorryForm(
        request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()}
    )
    if not form.is_valid():
        if is_from_queue(request) and form.is_bound:
            return form_refused(form)
        return _page_with_hotlines(request, "village/worry.html", found, form)
    raise_worry(
        student=found.student,
        by=request.user,
        words=form.cleaned_data["words"],
        is_urgent=form.cleaned_data["is_urgent"],
        at=request.at,
        key=str(key_of_form(form.cleaned_data)),
    )
    if not is_from_queue(request):
        messages.success(request, _thanks()["worry"])
    return accepted(request, _list_after(request, "worry"))


@never_cache
@sensitive_post_parameters()
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: VillageRequest, pk: int) -> HttpResponse:
    """Save a report of suspected harm as written.

    We call an adult to the child, and everybody it names loses access at once.

    The phone never stores it for later, so nobody who picks up the phone can find it.
    """
    found = _visit(request, pk, is_worry=True)
    # Only people whom the visit shows anyway are named; other members of family and school appear by role.
    around = queries.people_around([found.student_id], request.viewer.on).get(found.student_id, [])
    known = {one.adult_id: one.named for one in queries.at_home(around)}
    form = ReportForm(
        request.POST if request.method == "POST" else None,
        initial={"key": uuid.uuid4()},
        **people_by_role(found.student, request.user, request.viewer.on, known),
    )
    if written(form, student=found.student, by=request.user, at=request.at) is not None:
        messages.success(request, _("Recorded. The school knows now. Thank you."))
        return redirect("village:list")
    return _page_with_hotlines(request, "village/report.html", found, form)


@never_cache
@policies.village_required
@require_POST
def night(request: VillageRequest, pk: int) -> HttpResponse:
    """Note that the village worker is with the child; if somebody else is there already, they are told so."""
    found = get_village_night(request.viewer.user, pk, request.viewer.on)
    _note(request, [found], "village tonight")
    if nights.go(night=found, by=request.viewer.user, at=request.at):
        messages.success(request, _thanks()["night"])
    return redirect("village:list")


@never_cache
@policies.village_required
@require_POST
def agreed(request: VillageRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Tick off something that the school agreed with the village, or take the tick back."""
    rows = measures_of_village(request.viewer.user, request.viewer.on)
    if is_from_queue(request) and not rows.filter(pk=measure_id).exists():
        return over(_("This is not needed any more."))  # ended while the phone had no network
    found = one_of(rows, measure_id)
    _note(request, [found], "village agreed")
    if request.POST.get("to") == "undo":
        plans.untick(measure=found, at=request.at)
    else:
        plans.tick(measure=found, by_user=request.user, at=request.at)
        if not is_from_queue(request):
            messages.success(request, _("The school sees that it is done."))
    return accepted(request, reverse("village:list"))

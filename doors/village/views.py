"""The village worker's few pages: the visits that are theirs, and of a child's file no more than a
visit needs: name, where, whom one meets there with a phone, why, what was agreed.
"""

import uuid
from collections.abc import Iterable
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.days import short_day
from core.offline import UNPROCESSABLE, accepted, form_refused, is_from_queue, over
from counselling.models import Measure
from counselling.plans import actions as plans
from counselling.plans.policies import measures_of_village, one_of
from counselling.plans.presenters import own_line
from counselling.plans.queries import standings
from doors.held import page as held_page
from doors.village.forms import WorryForm
from safeguarding.actions import raise_worry
from safeguarding.reports.forms import ReportForm
from safeguarding.reports.presenters import people_by_role
from safeguarding.reports.writing import written
from schools import hotlines
from visits import policies, presenters, queries
from visits.forms import RecordForm
from visits.models import Visit
from visits.presenters import Row, agreed_lines, homes_of, outlook, rows_of
from visits.presenters import villages as villages_of
from visits.views import save_record

TAKEN_ALONG = (
    12  # visits whose pages a phone keeps for the way, those that the school asks for first
)
CARDS_AT_MOST = 6  # homes; more of them stand in lines


@never_cache
@policies.village_required
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    viewer, at = request.viewer, request.at
    found = queries.open_visits(policies.visits_of_village(viewer.user, at, viewer.on), viewer.on)
    rows = rows_of(list(found.order_by("planned_on", "due_on", "pk")), viewer.on)
    _note(request, [row.visit for row in rows], "village visits")
    made = queries.lately_made(Visit.objects.filter(recorded_by=viewer.user), viewer.on)
    asked = [row for row in rows if row.visit.by_village]
    due = [row for row in rows if not row.visit.by_village]
    promised = standings(measures_of_village(viewer.user, viewer.on), viewer.on)
    _note(request, [one.measure for one in promised], "village agreed")
    kept = [row.visit.pk for row in [*asked, *due]][:TAKEN_ALONG]
    context = {
        "rows": rows,
        "parts": [_part(_("The school asks you"), asked), _due_part(due, viewer.on)],
        "agreed": [own_line(one) for one in promised],
        "villages": sorted({post.village for post in viewer.posts if post.village}),
        "schools": viewer.schools,
        "kept": kept,
        "is_taken_along": rows and len(kept) == len(rows),
        # Only that it was done: the name of a child whose family has refused since is not shown.
        "made": [short_day(row.visited_on, viewer.on) for row in made if row.visited_on],
    }
    return render(request, "village/list.html", context)


def _part(title: str, rows: list[Row], **facts: object) -> dict:
    homes = homes_of(rows)
    return {"title": title, "homes": homes, "is_long": len(homes) > CARDS_AT_MOST, **facts}


def _due_part(rows: list[Row], on: date) -> dict:
    """What the law asks for by a day; most of it by the same, which stands above and not in each row."""
    ahead = outlook(villages_of(rows), on)
    return _part(
        _("Due this term"),
        rows,
        line=ahead.words if ahead else "",
        due_on=ahead.due_on if ahead else None,
    )


def _note(request: HttpRequest, rows: Iterable[Visit | Measure], what: str) -> None:
    by_school: dict[int, set[int]] = {}
    for row in rows:
        by_school.setdefault(row.school_id, set()).add(row.student_id)
    for school_id, student_ids in by_school.items():
        record_access(
            by=request.user,
            school_id=school_id,
            student_ids=student_ids,
            what=what,
            ip=request.META.get("REMOTE_ADDR"),
        )


def _visit(request: HttpRequest, pk: int, *, is_worry: bool = False) -> Visit:
    """To read, what is theirs now; to write, also what was theirs when they set out."""
    user, on = request.viewer.user, request.viewer.on
    if request.method == "POST":
        found = policies.get_village_visit_to_write(user, pk, request.at, on, is_worry=is_worry)
        _note(request, [found], "village word")
    else:
        found = policies.get_village_visit_for(user, pk, request.at, on)
        _note(request, [found], policies.VISIT_OPENED)
    return found


@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def held(request: HttpRequest) -> HttpResponse:
    return held_page(request, "village/held.html", "village:list")


@never_cache
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, pk: int) -> HttpResponse:
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
    return save_record(request, found, form, "village/visit.html", context, reverse("village:list"))


@never_cache
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def worry(request: HttpRequest, pk: int) -> HttpResponse:
    """Something there is not right: a named adult at the school is told at once."""
    found = _visit(request, pk, is_worry=True)
    form = WorryForm(
        request.POST if request.method == "POST" else None, initial={"key": uuid.uuid4()}
    )
    if not form.is_valid():
        if is_from_queue(request) and form.is_bound:
            return form_refused(form)
        context = {
            "visit": found,
            "student": found.student,
            "form": form,
            "hotlines": hotlines.police_first(found.school),
        }
        status = UNPROCESSABLE if form.is_bound else 200
        return render(request, "village/worry.html", context, status=status)
    raise_worry(
        student=found.student,
        by=request.user,
        words=form.cleaned_data["words"],
        is_urgent=form.cleaned_data["is_urgent"],
        at=request.at,
        key=str(form.cleaned_data["key"]),
    )
    if not is_from_queue(request):
        messages.success(request, _("The school knows now. A colleague there looks into it."))
    return accepted(request, reverse("village:list"))


@never_cache
@sensitive_post_parameters()
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Suspected harm: kept as it is, an adult is called to the child, whoever is named loses access at once.
    Not kept on the phone for later: it waits for nobody, and whoever picks the phone up must not find it.
    """
    found = _visit(request, pk, is_worry=True)
    form = _report_form(request, found)
    if written(form, student=found.student, by=request.user, at=request.at) is not None:
        messages.success(request, _("It is on record, and the school knows now. Thank you."))
        return redirect("village:list")
    context = {
        "visit": found,
        "student": found.student,
        "form": form,
        "hotlines": hotlines.police_first(found.school),
    }
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "village/report.html", context, status=status)


def _report_form(request: HttpRequest, found: Visit) -> ReportForm:
    """By name those whom the visit shows anyway; family and school else by what they are."""
    around = queries.people_around([found.student_id], request.viewer.on).get(found.student_id, [])
    known = {one.adult_id: f"{one.called} {one.name}" for one in queries.at_home(around)}
    return ReportForm(
        request.POST if request.method == "POST" else None,
        initial={"key": uuid.uuid4()},
        **people_by_role(found.student, request.user, request.viewer.on, known),
    )


@never_cache
@policies.village_required
@require_POST
def agreed(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Something that was agreed with the village is ticked off, or the tick is taken back."""
    rows = measures_of_village(request.viewer.user, request.viewer.on)
    if is_from_queue(request) and not rows.filter(pk=measure_id).exists():
        return over(_("This is not needed any more."))  # while the phone had no network
    found = one_of(rows, measure_id)
    _note(request, [found], "village agreed")
    if request.POST.get("to") == "undo":
        plans.untick(measure=found, at=request.at)
    else:
        plans.tick(measure=found, by_user=request.user, at=request.at)
    return accepted(request, reverse("village:list"))

"""The village worker's few pages: the visits that are theirs, and of a child's file no more than a
visit needs: name, where, whom one meets there with a phone, why, what was agreed.
"""

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import record_access
from counselling.actions import raise_worry
from doors.village.forms import WorryForm
from schools import hotlines
from schools.offline import UNPROCESSABLE, accepted, form_refused, is_from_queue
from students.presenters import short_day
from visits import policies, presenters, queries
from visits.forms import RecordForm
from visits.models import Visit
from visits.pages import agreed_lines, rows_of
from visits.views import save_record


@never_cache
@policies.village_required
@require_safe
def visits(request: HttpRequest) -> HttpResponse:
    viewer, at = request.viewer, request.at
    found = queries.open_visits(policies.visits_of_village(viewer.user, at, viewer.on), viewer.on)
    rows = rows_of(list(found.order_by("planned_on", "due_on", "pk")), viewer.on)
    _note(request, [row.visit for row in rows], "village visits")
    villages = sorted({post.village for post in viewer.posts if post.village})
    made = queries.lately_made(Visit.objects.filter(recorded_by=viewer.user), viewer.on)
    context = {
        "rows": rows,
        "parts": [
            {"title": _("The school asks you"), "rows": [r for r in rows if r.visit.by_village]},
            {"title": _("Due this term"), "rows": [r for r in rows if not r.visit.by_village]},
        ],
        "villages": villages,
        "schools": viewer.schools,
        # Only that it was done: the name of a child whose family has refused since is not shown.
        "made": [short_day(row.visited_on, viewer.on) for row in made if row.visited_on],
    }
    return render(request, "village/list.html", context)


def _note(request: HttpRequest, visits: Iterable[Visit], what: str) -> None:
    by_school: dict[int, set[int]] = {}
    for visit in visits:
        by_school.setdefault(visit.school_id, set()).add(visit.student_id)
    for school_id, student_ids in by_school.items():
        record_access(
            by=request.user,
            school_id=school_id,
            student_ids=student_ids,
            what=what,
            ip=request.META.get("REMOTE_ADDR"),
        )


def _visit(request: HttpRequest, pk: int, what: str) -> Visit:
    viewer = request.viewer
    found = policies.get_village_visit_for(
        viewer.user,
        pk,
        request.at,
        viewer.on,
    )
    _note(request, [found], what)
    return found


@never_cache
@policies.village_required
@require_http_methods(["GET", "HEAD", "POST"])
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = _visit(request, pk, "village visit")
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
    found = _visit(request, pk, "village worry")
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

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.addresses import page_above
from core.days import short_day, week_day
from core.later import LaterForm
from core.offline import read_as
from core.requests import day_of, key_of
from schools.policies import StaffRequest, Viewer, staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from visits import actions, policies, presenters, queries
from visits.forms import AskForm, PlanForm, RecordForm
from visits.models import Visit
from visits.saving import save_record

recording = staff_required(Permission.RECORD_VISITS)


def note_read(request: StaffRequest, school_id: int, student_ids, what: str) -> None:
    record_access(
        by=request.user,
        school_id=school_id,
        student_ids=student_ids,
        what=read_as(request, what),
        ip=request.META.get("REMOTE_ADDR"),
    )


def opened_from_row(request: SchoolRequest) -> bool:
    """Return whether htmx asks for the page from a row on Today, so that the whole page must open."""
    return (request.htmx.target or "").startswith("inplace-")


def whole_page(request: HttpRequest) -> HttpResponse:
    response = HttpResponse()
    response["HX-Redirect"] = request.get_full_path()
    return response


@recording
@require_safe
def visits(request: SchoolRequest) -> HttpResponse:
    return _list(request)


def _list(request: SchoolRequest, form: PlanForm | None = None) -> HttpResponse:
    viewer = request.viewer
    presenters.ensure_duties(viewer)
    chosen = request.GET.get("class", "")
    opened = presenters.open_rows(viewer, chosen)
    allowed = _allowed(opened, viewer)
    rows = presenters.rows_of(opened, viewer.on, allowed)
    made = presenters.made_rows(viewer, chosen)
    found = presenters.villages(row for row in rows if row.visit.planned_on is None)
    note_read(request, viewer.school.pk, {row.visit.student_id for row in rows}, "visits")
    context = {
        "tabs": presenters.tabs("list"),
        "class_tabs": presenters.class_tabs(presenters.classes_to_choose(viewer), chosen),
        "walks": presenters.walks(rows, viewer.on),
        "villages": found,
        "outlook": presenters.outlook(found, viewer.on),
        "is_cut": len(opened) == presenters.ROWS_SHOWN,
        "made": made,
        "form": form or _plan_form(request, opened, allowed),
        "chosen_class": chosen,
        "picked": set(request.POST.getlist("visits")) if form else set(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else 200
    return render(request, "visits/list.html", context, status=status)


def _allowed(opened: list[Visit], viewer: Viewer) -> set[int]:
    ids = [row.student_id for row in opened]
    return policies.may_go_by_village(ids, viewer.on, viewer.user)


def _plan_form(request: SchoolRequest, opened: list[Visit], allowed: set[int]) -> PlanForm:
    viewer = request.viewer
    return PlanForm(
        request.POST or None,
        today=viewer.on,
        offered={str(row.pk): row for row in opened},
        allowed=allowed,
        colleagues=presenters.colleagues_of(viewer.school, viewer),
        has_worker=bool(queries.villages_with_worker(viewer.school, viewer.on)),
        initial={"goes": str(viewer.user.pk)},
    )


@recording
@require_POST
def plan(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    opened = presenters.open_rows(viewer)
    form = _plan_form(request, opened, _allowed(opened, viewer))
    form.is_bound = True
    form.data = request.POST
    if not form.is_valid():
        return _list(request, form)
    count = actions.plan_visits(
        visits=form.cleaned_data["rows"],
        on=form.cleaned_data["planned_on"],
        by=viewer.user,
        **form.who,
    )
    words = ngettext("%(n)d visit is planned.", "%(n)d visits are planned.", count) % {"n": count}
    messages.success(request, words)
    visit_id = key_of(request.POST.get("visits"))
    if request.POST.get("back") == "visit" and visit_id:
        return redirect("visits:visit", visit_id)
    return redirect("visits:list")


@recording
@require_safe
def sheet(request: SchoolRequest) -> HttpResponse:
    """Show the visit sheet of a day: who, where, what to ask, and space to write."""
    viewer = request.viewer
    day = day_of(request.GET.get("on"))
    village = request.GET.get("village", "")
    seen = policies.visits_visible_to(viewer.user, viewer.on).filter(school=viewer.school)
    walk = queries.walk_of(seen, viewer.on, day, village) if day else []
    rows = presenters.rows_of(walk, viewer.on)
    note_read(request, viewer.school.pk, {row.visit.student_id for row in rows}, "visit sheet")
    context = {
        "rows": rows,
        "day_words": week_day(day) if day else "",
        "village": village or _("Village not on file"),
        "long_words": presenters.afternoon_words(len({row.household for row in rows})),
        "questions": presenters.questions(),
    }
    return render(request, "visits/sheet.html", context)


@recording
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Ask for a visit beyond the term's visit."""
    viewer = request.viewer
    student = policies.get_student_to_visit(viewer.user, student_id, viewer.on)
    note_read(request, student.school_id, [student.pk], "ask for a visit")
    workers = queries.villages_with_worker(student.school, viewer.on)
    form = AskForm(
        request.POST if request.method == "POST" else None,
        today=viewer.on,
        student=student,
        is_allowed=bool(policies.may_go_by_village([student.pk], viewer.on, viewer.user)),
        colleagues=presenters.colleagues_of(student.school, viewer),
        has_worker=student.village in workers,
        initial={"goes": str(viewer.user.pk)},
    )
    if not form.is_valid():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
        return render(request, "visits/ask.html", {"student": student, "form": form}, status=status)
    data = form.cleaned_data
    asked = actions.ask_visit(
        student=student,
        kind=data["kind"],
        reason=data["reason"],
        due_on=form.due_on,
        planned_on=data["planned_on"],
        by=viewer.user,
        **form.who,
    )
    messages.success(request, _("Visit added."))
    return redirect("visits:visit", asked.pk)


@recording
@require_safe
def visit(request: SchoolRequest, pk: int) -> HttpResponse:
    if opened_from_row(request):
        return whole_page(request)
    viewer = request.viewer
    found = policies.get_visit_for(viewer.user, pk, viewer.on)
    note_read(request, found.school_id, [found.student_id], "visit")
    allowed = policies.may_go_by_village([found.student_id], viewer.on, viewer.user)
    people = queries.people_around([found.student_id], viewer.on).get(found.student_id, [])
    context = {
        "visit": found,
        "student": found.student,
        "where": presenters.where_words(found.student),
        "title": presenters.visit_title(found) if found.recorded_at else found.get_kind_display(),
        "why": presenters.why_words(found),
        "due": presenters.due_words(found, viewer.on),
        "goes": presenters.who_goes(found),
        "planned": short_day(found.planned_on, viewer.on) if found.planned_on else "",
        "made_on": short_day(found.visited_on, viewer.on) if found.visited_on else "",
        "home": queries.at_home(people),
        "met": list(found.met.all()) if found.recorded_at else [],
        "facts": presenters.fact_words(found.facts),
        "agreements": presenters.agreed_lines(found.agreements.all(), viewer.on),
        "agreed_last": presenters.agreed_lines(
            queries.agreed_last([found.student_id]).get(found.student_id, []), viewer.on
        ),
        "form": _plan_form(request, [found], allowed) if not found.recorded_at else None,
        "is_back": found.by_village and not allowed,
    }
    return render(request, "visits/visit.html", context)


@recording
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record the outcome of a visit. Also works offline."""
    if opened_from_row(request):
        return whole_page(request)
    viewer = request.viewer
    found = policies.get_visit_for(viewer.user, pk, viewer.on)
    note_read(request, found.school_id, [found.student_id], "record visit")
    if request.method != "POST" and found.recorded_at:
        return redirect("visits:visit", pk)
    people = queries.people_around([found.student_id], viewer.on).get(found.student_id, [])
    form = RecordForm(
        request.POST if request.method == "POST" else None,
        people=people,
        today=viewer.on,
        initial={"key": uuid.uuid4(), "visited_on": min(found.planned_on or viewer.on, viewer.on)},
    )
    context = {
        "visit": found,
        "student": found.student,
        "where": presenters.where_words(found.student),
        "form": form,
        "home": queries.at_home(people),
        "why": presenters.why_words(found),
        "questions": presenters.questions(),
        "agreed_last": presenters.agreed_lines(
            queries.agreed_last([found.student_id]).get(found.student_id, []), viewer.on
        ),
    }
    if not form.is_bound:
        return render(request, "visits/record.html", context)
    return save_record(
        request, found, form, "visits/record.html", context, reverse("visits:visit", args=[pk])
    )


@recording
@require_POST
def move(request: SchoolRequest, pk: int) -> HttpResponse:
    """Move a visit one place earlier or later on its trip."""
    viewer = request.viewer
    found = policies.get_visit_for(viewer.user, pk, viewer.on)
    seen = policies.visits_visible_to(viewer.user, viewer.on).filter(school=found.school)
    if found.planned_on:
        walk = queries.walk_of(seen, viewer.on, found.planned_on, found.student.village)
        if found in walk:
            actions.move_in_walk(
                visit=found, others=walk, earlier=request.POST.get("to") == "earlier"
            )
    return redirect(f"{reverse('visits:list')}#walk-{pk}")


@recording
@require_POST
def put_off(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_visit_for(request.user, pk, request.viewer.on)
    return save_put_off(request, found, f"visit-{pk}")


def save_put_off(request: SchoolRequest, row, key: str) -> HttpResponse:
    """Put a row of Today off until later.

    Return the row in its new state for htmx, otherwise go back to Today.
    """
    viewer = request.viewer
    form = LaterForm(request.POST, today=viewer.on)
    if form.is_valid():
        until = form.cleaned_data["until"]
        actions.put_off(row=row, until=until)
        state, words = (
            "put_off",
            _("Postponed until %(day)s.") % {"day": short_day(until, viewer.on)},
        )
    else:
        state, words = "failed", form.why
    return after_act(request, row.student, key, state, words)


def after_act(request: SchoolRequest, student, key: str, state: str, words: str) -> HttpResponse:
    is_bad = state == "failed"
    if request.htmx:
        shown = {
            "key": key,
            "name": student.name,
            "url": page_above("child", student.pk),
            "why": words,
            "state": state,
            "acts": [],
        }
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_bad else 200
        return render(request, "components/work_row.html", {"row": shown}, status=status)
    tell = messages.error if is_bad else messages.success
    tell(request, _("%(name)s: %(words)s") % {"name": student.name, "words": words})
    return redirect(page_above("today"))


@recording
@require_POST
def call_off(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_visit_for(viewer.user, pk, viewer.on)
    if actions.call_off(visit=found, by=viewer.user, at=viewer.at):
        messages.success(request, _("Visit cancelled."))
    else:
        messages.error(request, _("You cannot cancel the term's visits or recorded visits."))
    return redirect("visits:list")


@recording
@require_POST
def keep_agreement(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_agreement_for(viewer.user, pk, viewer.on)
    actions.keep_agreement(agreement=found, by=viewer.user, at=viewer.at)
    words = presenters.agreed_line(found, viewer.on)
    return after_act(request, found.student, f"agreed-{pk}", "done", words)

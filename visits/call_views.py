import uuid
from http import HTTPStatus
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.offline import accepted, conflict, form_refused, is_from_queue
from core.requests import key_of
from guardians.models import Adult
from guardians.presenters import clock_words
from schools.requests import SchoolRequest
from students.presenters import moment
from uploads.actions import key_of_form
from visits import actions, policies, presenters, queries
from visits.forms import EndCallForm, LogCallForm, local_now
from visits.models import CallLog
from visits.rules import CALL_MINUTES_MAX
from visits.views import note_read, opened_from_row, recording, save_put_off, whole_page

SECONDS_A_MINUTE = 60


@recording
@require_safe
def calls(request: SchoolRequest) -> HttpResponse:
    """List this month's calls to parents. Printed, the page is the call sheet."""
    viewer = request.viewer
    presenters.ensure_duties(viewer)
    chosen = request.GET.get("class", "")
    students = policies.students_to_visit(viewer.user, viewer.on).filter(school=viewer.school)
    if class_id := key_of(chosen):
        students = students.filter(enrolments__school_class_id=class_id)
    due = list(queries.calls_due(students, viewer.on)[: presenters.ROWS_SHOWN])
    children = [row.student.pk for row in due if row.student]
    people = queries.people_around(children, viewer.on)
    agreed = queries.agreed_last(children)
    rows = [
        {
            "student": row.student,
            "class_name": row.class_name,
            "parents": [
                {"person": one, "now": clock_words(one.adult, viewer.at)}
                for one in people.get(row.student_id or 0, [])
                if one.is_parent
            ],
            "last": _("%(moment)s: %(outcome)s")
            % {
                "moment": moment(row.last_at, viewer.at, viewer.school.time_zone),
                "outcome": CallLog.Outcome(row.last_outcome).label,
            }
            if row.last_outcome
            else "",
            "agreed": presenters.agreed_lines(agreed.get(row.student_id or 0, []), viewer.on),
        }
        for row in due
    ]
    note_read(request, viewer.school.pk, set(children), "calls")
    mine = policies.calls_visible_to(viewer.user, viewer.on)
    context = {
        "tabs": presenters.tabs("calls"),
        "class_tabs": presenters.class_tabs(presenters.classes_to_choose(viewer), chosen),
        "rows": rows,
        "open_calls": queries.calls_not_ended(mine, viewer.user),
        "questions": presenters.questions_on_the_phone(),
    }
    return render(request, "visits/calls.html", context)


@recording
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Show whom to call. A POST records "I am calling now"."""
    if opened_from_row(request):
        return whole_page(request)
    student, people = _family(request, student_id)
    if request.method != "POST":
        return render(request, "visits/call.html", _call_context(request, student, people))
    form = StartForm(request.POST)
    by_id = {str(one.adult_id): one for one in people}
    if not form.is_valid() or form.cleaned_data["adult"] not in by_id:
        context = _call_context(request, student, people) | {
            "problem": _("Choose who to call from the list.")
        }
        return render(request, "visits/call.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    begun = actions.start_call(
        student=student,
        adult=Adult(pk=int(form.cleaned_data["adult"])),
        by=request.user,
        at=request.viewer.at,
        key=key_of_form(form.cleaned_data),
    )
    if begun.student_id != student.pk:
        raise Http404
    return redirect(f"{reverse('visits:call_outcome', args=[begun.pk])}#dial")


class StartForm(forms.Form):
    key = forms.UUIDField()
    adult = forms.CharField(max_length=20)


def _family(request: SchoolRequest, student_id: int):
    viewer = request.viewer
    student = policies.get_student_to_visit(viewer.user, student_id, viewer.on)
    note_read(request, student.school_id, [student.pk], "call")
    found = queries.people_around([student.pk], viewer.on).get(student.pk, [])
    return student, sorted(found, key=lambda one: not one.is_parent)


def _call_context(request: SchoolRequest, student, people, form: LogCallForm | None = None) -> dict:
    at, zone = request.viewer.at, ZoneInfo(student.school.time_zone)
    on = request.viewer.on
    agreed = queries.agreed_last([student.pk]).get(student.pk, [])
    return {
        "student": student,
        "people": [
            {"person": one, "key": uuid.uuid4(), "now": clock_words(one.adult, at)}
            for one in people
        ],
        "form": form or _log_form(None, people, at, zone),
        "questions": presenters.questions_on_the_phone(),
        "agreed_last": presenters.agreed_lines(agreed, on),
    }


def _log_form(data, people, at, zone) -> LogCallForm:
    initial = {"key": uuid.uuid4(), "started": local_now(at, zone)}
    if people:
        initial["adult"] = str(people[0].adult_id)
    return LogCallForm(data, people=people, at=at, zone=zone, initial=initial)


@recording
@require_POST
def log(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Record a call after it ended. Also works offline."""
    student, people = _family(request, student_id)
    at, zone = request.viewer.at, ZoneInfo(student.school.time_zone)
    with timezone.override(zone):
        form = _log_form(request.POST, people, at, zone)
        is_good = form.is_valid()
    if not is_good:
        if is_from_queue(request):
            return form_refused(form)
        context = _call_context(request, student, people, form)
        return render(request, "visits/call.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    data = form.cleaned_data
    try:
        actions.log_call(
            student=student,
            adult=Adult(pk=int(data["adult"])),
            by=request.user,
            at=at,
            key=data["key"],
            started_at=data["started"],
            outcome=data["outcome"],
            minutes=data["minutes"],
            words=data["words"],
            child_spoke=data["child_spoke"],
        )
    except actions.CallAlreadyEnded as problem:
        if is_from_queue(request):
            return conflict(_already_recorded(problem))
        another = request.POST.copy()
        another["key"] = str(uuid.uuid4())
        with timezone.override(zone):
            form = _log_form(another, people, at, zone)
        words = _(
            "This call is already recorded: %(outcome)s. If this was another call, please record it once"
            " more; it is still below."
        ) % {"outcome": problem.call.get_outcome_display()}
        context = _call_context(request, student, people, form) | {"problem": words}
        return render(request, "visits/call.html", context, status=HTTPStatus.CONFLICT)
    if not is_from_queue(request):
        messages.success(request, _("Call saved."))
    return accepted(request, reverse("visits:calls"))


@recording
@require_http_methods(["GET", "HEAD", "POST"])
def outcome(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record the outcome after the call in one tap."""
    if opened_from_row(request):
        return whole_page(request)
    viewer = request.viewer
    found = policies.get_call_for(viewer.user, pk, viewer.on)
    note_read(request, found.school_id, [found.student_id], "call")
    # minutes since dialling; the caller may correct them
    minutes = round((viewer.at - found.started_at).total_seconds() / SECONDS_A_MINUTE)
    form = EndCallForm(
        request.POST if request.method == "POST" else None,
        initial={"minutes": min(max(1, minutes), CALL_MINUTES_MAX)},
    )
    if not form.is_valid():
        if is_from_queue(request) and form.is_bound:
            return form_refused(form)
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
        return render(
            request, "visits/call_outcome.html", _context(found, form, viewer), status=status
        )
    try:
        actions.end_call(call=found, at=viewer.at, **form.cleaned_data)
    except actions.CallAlreadyEnded as problem:
        words = _already_recorded(problem)
        if is_from_queue(request):
            return conflict(words)
        context = _context(found, form, viewer) | {"problem": words}
        return render(request, "visits/call_outcome.html", context, status=HTTPStatus.CONFLICT)
    if not is_from_queue(request):
        messages.success(request, _("Call saved."))
    return accepted(request, reverse("visits:calls"))


def _already_recorded(problem: actions.CallAlreadyEnded) -> str:
    outcome = problem.call.get_outcome_display()
    return _("This call is already recorded: %(outcome)s.") % {"outcome": outcome}


def _context(call: CallLog, form: EndCallForm, viewer) -> dict:
    people = queries.people_around([call.student_id], viewer.on).get(call.student_id, [])
    person = next((one for one in people if one.adult_id == call.adult_id), None)
    return {
        "call": call,
        "student": call.student,
        "person": person,
        "form": form,
        "title": presenters.call_title(call) if call.outcome else "",
        "questions": presenters.questions_on_the_phone(),
    }


@recording
@require_POST
def put_off(request: SchoolRequest, pk: int) -> HttpResponse:
    duty = policies.get_duty_for(request.user, pk, request.viewer.on)
    return save_put_off(request, duty, f"call-{pk}")

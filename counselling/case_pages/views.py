"""Cases: the caseload, an open case, and the acts on it.

Neither a browser nor a cache on the way stores these pages (`never_cache`). The access log records each
reading of a page with notes.
"""

import uuid
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.sentences import in_a_row
from counselling import secrecy
from counselling.case_pages.presenters import case_context, caseload_context
from counselling.cases import actions, policies, presenters, queries
from counselling.cases import emergency as urgent
from counselling.cases.forms import (
    DraftForm,
    EmergencyForm,
    HandCaseForm,
    LetInForm,
    MoveForm,
    NoteForm,
    ReopenCaseForm,
    SessionForm,
    TaskForm,
)
from counselling.cases.policies import in_emergency, keeping, reading
from counselling.models import Case, CaseReader, CaseSession, CaseTask, Note
from safeguarding.policies import get_concern_for
from schools.policies import today_in
from schools.requests import SchoolRequest


@reading
@require_safe
def caseload(request: SchoolRequest) -> HttpResponse:
    context = caseload_context(request.user, clock.for_request(request))
    return render(request, "counselling/caseload.html", context)


@reading
@require_safe
def case(request: SchoolRequest, pk: int) -> HttpResponse:
    found = policies.get_case_for(request.user, pk, clock.for_request(request))
    if request.htmx:  # from a row of Today: notes are not opened inside a list
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    return case_page(request, found)


@keeping
@require_POST
def take_up(request: SchoolRequest, pk: int) -> HttpResponse:
    """Turn a concern into a case, or add it to the open one."""
    at = clock.for_request(request)
    concern = get_concern_for(request.user, pk, request.viewer.on)
    if not policies.may_open_case(request.user, concern, at):
        raise Http404
    try:
        opened = actions.open_case(concern=concern, by=request.user, at=at)
    except actions.KeptByAnother as error:
        left = policies.cases_left_behind(request.user, at).filter(student=concern.student_id)
        context = {"owner": error.owner, "concern": concern, "left": left.first()}
        return render(request, "counselling/case_elsewhere.html", context, status=409)
    return redirect("counselling:case", opened.pk)


@keeping
@require_http_methods(["GET", "POST"])
def write(request: SchoolRequest, pk: int, kind: str) -> HttpResponse:
    if kind not in presenters.WRITABLE:
        raise Http404
    found, at = _to_write(request, pk), clock.for_request(request)
    if request.method == "GET":
        return _write_page(request, found, kind, *_begun(request, found, kind))
    form = _note_form(found, kind, data=request.POST)
    if form.is_valid():
        try:
            actions.write_note(case=found, by=request.user, kind=kind, at=at, **form.cleaned_data)
            return redirect("counselling:case", found.pk)
        except secrecy.NoKey:
            form.add_error("words", presenters.no_key_text())
    return _write_page(request, found, kind, form)


def _note_form(case: Case, kind: str, **kwargs) -> NoteForm:
    return NoteForm(kind=kind, sessions=queries.open_sessions_of(case), **kwargs)


def _begun(request: SchoolRequest, case: Case, kind: str) -> tuple[NoteForm, str]:
    """Return the form with the draft or with suggested headings, and why the draft cannot be opened.

    The latter is "" if it can.
    """
    initial: dict = {"key": uuid.uuid4(), "session": request.GET.get("session")}
    initial["instead_of"] = actions.draft_mark(queries.draft_of(case, request.user, kind))
    try:
        draft = actions.draft_words(case=case, by=request.user, kind=kind)
    except secrecy.KeyMissing as error:
        return _note_form(case, kind, initial=initial), presenters.trouble_text(error.key_id)
    except secrecy.Tampered:
        return _note_form(case, kind, initial=initial), _("Your draft was damaged.")
    initial["words"] = draft or presenters.template_of(kind)
    return _note_form(case, kind, initial=initial), ""


def _write_page(
    request: SchoolRequest, case: Case, kind: str, form: NoteForm, trouble: str = ""
) -> HttpResponse:
    draft = queries.draft_of(case, request.user, kind)
    context = {
        "case": case,
        "kind": kind,
        "guest": policies.is_guest(request.user, case, request.viewer.on),
        "title": Note.Kind(kind).label,
        "form": form,
        "trouble": trouble,
        "draft_at": presenters.moment(draft.saved_at) if draft else "",
    }
    status = 422 if form.is_bound else 200
    return render(request, "counselling/case_write.html", context, status=status)


@keeping
@require_POST
def draft(request: SchoolRequest, pk: int, kind: str) -> HttpResponse:
    """Save what is being typed, encrypted. The answer is one line that says so."""
    if kind not in presenters.WRITABLE:
        raise Http404
    found, at = _to_write(request, pk), clock.for_request(request)
    form, context = DraftForm(request.POST), {"kept_at": presenters.moment(at)}
    said: dict[str, Any] = form.cleaned_data if form.is_valid() else {"words": ""}
    try:
        if not form.is_valid():
            context = {"trouble": _("Too long to be kept as a draft.")}
        elif said["words"].strip() == presenters.template_of(kind).strip():
            context = {}
        else:
            actions.save_draft(case=found, by=request.user, kind=kind, at=at, **said)
    except actions.DraftElsewhere:
        context = {"trouble": presenters.elsewhere_text()}
    except secrecy.NoKey:
        context = {"trouble": presenters.no_key_text()}
    except secrecy.KeyMissing as error:
        context = {"trouble": presenters.trouble_text(error.key_id)}
    return render(request, "counselling/_draft_state.html", context)


@keeping
@require_POST
def move(request: SchoolRequest, pk: int) -> HttpResponse:
    found, at = _to_write(request, pk), clock.for_request(request)
    to = request.POST.get("to", "")
    form = MoveForm(request.POST, to=to, today=today_in(found.school, at))
    if not form.is_valid():
        errors = [str(error) for field in form.errors.values() for error in field]
        return case_page(request, found, 422, problem=errors[0])
    try:
        actions.move(case=found, by=request.user, at=at, **form.cleaned_data)
    except actions.CannotMove as error:
        words = in_a_row(presenters.missing_text(one) for one in error.missing)
        return case_page(request, found, 422, problem=words)
    if not policies.can_keep(request.user, found, at):  # closed by a guest from the shared queue
        messages.success(request, _("Closed. It is back with the school; thank you."))
        return redirect("counselling:pool")
    return back_to(found)


@keeping
@require_POST
def reopen(request: SchoolRequest, pk: int) -> HttpResponse:
    found, at = _to_write(request, pk), clock.for_request(request)
    form = ReopenCaseForm(request.POST, auto_id="again_%s")
    if not form.is_valid():
        return case_page(request, found, 422, reopen_form=form)
    try:
        actions.reopen(case=found, by=request.user, at=at, **form.cleaned_data)
    except actions.KeptByAnother as error:
        words = _("%(name)s keeps another open case of this child.") % {"name": error.owner.name}
        return case_page(request, found, 422, problem=words, reopen_form=form)
    except secrecy.NoKey:
        return case_page(request, found, 422, problem=presenters.no_key_text(), reopen_form=form)
    return back_to(found)


@keeping
@require_POST
def plan_session(request: SchoolRequest, pk: int) -> HttpResponse:
    found, form = _to_write(request, pk), SessionForm(request.POST)
    if not form.is_valid():
        return case_page(request, found, 422, session_form=form)
    at = clock.for_request(request)
    actions.plan_session(case=found, by=request.user, at=at, **form.act)
    return back_to(found, "sessions")


@keeping
@require_POST
def settle_session(request: SchoolRequest, pk: int, session_id: int) -> HttpResponse:
    found = _to_write(request, pk)
    session = get_object_or_404(
        CaseSession.objects.select_related("case"), pk=session_id, case=found
    )
    state, at = request.POST.get("state", ""), clock.for_request(request)
    if state not in CaseSession.SETTLED:
        return case_page(request, found, 422, problem=_("Please say how it went."))
    actions.settle_session(session=session, by=request.user, state=state, at=at)
    return back_to(found, "sessions")


@keeping
@require_POST
def add_task(request: SchoolRequest, pk: int) -> HttpResponse:
    found, form = _to_write(request, pk), TaskForm(request.POST, auto_id="task_%s")
    at = clock.for_request(request)
    if form.is_valid():
        try:
            actions.add_task(case=found, by=request.user, at=at, **form.act)
            return back_to(found, "tasks")
        except secrecy.NoKey:
            form.add_error("words", presenters.no_key_text())
    return case_page(request, found, 422, task_form=form)


@keeping
@require_POST
def settle_task(request: SchoolRequest, pk: int, task_id: uuid.UUID) -> HttpResponse:
    found = _to_write(request, pk)
    task = get_object_or_404(CaseTask.objects.select_related("case"), pk=task_id, case=found)
    dropped = request.POST.get("state") == "dropped"
    at = clock.for_request(request)
    actions.settle_task(task=task, by=request.user, is_dropped=dropped, at=at)
    return back_to(found, "tasks")


@keeping
@require_POST
def hand_over(request: SchoolRequest, pk: int) -> HttpResponse:
    found, at = _to_write(request, pk), clock.for_request(request)
    people = policies.colleagues_to_hand_to(found, today_in(found.school, at))
    form = HandCaseForm(request.POST, people=people, auto_id="hand_%s")
    if not form.is_valid():
        return case_page(request, found, 422, hand_form=form)
    actions.hand_over(case=found, by=request.user, to=form.cleaned_data["user"], at=at)
    return redirect("counselling:caseload")


@keeping
@require_POST
def let_in(request: SchoolRequest, pk: int) -> HttpResponse:
    found, at = _to_write(request, pk), clock.for_request(request)
    today = today_in(found.school, at)
    people = policies.colleagues_to_let_in(found, today)
    form = LetInForm(request.POST, people=people, today=today, auto_id="let_in_%s")
    if not form.is_valid():
        return case_page(request, found, 422, let_in_form=form)
    last_on, zone = form.cleaned_data["until_on"], ZoneInfo(found.school.time_zone)
    until_at = datetime.combine(last_on, time.max, zone)
    user = form.cleaned_data["user"]
    actions.let_in(case=found, by=request.user, user=user, until_at=until_at, at=at)
    return back_to(found, "readers")


@keeping
@require_POST
def shut_out(request: SchoolRequest, pk: int, reader_id: int) -> HttpResponse:
    found = _to_write(request, pk)
    rows = CaseReader.objects.select_related("case", "user")
    reader = get_object_or_404(rows, pk=reader_id, case=found)
    actions.shut_out(reader=reader, by=request.user, at=clock.for_request(request))
    return back_to(found, "readers")


@keeping
@require_POST
def tell_teachers(request: SchoolRequest, pk: int) -> HttpResponse:
    found, may_know = _to_write(request, pk), request.POST.get("may_know") == "yes"
    at = clock.for_request(request)
    actions.tell_teachers(case=found, by=request.user, may_know=may_know, at=at)
    return back_to(found, "readers")


@reading
@require_POST
def agree(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that a second person, let in by the owner, agrees to the closing words."""
    at = clock.for_request(request)
    found = policies.get_case_for(request.user, pk, at)
    if not policies.may_agree(request.user, found, at):
        raise Http404
    try:
        note = request.POST.get("note", "")
        actions.agree_to_close(case=found, by=request.user, note=note, at=at)
    except actions.OtherWords:
        messages.error(request, _("The closing note has changed since: please read it again."))
    return back_to(found)


@in_emergency
@require_http_methods(["GET", "POST"])
def emergency(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Ask for a reason, then open the case for a day and tell its owner."""
    at = clock.for_request(request)
    student = policies.student_in_emergency(request.user, student_id, at)
    if request.htmx:  # requested from a row of Today
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    form = EmergencyForm(request.POST or None, initial={"key": uuid.uuid4()})
    context = {"student": student, "form": form}
    if form.is_valid():
        ip = request.META.get("REMOTE_ADDR")
        try:
            found = urgent.read_in_emergency(
                student=student, by=request.user, at=at, ip=ip, **form.cleaned_data
            )
        except secrecy.NoKey:
            form.add_error("reason", presenters.no_key_text())
        else:
            if found:
                return redirect("counselling:case", found.pk)
            context["is_none"] = True
            return render(request, "counselling/case_emergency.html", context)
    status = 422 if form.is_bound else 200
    return render(request, "counselling/case_emergency.html", context, status=status)


def _to_write(request: SchoolRequest, pk: int) -> Case:
    """Return the owner's case. A user who owned it until just now is told so; a stranger learns nothing."""
    return policies.get_case_to_write(request.user, pk, clock.for_request(request))


def case_page(request: SchoolRequest, case: Case, status: int = 200, **forms) -> HttpResponse:
    at = clock.for_request(request)
    context = case_context(case, request.user, at, request.META.get("REMOTE_ADDR"))
    return render(request, "counselling/case.html", context | forms, status=status)


def back_to(case: Case, part: str = "main") -> HttpResponse:
    response = redirect("counselling:case", case.pk)
    response["Location"] += f"#{part}"
    return response

"""Pages of results from before: choose a sheet, check each cell, keep it, take it back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.downloads import download
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys.models import PastImport
from surveys.past import actions, policies, presenters, queries
from surveys.past.forms import ColumnsForm, SheetForm
from uploads.sheets import UnreadableFile

runs = staff_required(Permission.RUN_SURVEYS)
State = PastImport.State


@runs
@require_http_methods(["GET", "HEAD", "POST"])
def index(request: SchoolRequest) -> HttpResponse:
    viewer = request.viewer
    instruments = queries.instruments_for(viewer.school)
    form = SheetForm(
        request.POST or None, request.FILES or None, instruments=instruments, today=viewer.on
    )
    if form.is_valid():
        said = dict(form.cleaned_data)
        file = said.pop("file")
        try:
            read = actions.read_sheet(
                school=viewer.school,
                instrument=form.instruments[said.pop("key")],
                file_name=file.name,
                content=file.read(),
                by=request.user,
                at=viewer.at,
                **said,
            )
        except UnreadableFile as bad:
            form.add_error("file", [str(bad.sentence), *bad.places])
        except actions.TooLarge:
            form.add_error("file", _("The sheet has too many rows or columns."))
        else:
            return redirect("surveys:past", read.pk)
    rows = policies.past_visible_to(request.user, viewer.on).filter(school=viewer.school)
    context = {"form": form, "rows": [presenters.list_row(one) for one in rows]}
    return render(request, "surveys/past_list.html", context, status=422 if form.is_bound else 200)


@runs
@require_safe
def sheet(request: SchoolRequest, pk: int) -> HttpResponse:
    past = policies.get_past_for(request.user, pk, request.viewer.on)
    if past.state != State.READ:
        context = presenters.kept_page(past, request.viewer.at)
        return render(request, "surveys/past_kept.html", context)
    instrument = queries.instrument_of(past)
    named = {f"c{column}": meaning for column, meaning in past.mapping.items()}
    form = ColumnsForm(headers=past.headers, instrument=instrument, initial=named)
    return _preview(request, past, form)


def _preview(request: SchoolRequest, past: PastImport, form: ColumnsForm) -> HttpResponse:
    rows = queries.checked(past, request.user, request.viewer.on)
    record_access(
        by=request.user,
        school_id=past.school_id,
        student_ids=sorted({row.child.pk for row in rows if row.child}),
        what="past_results",
        ip=request.META.get("REMOTE_ADDR"),
    )
    status = 422 if form.is_bound else 200
    return render(request, "surveys/past.html", presenters.preview(past, rows, form), status=status)


@runs
@require_POST
def columns(request: SchoolRequest, pk: int) -> HttpResponse:
    past = policies.get_past_for(request.user, pk, request.viewer.on)
    form = ColumnsForm(request.POST, headers=past.headers, instrument=queries.instrument_of(past))
    if past.state == State.READ and not form.is_valid():
        return _preview(request, past, form)
    if past.state == State.READ:
        actions.name_columns(past=past, mapping=form.mapping)
    return redirect("surveys:past", pk)


@runs
@require_POST
def keep(request: SchoolRequest, pk: int) -> HttpResponse:
    """Keep the correct rows; `discard` deletes the sheet instead."""
    past = policies.get_past_for(request.user, pk, request.viewer.on)
    if "discard" in request.POST:
        actions.discard(past=past)
        messages.success(request, _("The file was deleted. No child's record was changed."))
        return redirect("surveys:past_list")
    viewer, ip = request.viewer, request.META.get("REMOTE_ADDR")
    try:
        actions.keep(past=past, by=request.user, at=viewer.at, on=viewer.on, ip=ip)
    except actions.Refused:
        messages.error(request, _("No row of this sheet can be kept."))
    else:
        messages.success(request, _("Saved. Only counsellors of this school see it."))
    return redirect("surveys:past", pk)


@runs
@require_POST
def take_back(request: SchoolRequest, pk: int) -> HttpResponse:
    past = policies.get_past_for(request.user, pk, request.viewer.on)
    try:
        actions.take_back(past=past, by=request.user, at=request.viewer.at)
    except actions.Refused:
        messages.error(request, _("Not undone: it can be taken back for 24 hours only."))
    else:
        messages.success(request, _("Taken back. Everything is as it was before."))
    return redirect("surveys:past", pk)


@runs
@require_safe
def counts(request: SchoolRequest, pk: int) -> HttpResponse:
    past = policies.get_past_for(request.user, pk, request.viewer.on)
    if past.state != State.KEPT:
        raise Http404
    name = f"{past.key}-{past.taken_on}.csv"
    return download(presenters.counts_file(past), "text/csv; charset=utf-8", name)

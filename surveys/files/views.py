"""Pages for the wording of a scale from its owner's file: upload, check, match item by item."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import record_access
from core.downloads import XLSX, download
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys import policies, queries, shipped
from surveys.files import (
    BadFile,
    actions,
    exports,
    fhir_out,
    matching,
    presenters,
    read_responses,
    xlsform_out,
)
from surveys.files.forms import FileForm, WeightsForm, WholeForm
from surveys.files.presenters import FilePage
from surveys.files.weights import AnswerList
from surveys.files.words import file_words
from surveys.models import InstrumentFile

runs = staff_required(Permission.RUN_SURVEYS)


@runs
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: SchoolRequest) -> HttpResponse:
    """Save a questionnaire for matching; count filled-in forms again and show them without saving."""
    viewer = request.viewer
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        given, beside = form.cleaned_data["file"], form.cleaned_data["answers"]
        content = given.read()
        try:
            responses = read_responses(content)
            if responses:
                return render(
                    request,
                    "surveys/responses.html",
                    presenters.responses_page(given.name, responses, viewer.school),
                )
            kept = actions.keep_file(
                school=viewer.school,
                file_name=given.name,
                content=content,
                beside=beside.read() if beside else b"",
                by=request.user,
                at=viewer.at,
            )
        except BadFile as bad:
            field = "answers" if bad.code.startswith("beside") else "file"
            form.add_error(field, file_words(bad.code, bad.where))
        else:
            return redirect("surveys:file", kept.pk)
    rows = InstrumentFile.objects.filter(school=viewer.school).select_related("read_by")
    context = {"form": form, "files": rows}
    return render(request, "surveys/files.html", context, status=422 if form.is_bound else 200)


@runs
@require_safe
def export(request: SchoolRequest, name: str) -> HttpResponse:
    """Download an instrument with wording.

    It is a FHIR Questionnaire (`?version=R5`, else R4) or an XLSForm (`?version=xlsform`).
    """
    found = queries.instrument_named(name, request.viewer.school)
    if found is None or not found.has_wording:
        raise Http404
    if request.GET.get("version") == "xlsform":
        return download(xlsform_out.write(found), XLSX, f"{found.key}.xlsx")
    version = fhir_out.R5 if request.GET.get("version") == fhir_out.R5 else fhir_out.R4
    response = JsonResponse(
        fhir_out.write(found, version), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = f'attachment; filename="{found.key}-{version}.fhir.json"'
    return response


@runs
@require_safe
def answers(request: SchoolRequest, pk: int) -> HttpResponse:
    """Download every answer of a round with names: `?as=` csv, R4 or R5.

    The file and the access log of each child say who exported it.
    """
    kind = request.GET.get("as", "csv")
    if kind not in ("csv", fhir_out.R4, fhir_out.R5):
        raise Http404
    found = policies.get_round_to_run(request.user, pk, request.viewer.on)
    results = exports.results(found, request.user, request.viewer.on)
    record_access(
        by=request.user,
        school_id=found.school_id,
        student_ids=[one.seat.student_id for one in results],
        what="survey export",
        ip=request.META.get("REMOTE_ADDR"),
    )
    by, at = request.viewer.user.name, timezone.localtime(request.viewer.at)
    name = f"{found.edition.key}-{found.pk}-{request.viewer.on:%Y%m%d}"
    if kind == "csv":
        return download(exports.as_csv(found, results, by=by, at=at), "text/csv", f"{name}.csv")
    written = exports.as_fhir(found, results, kind, by=by, at=at)
    return download(written, "application/fhir+json", f"{name}-{kind}.fhir.json")


@runs
@require_http_methods(["GET", "HEAD", "POST"])
def file(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show what we read; with `?as=`, match the items of the file to those of a definition."""
    kept = policies.get_file_for(request.user, pk, request.viewer.on)
    page = presenters.FilePage.of(kept, request.GET.get("as"))
    if page is None:
        raise Http404
    if request.method == "POST" and page.key:
        return _matched(request, page)
    form = page.words_form() if page.key else None
    return render(request, "surveys/file.html", page.match(form))


def _matched(request: SchoolRequest, page: FilePage) -> HttpResponse:
    """Match, say what the answers count where that is not clear, then check the whole and save it.

    Each page carries what the previous pages said, and `step` says which one was sent.
    """
    step, sent = request.POST.get("step", "match"), request.POST
    words = page.words_form(sent)
    lists: list[AnswerList] = []
    if words.is_valid():
        try:
            lists = matching.to_weigh(page.instrument, page.found, words.pairs)
        except BadFile as bad:
            words.add_error(None, file_words(bad.code, bad.where))
    if step == "change" or not words.is_valid():
        status = 200 if words.is_valid() else 422
        return render(request, "surveys/file.html", page.match(words), status=status)
    weights = WeightsForm(sent if step != "match" else None, lists=lists)
    if lists and not weights.is_valid():
        context, status = page.weights(weights, words), 422 if weights.is_bound else 200
        return render(request, "surveys/file_weights.html", context, status=status)
    said: dict[str, Any] = {
        "pairs": words.pairs,
        "intro": words.cleaned_data["intro"],
        "limits": words.limits,
    }
    chosen = weights.chosen if lists else {}
    whole = WholeForm(sent if step == "whole" else None, doubts=page.doubts(words.pairs))
    if step == "whole" and whole.is_valid():
        edition = actions.keep_words(
            file=page.file,
            key=page.key,
            weights=chosen,
            by=request.user,
            at=request.viewer.at,
            **said,
        )
        messages.success(request, _("The wording is saved."))
        return redirect("surveys:instrument", edition.key)
    definition = matching.definition_with_words(
        shipped.definitions()[page.key], page.instrument, page.found, **said, chosen=chosen
    )
    carried = [words, weights] if lists else [words]
    context, status = page.whole(whole, carried, definition), 422 if whole.is_bound else 200
    return render(request, "surveys/file_whole.html", context, status=status)

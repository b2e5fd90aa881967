"""Words of a scale from its owner's file: read, looked at, matched item by item."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from schools.policies import staff_required
from schools.roles import Permission
from surveys import actions, file_pages, policies, presenters, queries
from surveys.files import BadFile, fhir_out
from surveys.forms import FileForm, WordsForm
from surveys.models import InstrumentFile

runs = staff_required(Permission.RUN_SURVEYS)
edits = require_http_methods(["GET", "HEAD", "POST"])


@runs
@edits
def files(request: HttpRequest) -> HttpResponse:
    viewer = request.viewer
    form = FileForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        given = form.cleaned_data["file"]
        try:
            kept = actions.keep_file(
                school=viewer.school,
                file_name=given.name,
                content=given.read(),
                by=request.user,
                at=viewer.at,
            )
        except BadFile as bad:
            form.add_error("file", presenters.file_words(bad.code, bad.where))
        else:
            return redirect("surveys:file", kept.pk)
    rows = InstrumentFile.objects.filter(school=viewer.school).select_related("read_by")
    context = {"form": form, "files": rows}
    return render(request, "surveys/files.html", context, status=422 if form.is_bound else 200)


@runs
@require_safe
def export(request: HttpRequest, name: str) -> HttpResponse:
    """As a FHIR Questionnaire; `?version=R5`, else R4. Only what has its words."""
    found = queries.instrument_named(name, request.viewer.school)
    if found is None or not found.has_wording:
        raise Http404
    version = fhir_out.R5 if request.GET.get("version") == fhir_out.R5 else fhir_out.R4
    response = JsonResponse(
        fhir_out.write(found, version), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    response["Content-Disposition"] = f'attachment; filename="{found.key}-{version}.fhir.json"'
    return response


@runs
@edits
def file(request: HttpRequest, pk: int) -> HttpResponse:
    """What was read; with `?as=`, which item of the file is which of a definition."""
    kept = policies.get_file_for(request.user, pk, request.viewer.on)
    page = file_pages.FilePage.of(kept, request.GET.get("as"))
    if page is None:
        raise Http404
    form = page.form(request.POST or None)
    if form is not None and form.is_valid():
        edition = _keep(request, kept, page, form)
        if edition:
            messages.success(request, _("The words are kept."))
            return redirect(reverse("surveys:instrument", args=[edition.key]))
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "surveys/file.html", page.context(form), status=status)


def _keep(request: HttpRequest, kept: InstrumentFile, page, form: WordsForm):
    """The edition, or None with the reason in the form."""
    try:
        return actions.keep_words(
            file=kept,
            key=page.key,
            pairs=form.pairs,
            intro=form.cleaned_data["intro"],
            by=request.user,
            at=request.viewer.at,
        )
    except BadFile as bad:
        form.add_error(None, presenters.file_words(bad.code, bad.where))
        return None

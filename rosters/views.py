from itertools import islice

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core import clock
from core.downloads import XLSX, download
from core.names import joined
from core.sentences import in_a_row
from guardians.queries import parents_of_unknown_place
from guardians.roster_queries import untouched
from rosters import actions, presenters, queries, undoing, workbooks
from rosters.forms import ColumnsForm, UploadForm
from rosters.models import RosterImport, RosterResult
from rosters.oneroster import export
from rosters.policies import get_import_for
from rosters.reading import read_table
from rosters.rows import WITHOUT_CLASS, RowKind, key_text
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.queries import current_enrolments
from uploads.sheets import UnreadableFile

State = RosterImport.State
ROWS_PER_PAGE = 50
ABSENT_SHOWN = 40
SAMPLES = 3
importer = staff_required(Permission.IMPORT_ROSTER)

PAGE_OF_STATE = {
    State.UPLOADED: "rosters:columns",
    State.CHECKED: "rosters:preview",
    State.FAILED: "rosters:preview",
    State.QUEUED: "rosters:progress",
    State.RUNNING: "rosters:progress",
    State.DONE: "rosters:result",
    State.UNDONE: "rosters:result",
}


def _to_page_of(roster: RosterImport) -> HttpResponse:
    return redirect(PAGE_OF_STATE[State(roster.state)], roster.pk)


def url_of(roster: RosterImport) -> str:
    return reverse(PAGE_OF_STATE[State(roster.state)], args=[roster.pk])


@importer
@require_safe
def roster_list(request: SchoolRequest) -> HttpResponse:
    page = Paginator(queries.imports_of(request.viewer.school), 20).get_page(
        request.GET.get("page")
    )
    rosters = [{"roster": roster, "url": url_of(roster)} for roster in page]
    return render(request, "rosters/list.html", {"rosters": rosters, "page": page})


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: SchoolRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            roster = actions.upload(
                school=request.viewer.school,
                content=file.read(),
                file_name=file.name,
                by=request.user,
                at=clock.for_request(request),
            )
        except UnreadableFile as error:
            form.add_error("file", [str(error.sentence), *error.places])
        else:
            return redirect("rosters:columns", roster.pk)
    status = 422 if form.is_bound else 200
    return render(request, "rosters/upload.html", {"form": form}, status=status)


@importer
@require_safe
def template_file(request: SchoolRequest) -> HttpResponse:
    return download(workbooks.template(), XLSX, _("roster_template.xlsx"))


@importer
@require_safe
def oneroster_file(request: SchoolRequest) -> HttpResponse:
    """Send the school's classes, children and guardians for another program, and log a read of each child."""
    viewer = request.viewer
    try:
        content = export.package_of(viewer.school, viewer.on, viewer.at)
    except export.NoYear:
        messages.error(request, _("No school year is open, so there are no classes yet."))
        return redirect("rosters:list")
    children = current_enrolments(viewer.on).filter(school=viewer.school)
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=children.values_list("student_id", flat=True),
        what="oneroster",
        ip=request.META.get("REMOTE_ADDR"),
    )
    name = f"oneroster-{viewer.school.code}-{viewer.on:%Y%m%d}.zip"
    return download(content, "application/zip", name)


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def columns(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    if roster.state not in (State.UPLOADED, State.CHECKED, State.FAILED):
        return _to_page_of(roster)
    table = read_table(bytes(roster.content))
    form = ColumnsForm(table.headers, actions.guessed_mapping(roster), request.POST or None)
    if form.is_bound and form.is_valid():
        actions.set_mapping(roster=roster, mapping=form.mapping, by=request.user)
        return redirect("rosters:preview", roster.pk)
    rows = table.rows[table.header_row + 1 :]
    fields = []
    for at in range(len(table.headers)):
        texts = (presenters.text_of(row[at]) for row in rows if at < len(row))
        samples = islice(filter(None, texts), SAMPLES)
        fields.append((form[f"c{at}"], joined(samples)))
    context = {
        "roster": roster,
        "form": form,
        "fields": fields,
        "sheet": table.sheet,
        "other_sheets": joined(table.other_sheets),
    }
    return render(request, "rosters/columns.html", context, status=422 if form.is_bound else 200)


TABS = [
    (RowKind.BLOCKED, lambda row: row.kind == RowKind.BLOCKED),
    ("notes", lambda row: row.goes_in and bool(row.problems)),
    (RowKind.NEW, lambda row: row.kind == RowKind.NEW),
    (RowKind.CHANGED, lambda row: row.kind == RowKind.CHANGED),
    (RowKind.SAME, lambda row: row.kind == RowKind.SAME),
    (RowKind.SKIPPED, lambda row: row.kind == RowKind.SKIPPED),
]


ALWAYS_SHOWN = ("blocked", "new", "changed", "same")


@importer
@require_safe
def preview(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    if roster.state not in (State.CHECKED, State.FAILED):
        return _to_page_of(roster)
    return render(request, "rosters/preview.html", _preview(request, roster, request.GET))


def _preview(request: SchoolRequest, roster: RosterImport, asked) -> dict:
    checked, world = queries.checked(roster, request.viewer.on)
    unused = presenters.unused_columns(checked.headers, roster.mapping)
    rows_of = {str(key): [row for row in checked.rows if test(row)] for key, test in TABS}
    first = next((key for key, rows in rows_of.items() if rows), "blocked")
    wanted = asked.get("tab", "")
    # A tab whose last row was just fixed is no longer shown.
    is_shown = bool(rows_of.get(wanted)) or wanted in ALWAYS_SHOWN
    current = wanted if is_shown else first
    page = Paginator(rows_of[current], ROWS_PER_PAGE).get_page(asked.get("page"))
    base = reverse("rosters:preview", args=[roster.pk])
    return {
        "roster": roster,
        "year_from": world.year_starts_on if world.is_ahead else None,
        "tab": current,
        "tabs": presenters.tabs(base, rows_of, current, ALWAYS_SHOWN),
        "page": page,
        "rows": [presenters.row_view(row, world) for row in page],
        "total": len(checked.rows),
        "goes_in": checked.goes_in,
        "with_parent_away": checked.with_parent_away,
        "unused": joined(unused),
        "unused_count": len(unused),
        "blocked": len(rows_of["blocked"]),
        "fix_count": len(actions.fixes(checked.rows)),
        "classes": [(key_text(key), name) for key, (_pk, name) in sorted(world.classes.items())],
        "missing_classes": len(set(actions.classes_to_make(checked).values())),
        "class_bar": presenters.class_bar(checked, world, roster.decisions.get(WITHOUT_CLASS, "")),
        "merged_classes": checked.merged_classes,
        "questions": presenters.questions(checked, roster.decisions),
        "new_classes": [key_text(key) for key in checked.new_classes],
        "untouched": untouched(roster.school),
        "absent": [child.fields["name"] for child in checked.absent[:ABSENT_SHOWN]],
        "absent_count": len(checked.absent),
        "absent_more": max(0, len(checked.absent) - ABSENT_SHOWN),
    }


def _decided(request: SchoolRequest, roster: RosterImport, choices: dict[str, str]) -> HttpResponse:
    """Save the choices. Return the new preview, or redirect to the page if script is off."""
    try:
        actions.decide(roster=roster, choices=choices, by=request.user)
    except RosterImport.DoesNotExist:
        return _to_page_of(roster)
    if request.htmx:
        return render(request, "rosters/_preview.html", _preview(request, roster, request.POST))
    tab = urlencode({"tab": request.POST.get("tab", "")})
    return redirect(f"{reverse('rosters:preview', args=[roster.pk])}?{tab}")


@importer
@require_POST
def decide(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    key = request.POST.get("key", "")[:200]
    choices = {key: request.POST.get("value", "").strip()[:200]} if "," in key else {}
    return _decided(request, roster, choices)


@importer
@require_POST
def fix_all(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    checked, _world = queries.checked(roster, request.viewer.on)
    return _decided(request, roster, actions.fixes(checked.rows))


@importer
@require_POST
def make_classes(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that the user wants these classes. The import creates them, and undoing it deletes them."""
    roster = get_import_for(request.viewer, pk)
    checked, _world = queries.checked(roster, request.viewer.on)
    return _decided(request, roster, actions.classes_to_make(checked))


@importer
@require_POST
def start(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    actions.start(roster=roster, by=request.user, at=clock.for_request(request))
    return redirect("rosters:progress", roster.pk)


@importer
@require_safe
def progress(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    if roster.state not in (State.QUEUED, State.RUNNING):
        response = _to_page_of(roster)
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": response["Location"]})
        return response
    context = {"roster": roster, "progress": queries.progress_of(roster)}
    name = "rosters/_progress.html" if request.htmx else "rosters/progress.html"
    return render(request, name, context)


@importer
@require_safe
def result(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    if roster.state not in (State.DONE, State.UNDONE):
        return _to_page_of(roster)
    kinds = RosterResult.Kind
    results = roster.results.defer("writes")
    counts = {kind: results.filter(kind=kind).count() for kind in kinds}
    current = request.GET.get("kind")
    if current not in kinds.values:
        current = next((kind for kind in kinds if counts[kind]), kinds.CREATED)
    page: Page = Paginator(results.filter(kind=current), ROWS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    base = reverse("rosters:result", args=[roster.pk])
    at = clock.for_request(request)
    in_time = queries.may_be_undone(roster, at)
    obstacles = undoing.obstacles_to(roster, at) if in_time else undoing.Obstacles()
    against = presenters.obstacle_texts(obstacles)
    context = {
        "roster": roster,
        "counts": {str(kind.value): count for kind, count in counts.items()},
        "kind": str(current),
        "tabs": [
            {
                "url": f"{base}?{urlencode({'kind': kind.value})}",
                "label": kind.label,
                "count": counts[kind],
                "is_current": kind == current,
            }
            for kind in kinds
        ],
        "page": page,
        "rows": [presenters.result_view(row) for row in page],
        "asks_who_is_away": parents_of_unknown_place(request.viewer.on)
        .filter(school=roster.school)
        .exists(),
        "may_undo": in_time and not against,
        "against_undo": against,
        "undo_until": presenters.undo_until(
            queries.undo_ends_at(roster), obstacles.first_message_at, at
        ),
    }
    return render(request, "rosters/result.html", context)


@importer
@require_safe
def result_file(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    results = roster.results.defer("writes")
    views = ((str(row.get_kind_display()), presenters.result_view(row)) for row in results)
    return download(workbooks.result(views), XLSX, _("roster_result.xlsx"))


@importer
@require_POST
def undo(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    try:
        undoing.undo_import(roster=roster, by=request.user, at=clock.for_request(request))
    except undoing.CannotUndo as error:
        why = in_a_row(presenters.obstacle_texts(error.obstacles))
        messages.error(request, _("Not undone. %(why)s") % {"why": why})
    else:
        messages.success(request, _("The import was undone. Everything is as it was before."))
    return redirect("rosters:result", roster.pk)


@importer
@require_POST
def discard(request: SchoolRequest, pk: int) -> HttpResponse:
    roster = get_import_for(request.viewer, pk)
    if actions.discard(roster=roster, by=request.user):
        messages.success(request, _("The file was deleted. No child's record was changed."))
    return redirect("rosters:list")

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.addresses import page_above
from rosters.civil import actions, presenters, queries
from rosters.civil.forms import CivilListForm
from rosters.civil.rules import KEPT_DAYS
from rosters.models import CivilList
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from uploads.sheets import UnreadableFile

LINES_PER_PAGE = 10  # two screens of a phone
importer = staff_required(Permission.IMPORT_ROSTER)


@importer
@require_http_methods(["GET", "HEAD", "POST"])
def civil_list(request: SchoolRequest) -> HttpResponse:
    """Upload the office's list, and show it compared with the school's own children."""
    viewer = request.viewer
    form = CivilListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            actions.take(
                school=viewer.school,
                content=file.read(),
                file_name=file.name,
                by=viewer.user,
                at=viewer.at,
            )
        except UnreadableFile as error:
            form.add_error("file", [str(error.sentence), *error.places])
        else:
            return redirect("rosters:civil_list")
    kept = queries.list_of(viewer)
    context = {"form": form, "kept": kept, "kept_days": KEPT_DAYS}
    if kept:
        context |= _compared(request, kept)
    return render(request, "rosters/civil.html", context, status=422 if form.is_bound else 200)


def _compared(request: SchoolRequest, kept: CivilList) -> dict[str, Any]:
    found = queries.comparison(request.viewer, kept)
    rows: dict[str, Any] = {
        key: presenters.unread_lines(found) if key == "unread" else getattr(found, key)
        for key in presenters.LABELS
    }
    tab = request.GET.get("tab", "")
    if tab not in rows:
        tab = next((key for key, lines in rows.items() if lines), "both")
    page = Paginator(rows[tab], LINES_PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    if tab != "unread":
        is_why = tab == "otherwise"
        on = request.viewer.on
        why = queries.reasons(shown, found.statuses, on) if is_why else {}
        shown = presenters.lines_of(shown, why)
    counts = {key: len(lines) for key, lines in rows.items()}
    return {
        "found": found,
        "tab": tab,
        "tabs": presenters.tabs(reverse("rosters:civil_list"), counts, tab),
        "meaning": presenters.MEANINGS[tab],
        "page": page,
        "shown": shown,
        # The answer to the office is a ledger like any other: encrypted, with a receipt.
        "ledger_url": f"{page_above('ledger')}?list=civil" if tab == "only_ours" else "",
    }


@importer
@require_POST
def civil_list_delete(request: SchoolRequest) -> HttpResponse:
    actions.let_go(school=request.viewer.school)
    messages.success(request, _("The list was deleted. No child's record was changed."))
    return redirect("rosters:civil_list")

"""Make a ledger for an office, download its file, and note that it arrived."""

import hashlib
from collections.abc import Sequence

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.downloads import XLSX, download
from doors.staff import ledger as ledgers
from doors.staff.file_sheets import known_of
from doors.staff.ledgers.forms import ArrivalForm, LedgerForm
from doors.staff.ledgers.sealing import new_password, sealed
from doors.staff.papers import (
    back_to_papers,
    chosen_among,
    edits_whole_school,
    papers_url,
)
from privacy.ledgers.actions import (
    FILE_HOURS,
    AlreadyMade,
    note_arrival,
    record_download,
    record_sent,
)
from privacy.ledgers.models import LedgerSent
from privacy.ledgers.policies import files_open_to, get_file_for, get_ledger_for, ledgers_visible_to
from rosters.civil import queries as civil
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.models import Student
from students.policies import students_editable_by
from students.queries import with_class

RECEIPTS_PER_PAGE = 20


@staff_required(Permission.EDIT_CHILDREN)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def ledger(request: SchoolRequest) -> HttpResponse:
    """Make the ledger of the children given by `child`, of the whole school with `class=all`, or, with
    `list=civil`, of the children missing from the office's list.
    """
    is_sent = request.method == "POST"
    told = request.POST if is_sent else request.GET
    is_whole = told.get("class") == "all"
    editable = students_editable_by(request.viewer.user, request.viewer.on)
    editable = editable.filter(school=request.viewer.school)
    keys = _missing_on_their_list(request) if told.get("list") == "civil" else told.getlist("child")
    children = _of_school(request) if is_whole else chosen_among(editable, keys)
    if not children:
        return back_to_papers(request, _("Please select at least one child."))
    form = LedgerForm(request.POST if is_sent else None, initial={"parts": ledgers.USUAL})
    if form.is_valid():
        return _made(request, form, children)
    context = {
        "form": form,
        "children": children,
        "is_whole": is_whole,
        "back_url": papers_url(request),
    }
    return render(request, "doors/staff/ledger.html", context, status=422 if is_sent else 200)


def _of_school(request: SchoolRequest) -> list[Student]:
    viewer = request.viewer
    if not edits_whole_school(viewer):
        raise Http404
    here = students_editable_by(viewer.user, viewer.on).filter(school=viewer.school)
    rows = with_class(here, viewer.on).select_related("school")
    return list(rows.order_by("class_id", "name_pinyin", "pk"))  # type: ignore[misc]  # class_id is annotated


def _missing_on_their_list(request: SchoolRequest) -> list[str]:
    viewer = request.viewer
    kept = civil.list_of(viewer) if viewer.can(Permission.IMPORT_ROSTER) else None
    if kept is None:
        raise Http404
    return [str(one.child.pk) for one in civil.comparison(viewer, kept).only_ours if one.child]


def _made(request: SchoolRequest, form: LedgerForm, children: Sequence[Student]) -> HttpResponse:
    """Save the ledger and show its password, on the only page that ever does."""
    viewer, to = request.viewer, form.addressed()
    password = new_password()
    content = ledgers.workbook_of(known_of(children, viewer.at), viewer.at, to.parts)
    file = sealed(content, password)
    try:
        sent = record_sent(
            school=viewer.school,
            to=to,
            student_ids=[child.pk for child in children],
            content=file,
            digest=hashlib.sha256(file).hexdigest(),
            key=form.once,
            by=viewer.user,
            at=viewer.at,
            ip=request.META.get("REMOTE_ADDR"),
        )
    except AlreadyMade:
        words = _("This ledger was made already. If the password is lost, make it again.")
        messages.error(request, words)
        return redirect("staff:ledgers")
    context = {"sent": sent, "password": password, "hours": FILE_HOURS}
    return render(request, "doors/staff/ledger_made.html", context)


@staff_required(Permission.EDIT_CHILDREN, Permission.ANSWER_DATA_REQUESTS)
@require_safe
def receipts(request: SchoolRequest) -> HttpResponse:
    return _receipts(request)


def _receipts(request: SchoolRequest, pk: int = 0, form: ArrivalForm | None = None) -> HttpResponse:
    """Show the receipts. `form` has the errors of the receipt `pk`."""
    viewer = request.viewer
    rows = ledgers_visible_to(viewer).select_related("made_by", "arrival__noted_by")
    page = Paginator(rows, RECEIPTS_PER_PAGE).get_page(request.GET.get("page"))
    files = files_open_to(viewer).filter(sent__in=[sent.pk for sent in page])
    has_file = set(files.values_list("sent_id", flat=True))
    words = dict(ledgers.Part.choices)
    shown = [
        {
            "sent": sent,
            "parts": [words[part] for part in sent.parts if part in words],
            "form": form if sent.pk == pk else ArrivalForm(prefix=str(sent.pk)),
            "has_file": sent.pk in has_file,
        }
        for sent in page
    ]
    context = {"page": page, "receipts": shown, "hours": FILE_HOURS}
    status = 422 if form else 200
    return render(request, "doors/staff/ledgers.html", context, status=status)


@staff_required(Permission.EDIT_CHILDREN)
@require_safe
def ledger_file(request: SchoolRequest, pk: int) -> HttpResponse:
    """Send the encrypted file, to its maker only."""
    file = get_file_for(request.viewer, pk)
    record_download(file=file, by=request.viewer.user, ip=request.META.get("REMOTE_ADDR"))
    day = f"{file.made_at:%Y-%m-%d}"
    name = _("Ledger %(name)s %(day)s") % {"name": file.sent.school.name, "day": day}
    return download(bytes(file.content), XLSX, f"{name}.xlsx")


@staff_required(Permission.EDIT_CHILDREN, Permission.ANSWER_DATA_REQUESTS)
@require_POST
def arrived(request: SchoolRequest, pk: int) -> HttpResponse:
    sent: LedgerSent = get_ledger_for(request.viewer, pk)
    form = ArrivalForm(request.POST, prefix=str(sent.pk))
    if not form.is_valid():
        return _receipts(request, sent.pk, form)
    said_by = form.cleaned_data["said_by"]
    if note_arrival(sent=sent, said_by=said_by, by=request.viewer.user, at=request.viewer.at):
        messages.success(request, _("Noted: the file arrived."))
    else:
        messages.info(
            request, _("That the file arrived had been noted before; that entry has not changed.")
        )
    return redirect("staff:ledgers")

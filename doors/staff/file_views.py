"""Papers about any selection of the children that the viewer may see: the file on one page or whole, as
PDF or for the browser's own printing, and the county's ledger.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.actions import record_access
from core.printing import PDF, pdf_of, why_no_pdf
from core.requests import key_of
from doors.staff import ledger as ledgers
from doors.staff.class_choice import chosen_class, class_tabs, visible_classes
from doors.staff.file_sheets import known_of, sheet
from doors.staff.school_parts import school_parts
from schools.policies import Viewer, staff_required
from schools.roles import Permission
from students.models import Student
from students.policies import students_editable_by, students_visible_to
from students.queries import in_class, with_class

SEES_CHILDREN = (Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)
FORMS = ("page", "whole")
# Children in one PDF: 45 take six seconds of one core on one page each, about twice that as whole
# files; gunicorn ends a worker that is silent for sixty seconds.
SHEETS_MAX = 60


@staff_required(*SEES_CHILDREN)
@require_safe
def papers(request: HttpRequest) -> HttpResponse:
    """Choose the children and the paper."""
    viewer = request.viewer
    classes = visible_classes(viewer)
    own = {post.school_class_id for post in viewer.posts}
    chosen = chosen_class(classes, request.GET.get("class", ""), own)
    children: list[Student] = []
    if chosen:
        visible = students_visible_to(viewer.user, viewer.on)
        children = list(in_class(visible, chosen, viewer.on).select_related("school"))
    whole_class = {"class": chosen.pk} if chosen else {}
    context = {
        "chosen": chosen,
        "children": children,
        "is_ticked": request.GET.get("tick") != "none",
        "tick_url": "?" + urlencode(whole_class | {"tick": "all"}),
        "untick_url": "?" + urlencode(whole_class | {"tick": "none"}),
        "class_tabs": class_tabs(classes, chosen),
        "why_no_pdf": why_no_pdf(),
        "can_make_ledger": viewer.can(Permission.EDIT_CHILDREN),
        "can_make_whole_ledger": _edits_whole_school(viewer),
        "sheets_max": SHEETS_MAX,
    }
    return render(request, "doors/staff/papers.html", context)


def _edits_whole_school(viewer: Viewer) -> bool:
    return viewer.can(Permission.EDIT_CHILDREN) and viewer.can(Permission.VIEW_ALL_CHILDREN)


@staff_required(*SEES_CHILDREN)
@require_safe
def files(request: HttpRequest) -> HttpResponse:
    """The files of the children named `child` as PDF; `form`: on one page each, or whole."""
    form = request.GET.get("form", "page")
    children = _asked_for(request, form)
    if why := _why_not(children):
        return _back(request, why)
    if why := why_no_pdf():
        return _back(request, " ".join([why, _("Print from the browser instead.")]))
    page = render_to_string("doors/staff/file_print.html", _sheets(request, children, form))
    n = len(children)
    name = children[0].name if n == 1 else ngettext("%(n)d child", "%(n)d children", n) % {"n": n}
    facts = _named_by(name, request.viewer)
    return _download(pdf_of(page), PDF, _("File %(name)s %(day)s") % facts, "pdf")


@staff_required(*SEES_CHILDREN)
@require_safe
def print_view(request: HttpRequest, form: str) -> HttpResponse:
    """The same as a page that the browser prints, for servers or readers without PDF."""
    children = _asked_for(request, form)
    if why := _why_not(children):
        return _back(request, why)
    context = _sheets(request, children, form) | {
        "is_screen": True,
        "back_url": _papers_url(request),
    }
    return render(request, "doors/staff/file_print.html", context)


def _asked_for(request: HttpRequest, form: str) -> list[Student]:
    if form not in FORMS:
        raise Http404
    return _named(request, students_visible_to(request.user, request.viewer.on))


def _why_not(children: Sequence[Student]) -> str:
    if not children:
        return _("Please select at least one child.")
    if len(children) > SHEETS_MAX:
        words = _(
            "%(n)d children are too many for one file: at most %(max)d. Take one class at a time."
        )
        return words % {"n": len(children), "max": SHEETS_MAX}
    return ""


def _sheets(request: HttpRequest, children: Sequence[Student], form: str) -> dict:
    at, is_whole = request.viewer.at, form == "whole"
    _note(request, children, f"file {form}")
    more = school_parts(children, request.user, at) if is_whole else {}
    return {
        "sheets": [
            sheet(known, is_whole=is_whole, more=more.get(known.student.pk, ()))
            for known in known_of(children, at)
        ],
        "is_whole": is_whole,
        "made_on": timezone.localtime(at),
        "made_by": request.viewer.user.name,
    }


@staff_required(Permission.EDIT_CHILDREN)
@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The ledger of the children named `child`, or of the whole school with `class=all`."""
    viewer = request.viewer
    editable = students_editable_by(viewer.user, viewer.on)
    if request.GET.get("class") == "all":
        if not _edits_whole_school(viewer):
            raise Http404
        here = with_class(editable.filter(school=viewer.school), viewer.on).select_related("school")
        children = list(here.order_by("class_id", "name_pinyin", "pk"))  # type: ignore[misc]
    else:
        children = _named(request, editable)
    if not children:
        return _back(request, _("Please select at least one child."))
    _note(request, children, "ledger")
    content = ledgers.workbook_of(known_of(children, viewer.at), viewer.at)
    name = _named_by(viewer.school.name, viewer)
    return _download(content, ledgers.CONTENT_TYPE, _("Ledger %(name)s %(day)s") % name, "xlsx")


def _named(request: HttpRequest, allowed) -> list[Student]:
    """Return the children whose keys the address gives; 404 if one of them is not in `allowed`."""
    wanted = request.GET.getlist("child")
    if not all(key_of(text) for text in wanted):
        raise Http404
    keys = {int(text) for text in wanted}
    found = list(allowed.filter(pk__in=keys).select_related("school").order_by("name_pinyin", "pk"))
    if len(found) != len(keys):
        raise Http404
    return found


def _back(request: HttpRequest, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(_papers_url(request))


def _papers_url(request: HttpRequest) -> str:
    wanted = request.GET.get("class", "")
    url = reverse("staff:papers")
    return f"{url}?{urlencode({'class': wanted})}" if wanted.isascii() and wanted.isdigit() else url


def _note(request: HttpRequest, children: Sequence[Student], what: str) -> None:
    for school_id in {child.school_id for child in children}:
        record_access(
            by=request.user,
            school_id=school_id,
            student_ids=[child.pk for child in children if child.school_id == school_id],
            what=what,
            ip=request.META.get("REMOTE_ADDR"),
        )


def _named_by(name: str, viewer: Viewer) -> dict[str, str]:
    return {"name": name, "day": f"{viewer.on:%Y-%m-%d}"}


def _download(content: bytes, kind: str, name: str, ending: str) -> HttpResponse:
    disposition = content_disposition_header(True, f"{name}.{ending}") or "attachment"
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=kind, headers=headers)

"""Papers about any selection of children that the viewer may see: the file on one page or whole, as PDF or
for printing in the browser. For the ledger see doors.staff.ledgers.
"""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.actions import record_access
from core.downloads import download
from core.printing import PDF, pdf_of, why_no_pdf
from core.sentences import in_a_row
from doors.staff.class_choice import chosen_class, class_tabs, visible_classes
from doors.staff.file_sheets import known_of, sheet
from doors.staff.papers import (
    back_to_papers,
    chosen_among,
    edits_whole_school,
    papers_url,
)
from doors.staff.school_parts import school_parts
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to
from students.queries import in_class

SEES_CHILDREN = (Permission.VIEW_OWN_CLASS, Permission.VIEW_ALL_CHILDREN)
FORMS = ("page", "whole")
# Children in one PDF: 45 one-page files take six seconds of one core, whole files about twice that; gunicorn
# ends a worker that is silent for sixty seconds.
SHEETS_MAX = 60


@staff_required(*SEES_CHILDREN)
@require_safe
def papers(request: SchoolRequest) -> HttpResponse:
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
        "can_make_whole_ledger": edits_whole_school(viewer),
        "sheets_max": SHEETS_MAX,
    }
    return render(request, "doors/staff/papers.html", context)


@staff_required(*SEES_CHILDREN)
@require_safe
def files(request: SchoolRequest) -> HttpResponse:
    """Return the files of the children given by `child` as PDF; `form` is one page each, or whole."""
    form = request.GET.get("form", "page")
    children = _asked_for(request, form)
    if why := _why_not(children):
        return back_to_papers(request, why)
    if why := why_no_pdf():
        return back_to_papers(request, in_a_row([why, _("Print from the browser instead.")]))
    page = render_to_string("doors/staff/file_print.html", _sheets(request, children, form))
    n = len(children)
    name = children[0].name if n == 1 else ngettext("%(n)d child", "%(n)d children", n) % {"n": n}
    facts = {"name": name, "day": f"{request.viewer.on:%Y-%m-%d}"}
    file_name = _("File %(name)s %(day)s") % facts
    return download(pdf_of(page), PDF, f"{file_name}.pdf")


@staff_required(*SEES_CHILDREN)
@require_safe
def print_view(request: SchoolRequest, form: str) -> HttpResponse:
    """Show the same as a page for the browser to print, for servers or readers without PDF."""
    children = _asked_for(request, form)
    if why := _why_not(children):
        return back_to_papers(request, why)
    context = _sheets(request, children, form) | {
        "is_screen": True,
        "back_url": papers_url(request),
    }
    return render(request, "doors/staff/file_print.html", context)


def _asked_for(request: SchoolRequest, form: str) -> list[Student]:
    if form not in FORMS:
        raise Http404
    return chosen_among(
        students_visible_to(request.user, request.viewer.on), request.GET.getlist("child")
    )


def _why_not(children: Sequence[Student]) -> str:
    if not children:
        return _("Please select at least one child.")
    if len(children) > SHEETS_MAX:
        words = _(
            "%(n)d children are too many for one file: at most %(max)d. Take one class at a time."
        )
        return words % {"n": len(children), "max": SHEETS_MAX}
    return ""


def _sheets(request: SchoolRequest, children: Sequence[Student], form: str) -> dict:
    at, is_whole = request.viewer.at, form == "whole"
    for school_id in {child.school_id for child in children}:
        record_access(
            by=request.user,
            school_id=school_id,
            student_ids=[child.pk for child in children if child.school_id == school_id],
            what=f"file {form}",
            ip=request.META.get("REMOTE_ADDR"),
        )
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

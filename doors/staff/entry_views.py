"""The sheet with which the children of a class are written in from paper."""

from datetime import date

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from doors.staff import entry
from schools.day_fields import day_field
from schools.models import SchoolClass
from schools.policies import Viewer, classes_editable_by, staff_required
from schools.queries import classes_on, term_on
from schools.roles import Permission
from students.days import check_day

UNPROCESSABLE = 422


class SinceForm(forms.Form):
    starts_on = day_field(gettext_lazy("In this class since"))

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        check_day(starts_on, self.today)
        return starts_on


@staff_required(Permission.EDIT_CHILDREN)
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest) -> HttpResponse:
    """One sheet for one class. `act`: save all, more lines, or one line by script (`line`)."""
    viewer = request.viewer
    classes = _classes(viewer)
    chosen = _chosen(classes, request.GET.get("class", ""))
    if request.method != "POST" or chosen is None:
        since = SinceForm(today=viewer.on, initial={"starts_on": _since(viewer)})
        return _page(request, classes, chosen, entry.blank_lines(entry.LINES_AT_FIRST), since)
    lines = entry.lines_of(request.POST)
    since = SinceForm(request.POST, today=viewer.on)
    if request.POST.get("act") == "more":
        entry.read(lines, chosen, viewer.on)
        return _page(request, classes, chosen, _with_more(lines), since)
    return _save(request, classes, chosen, lines, since)


def _classes(viewer: Viewer) -> list[SchoolClass]:
    mine = classes_editable_by(viewer.user, viewer.on).values("pk")
    return list(classes_on(viewer.school, viewer.on).filter(pk__in=mine).select_related("school"))


def _chosen(classes: list[SchoolClass], wanted: str) -> SchoolClass | None:
    if not wanted:
        return classes[0] if classes else None
    found = next((one for one in classes if str(one.pk) == wanted), None)
    if found is None:
        raise Http404
    return found


def _since(viewer: Viewer) -> date:
    term = term_on(viewer.school, viewer.on)
    return term.starts_on if term else viewer.on


def _with_more(lines: list[entry.Line]) -> list[entry.Line]:
    start = max((line.number for line in lines), default=-1) + 1
    room = max(0, entry.LINES_MAX - len(lines))
    return [*lines, *entry.blank_lines(min(entry.LINES_MORE, room), start)]


def _save(request, classes, chosen: SchoolClass, lines: list[entry.Line], since) -> HttpResponse:
    entry.read(lines, chosen, request.viewer.on)
    is_good = since.is_valid() and not any(line.wrong for line in lines)
    count, refused = 0, ""
    if is_good:
        try:
            count = entry.save(
                lines,
                school_class=chosen,
                starts_on=since.cleaned_data["starts_on"],
                today=request.viewer.on,
                by=request.user,
                at=request.viewer.at,
            )
        except entry.SheetRefused:
            is_good = False
            refused = _("A colleague is writing down the same child. Please look, and save again.")
    if request.POST.get("act") == "line":
        return _line(request, lines, is_good)
    if not is_good:
        return _page(request, classes, chosen, lines, since, refused=refused or _told(lines))
    if not any(line.child for line in lines):
        return _page(request, classes, chosen, lines, since, refused=_("The sheet is empty."))
    words = ngettext("%(n)d child written in.", "%(n)d children written in.", count)
    if count:
        messages.success(request, words % {"n": count})
    return redirect(f"{reverse('staff:children')}?class={chosen.pk}")


def _told(lines: list[entry.Line]) -> str:
    wrong = sum(bool(line.wrong) for line in lines)
    return ngettext(
        "Nothing was saved yet: please look at %(n)d line.",
        "Nothing was saved yet: please look at %(n)d lines.",
        wrong,
    ) % {"n": wrong}


def _line(request, lines: list[entry.Line], is_good: bool) -> HttpResponse:
    """One line as it now stands, for the script that sent it."""
    if len(lines) != 1:
        raise Http404
    context = {"line": lines[0], "rows": _rows(lines[0])}
    status = 200 if is_good else UNPROCESSABLE
    return render(request, "doors/staff/_entry_line.html", context, status=status)


def _rows(line: entry.Line) -> list[list[dict]]:
    """The cells in two rows, with what was typed and what is wrong."""
    return [
        [
            {"cell": cell, "typed": line.typed.get(cell.key, ""), "wrong": line.wrong.get(cell.key)}
            for cell in cells
        ]
        for cells in (entry.CHILD, entry.FAMILY)
    ]


def _page(request, classes, chosen, lines, since, refused: str = "") -> HttpResponse:
    context = {
        "chosen": chosen,
        "class_tabs": [
            {
                "url": f"?class={one.pk}",
                "label": one.name,
                "count": None,
                "is_current": one == chosen,
            }
            for one in classes
            if len(classes) > 1
        ],
        "lines": [{"line": line, "rows": _rows(line)} for line in lines],
        "numbers": " ".join(str(line.number) for line in lines),
        "template_line": {"line": entry.blank_lines(1)[0], "rows": _rows(entry.blank_lines(1)[0])},
        "lines_max": entry.LINES_MAX,
        "since": since,
        "refused": refused,
    }
    status = UNPROCESSABLE if refused or (since.is_bound and not since.is_valid()) else 200
    return render(request, "doors/staff/entry.html", context, status=status)

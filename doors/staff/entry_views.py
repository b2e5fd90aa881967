"""The sheet on which staff enter the children of a class from paper."""

from datetime import date
from functools import partial
from http import HTTPStatus

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from core.day_fields import day_field
from core.days import full_day
from doors.staff import entry
from doors.staff.class_choice import chosen_class, class_tabs, enterable_classes
from schools.forms import name_on
from schools.models import SchoolClass
from schools.policies import staff_required
from schools.queries import term_on
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.days import check_day


class SinceForm(forms.Form):
    starts_on = day_field(gettext_lazy("In this class since"))

    def __init__(self, *args, today: date, school_class: SchoolClass | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.school_class = today, school_class

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        begins = _begins_ahead(self.school_class, self.today)
        if begins is None:
            check_day(starts_on, self.today)
        elif starts_on != begins:
            facts = {"name": self.school_class, "start": full_day(begins)}
            raise forms.ValidationError(_("%(name)s begins on %(start)s: choose that day.") % facts)
        return starts_on


def _begins_ahead(school_class: SchoolClass | None, on: date) -> date | None:
    """Return the first day of a class of a year to come; None for one of this year's classes."""
    begins = school_class.grade.year.starts_on if school_class else on
    return begins if begins > on else None


@staff_required(Permission.EDIT_CHILDREN)
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: SchoolRequest) -> HttpResponse:
    """Show and save the sheet of one class.

    `act` is save all, more lines, or one line sent by script (`line`).
    """
    viewer = request.viewer
    classes = enterable_classes(viewer)
    chosen = chosen_class(classes, request.GET.get("class", ""))
    if request.method != "POST" or chosen is None:
        term = term_on(viewer.school, viewer.on)
        starts_on = term.starts_on if term else viewer.on
        first = {"starts_on": _begins_ahead(chosen, viewer.on) or starts_on}
        since = SinceForm(today=viewer.on, school_class=chosen, initial=first)
        return _page(request, classes, chosen, entry.blank_lines(entry.LINES_AT_FIRST), since)
    lines = entry.lines_of(request.POST)
    since = SinceForm(request.POST, today=viewer.on, school_class=chosen)
    entry.read(lines, chosen, viewer.on)
    if request.POST.get("act") == "more":
        start = max((line.number for line in lines), default=-1) + 1
        room = max(0, entry.LINES_MAX - len(lines))
        lines += entry.blank_lines(min(entry.LINES_MORE, room), start)
        return _page(request, classes, chosen, lines, since)
    return _save(request, classes, chosen, lines, since)


def _save(
    request: SchoolRequest, classes, chosen: SchoolClass, lines: list[entry.Line], since
) -> HttpResponse:
    wrong = sum(bool(line.wrong) for line in lines)
    is_good = since.is_valid() and not wrong
    count = 0
    refused = ngettext(
        "Nothing was saved yet: please look at %(n)d line.",
        "Nothing was saved yet: please look at %(n)d lines.",
        wrong,
    ) % {"n": wrong}
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
            refused = _("A colleague is entering the same child. Please check, and save again.")
    if request.POST.get("act") == "line":  # the script gets back the one line that it sent
        if len(lines) != 1:
            raise Http404
        context = {"line": lines[0], "rows": _rows(lines[0])}
        status = 200 if is_good else HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "doors/staff/_entry_line.html", context, status=status)
    if not is_good:
        return _page(request, classes, chosen, lines, since, refused=refused)
    if not any(line.child for line in lines):
        return _page(request, classes, chosen, lines, since, refused=_("The sheet is empty."))
    words = ngettext("%(n)d child added.", "%(n)d children added.", count)
    is_ahead = _begins_ahead(chosen, request.viewer.on)
    if is_ahead:  # no list shows these children before that day
        words = ngettext("%(n)d child added: %(name)s.", "%(n)d children added: %(name)s.", count)
    if count:
        facts = {"n": count, "name": name_on(chosen, request.viewer.on)}
        messages.success(request, words % facts)
    page = "staff:entry_sheet" if is_ahead else "staff:children"
    return redirect(f"{reverse(page)}?class={chosen.pk}")


def _rows(line: entry.Line) -> list[list[dict]]:
    """Return the cells in two rows, with what was typed and what is wrong."""
    return [
        [
            {"cell": cell, "typed": line.typed.get(cell.key, ""), "wrong": line.wrong.get(cell.key)}
            for cell in cells
        ]
        for cells in (entry.CHILD, entry.FAMILY)
    ]


def _page(request: SchoolRequest, classes, chosen, lines, since, refused: str = "") -> HttpResponse:
    named = partial(name_on, on=request.viewer.on)
    context = {
        "chosen": chosen,
        "chosen_name": named(chosen) if chosen else "",
        "class_tabs": class_tabs(classes, chosen, named=named),
        "lines": [{"line": line, "rows": _rows(line)} for line in lines],
        "numbers": " ".join(str(line.number) for line in lines),
        "template_line": {"line": entry.blank_lines(1)[0], "rows": _rows(entry.blank_lines(1)[0])},
        "lines_max": entry.LINES_MAX,
        "since": since,
        "refused": refused,
    }
    status = (
        HTTPStatus.UNPROCESSABLE_ENTITY
        if refused or (since.is_bound and not since.is_valid())
        else 200
    )
    return render(request, "doors/staff/entry.html", context, status=status)

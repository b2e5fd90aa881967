"""Pages for a class's attendance: taken on one screen, or imported from a sheet."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import record_access
from classroom import actions, policies
from classroom.around import (
    ClassInHand,
    class_in_hand,
    day_choice,
    observing,
    status_of,
    whole_page,
)
from classroom.calendar import no_school_words, refused_words, school_days_until
from classroom.forms import DayForm, ImportForm, ReasonForm
from classroom.models import AttendanceMark
from classroom.presenters import joined, mark_words
from classroom.queries import marks_on, register_of
from classroom.rules import PRESENT, Mark, Merged
from classroom.sheets import MAX_BYTES, PROBLEMS_SHOWN, UnreadableFile, read_sheet
from core.addresses import page_above
from core.days import week_day
from core.downloads import XLSX, download, put_text, saved, sheet_title
from schools.queries import calendar_of
from schools.requests import SchoolRequest
from students.models import Student
from students.opening import note_read
from students.queries import in_class

SHEET_SECONDS = 3600  # seconds for which a previewed sheet can be imported
SHEET_SALT = "classroom.attendance"
DAYS_IN_TEMPLATE = 5
LEAVE = AttendanceMark.Kind.LEAVE


@dataclass(frozen=True)
class RollRow:
    """One child in the register.

    `mark` is shown, `was` is stored, and `clash` names the other person who changed it.
    """

    student: Student
    mark: Mark
    was: Mark
    clash: str = ""

    @property
    def was_text(self) -> str:
        return f"{self.was.kind}|{self.was.reason}"

    @property
    def kinds(self) -> list[tuple[str, Any]]:
        """Return the four choices. For a child on leave, "on leave" replaces "absent"."""
        Kind = AttendanceMark.Kind
        away = LEAVE if LEAVE in (self.was.kind, self.mark.kind) else Kind.ABSENT
        return [(kind, kind.label) for kind in (Kind.PRESENT, away, Kind.LATE, Kind.LEFT_EARLY)]


@dataclass(frozen=True)
class Day:
    """The chosen day, why it allows no register, the school day before it, and the children of the class."""

    form: DayForm
    on: date | None
    refused: str
    children: list[Student]
    school_day_before: date | None = None


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: SchoolRequest) -> HttpResponse:
    viewer, hand = request.viewer, class_in_hand(request)
    calendar, form = (
        calendar_of(viewer.school),
        DayForm(request.POST or request.GET, today=viewer.on),
    )
    day = Day(form, None, "", [])
    if form.is_valid():
        on = form.cleaned_data["on"]
        refused = no_school_words(on, calendar)
        reach = policies.children_observable_by(viewer.user, viewer.on)
        children = list(in_class(reach, hand.chosen, on)) if hand.chosen and not refused else []
        before = school_days_until(on, calendar, 1) if refused else []
        day = Day(form, on, refused, children, before[0] if before else None)
    if request.method != "POST" or not hand.chosen or not day.on or not day.children:
        is_bad = bool(day.form.errors) or request.method == "POST"
        status = HTTPStatus.UNPROCESSABLE_ENTITY if is_bad else 200
        return _register_page(request, hand, day, status)
    was, now = _posted_marks(request.POST, day.children)
    merged = actions.save_register(
        school_class=hand.chosen,
        on=day.on,
        was=was,
        now=now,
        seen=[child.pk for child in day.children],
        by=request.user,
        at=viewer.at,
    )
    if merged.clashes:
        return _register_page(request, hand, day, HTTPStatus.CONFLICT, merged)
    marks = marks_on([child.pk for child in day.children], day.on)
    absent = sum(mark.kind == AttendanceMark.Kind.ABSENT for mark in marks.values())
    on_leave = sum(mark.kind == LEAVE for mark in marks.values())
    counts = {"there": len(day.children) - absent - on_leave, "absent": absent, "leave": on_leave}
    words = _("Saved: %(there)d there, %(absent)d absent.")
    if on_leave:
        words = _("Saved: %(there)d there, %(absent)d absent, %(leave)d on leave.")
    messages.success(request, words % counts)
    if merged.by_others:
        names = {child.pk: child.name for child in day.children}
        told = [f"{names[pk]} {mark_words(mark)}" for pk, mark in merged.by_others.items()]
        words = _("Someone else made changes in the meantime. We kept them: %(what)s")
        messages.success(request, words % {"what": joined(told)})
    return redirect(f"{reverse('classroom:attendance')}{hand.query}&on={day.on:%Y-%m-%d}")


KINDS = set(AttendanceMark.Kind.values)
REASONS = set(AttendanceMark.Reason.values)


def _posted_marks(
    post: Mapping[str, str], children: list[Student]
) -> tuple[dict[int, Mark], dict[int, Mark]]:
    """Return the marks that the page showed, and the marks chosen now.

    Children who are not on the page are ignored. Leave is agreed elsewhere; here it can only stay as the
    page showed it.
    """
    was, now = {}, {}
    for pk in (child.pk for child in children):
        kind, _bar, reason = post.get(f"was-{pk}", "").partition("|")
        if kind in KINDS and reason in REASONS:
            was[pk] = Mark(kind, reason)
        kind, reason = post.get(f"kind-{pk}", ""), post.get(f"reason-{pk}", "")
        is_leave_written = kind == LEAVE and was.get(pk, PRESENT).kind != LEAVE
        if kind in KINDS and not is_leave_written:
            now[pk] = Mark(kind, reason if kind != PRESENT.kind and reason in REASONS else "")
    return was, now


def _register_page(
    request: SchoolRequest, hand: ClassInHand, day: Day, status: int, merged: Merged | None = None
) -> HttpResponse:
    viewer = request.viewer
    ids = [child.pk for child in day.children]
    stored = marks_on(ids, day.on) if day.on else {}
    clashes: dict[int, str] = {}
    if merged and day.on:
        known = AttendanceMark.objects.filter(student__in=list(merged.clashes), marked_on=day.on)
        authors = {
            row.student_id: row.written_by.name for row in known.select_related("written_by")
        }
        words = _("%(who)s has just entered: %(theirs)s. Save again to replace it with yours.")
        clashes = {
            pk: words % {"who": authors.get(pk, ""), "theirs": mark_words(theirs)}
            for pk, (theirs, _mine) in merged.clashes.items()
        }
    rows = []
    for child in day.children:
        was = stored.get(child.pk, PRESENT)
        mine = merged.clashes[child.pk][1] if merged and child.pk in clashes else was
        rows.append(RollRow(child, mine, was, clashes.get(child.pk, "")))
    record_access(
        by=request.user,
        school_id=viewer.school.pk,
        student_ids=ids,
        what="attendance",
        ip=request.META.get("REMOTE_ADDR"),
    )
    before = day.school_day_before
    taken = register_of(hand.chosen, day.on) if hand.chosen and day.on else None
    unsaid = [child.name for child in day.children if taken and child.pk in taken.unseen]
    context = {
        "chosen": hand.chosen,
        "class_tabs": hand.tabs,
        "class_query": hand.query,
        "school_day_before": hand.query_on(before) if before else "",
        "see_before": _("See attendance for %(day)s") % {"day": week_day(before)} if before else "",
        "rows": rows,
        "day": day,
        **day_choice(hand, day.form, day.on, viewer.on),
        "has_clashes": bool(clashes),
        "taken": taken,
        "unsaid": joined(unsaid),
        "reasons": AttendanceMark.Reason.choices,
    }
    return render(request, "classroom/attendance.html", context, status=status)


@observing
@require_http_methods(["GET", "HEAD", "POST"])
@whole_page
def reason(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record the reason for an absence."""
    viewer = request.viewer
    reach = policies.children_observable_by(viewer.user, viewer.on).values("pk")
    rows = AttendanceMark.objects.filter(student__in=reach).select_related("student__school")
    mark = get_object_or_404(rows, pk=pk)
    form = ReasonForm(request.POST or None, initial={"reason": mark.reason})
    if form.is_valid():
        actions.explain_absence(mark=mark, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("Saved."))
        return redirect(page_above("today"))
    note_read(request, mark.student, "attendance")
    context = {"mark": mark, "student": mark.student, "form": form}
    context["day_text"] = week_day(mark.marked_on)
    return render(request, "classroom/reason.html", context, status=status_of(form))


@observing
@require_http_methods(["GET", "HEAD", "POST"])
def bring_in(request: SchoolRequest) -> HttpResponse:
    """Preview a sheet, and import the whole sheet if it has no problems."""
    hand = class_in_hand(request)
    if hand.chosen is None:
        raise Http404
    if "sheet" in request.POST:
        viewer = request.viewer
        try:
            content = signing.loads(request.POST["sheet"], salt=SHEET_SALT, max_age=SHEET_SECONDS)
        except signing.BadSignature:
            messages.error(request, _("This preview has expired. Please choose the file again."))
            return redirect(f"{reverse('classroom:attendance_import')}{hand.query}")
        if content["class"] != hand.pk:
            raise Http404
        merged = actions.save_registers(
            school_class=hand.chosen,
            days={
                date.fromisoformat(on): {int(pk): Mark(*mark) for pk, mark in marks.items()}
                for on, marks in content["days"].items()
            },
            seen=[child.pk for child in _children(request, hand)],
            by=request.user,
            at=viewer.at,
        )
        days = len(content["days"])
        words = ngettext("Imported %(n)d day.", "Imported %(n)d days.", days) % {"n": days}
        messages.success(request, words)
        if kept := sum(len(one.clashes) + len(one.by_others) for one in merged):
            words = ngettext(
                "%(n)d mark was already recorded. We kept it.",
                "%(n)d marks were already recorded. We kept them.",
                kept,
            )
            messages.success(request, words % {"n": kept})
        return redirect(f"{reverse('classroom:attendance')}{hand.query}")
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "chosen": hand.chosen, "class_tabs": hand.tabs}
    if form.is_valid():
        try:
            context |= _preview(request, hand, form.cleaned_data["file"])
        except UnreadableFile as bad:
            form.add_error("file", str(bad))
    return render(request, "classroom/attendance_import.html", context, status=status_of(form))


def _children(request: SchoolRequest, hand: ClassInHand) -> list[Student]:
    viewer = request.viewer
    reach = policies.children_observable_by(viewer.user, viewer.on)
    return list(in_class(reach, hand.chosen, viewer.on)) if hand.chosen else []


def _preview(request: SchoolRequest, hand: ClassInHand, file) -> dict[str, Any]:
    viewer = request.viewer
    if file.size > MAX_BYTES:
        raise UnreadableFile(_("The file is larger than 5 MB. One class and one term are enough."))
    children = _children(request, hand)
    names: dict[str, list[int]] = defaultdict(list)
    for child in children:
        names[child.name].append(child.pk)
    calendar = calendar_of(viewer.school)
    sheet = read_sheet(
        file.read(), names, viewer.on, lambda on: refused_words(on, viewer.on, calendar)
    )
    name_of = {child.pk: child.name for child in children}
    signed = ""
    if sheet.days and not sheet.problems:
        # Carry the previewed sheet to the next step; the server stores nothing until then.
        days = {
            on.isoformat(): {str(pk): [mark.kind, mark.reason] for pk, mark in marks.items()}
            for on, marks in sheet.days.items()
        }
        signed = signing.dumps({"class": hand.pk, "days": days}, salt=SHEET_SALT, compress=True)
    return {
        "sheet": sheet,
        "problems": sheet.problems[:PROBLEMS_SHOWN],
        "problems_more": max(0, len(sheet.problems) - PROBLEMS_SHOWN),
        "days": [
            {
                "day": week_day(on),
                "there": sum(mark.kind != AttendanceMark.Kind.ABSENT for mark in marks.values()),
                "marks": joined(
                    f"{name_of[pk]} {mark_words(mark)}"
                    for pk, mark in marks.items()
                    if mark != PRESENT
                ),
            }
            for on, marks in sorted(sheet.days.items())
        ],
        "signed": signed,
    }


@observing
@require_safe
def template(request: SchoolRequest) -> HttpResponse:
    """Return an Excel sheet with the names of the class down and the last school days across."""
    viewer, hand = request.viewer, class_in_hand(request)
    if hand.chosen is None:
        raise Http404
    calendar = calendar_of(viewer.school)
    days = school_days_until(viewer.on, calendar, DAYS_IN_TEMPLATE)
    # Imported only when needed: openpyxl loads NumPy.
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = sheet_title(hand.chosen.name, _("Attendance"))
    sheet.append([_("name"), *sorted(days)])
    for row, child in enumerate(_children(request, hand), 2):
        put_text(sheet.cell(row, 1), child.name)
    for column in range(2, 2 + len(days)):
        sheet.cell(row=1, column=column).number_format = "yyyy-mm-dd"
        sheet.column_dimensions[sheet.cell(row=1, column=column).column_letter].width = 12
    return download(saved(book), XLSX, "attendance.xlsx")

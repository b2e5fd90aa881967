"""A file to another school: staff pages of both schools."""

from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.actions import record_access
from core.addresses import page_above
from core.names import joined
from core.phones import readable
from core.printing import printed, why_no_pdf
from core.requests import key_of
from privacy.presenters import receipt_number
from privacy.rules import NO
from schools.models import SchoolClass
from schools.policies import StaffRequest, staff_required
from schools.queries import classes_from
from schools.requests import SchoolRequest
from schools.roles import Permission
from students.models import Student
from students.opening import note_read
from students.policies import students_visible_to
from students.queries import enrolments_of
from transfers import actions, policies, presenters, protecting
from transfers.forms import (
    AcceptForm,
    CallBackForm,
    ChildWordForm,
    DeclineForm,
    PrepareForm,
    ReceiptForm,
    ToldForm,
    WordForm,
)
from transfers.models import PaperPackage, Transfer
from transfers.queries import (
    open_transfer_of,
    own_word,
    paper_of,
    read_mark,
    receipt_until,
    same_child,
)

hands_over = staff_required(Permission.HAND_OVER_FILES)
protects = staff_required(Permission.CHECK_SAFEGUARDING)


@hands_over
@require_http_methods(["GET", "HEAD", "POST"])
def prepare(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Choose school and parts; if a transfer is open, show its page."""
    viewer = request.viewer
    student = policies.get_student_to_hand_over(request.user, student_id, viewer.on)
    if under_way := open_transfer_of(student):
        return redirect("transfers:transfer", under_way.pk)
    schools = policies.schools_to(student, request.user, viewer.on)
    form = PrepareForm(request.POST or None, schools=schools, initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = actions.prepare(student=student, by=request.user, at=viewer.at, **data)
        except actions.OpenAlready:
            return redirect("transfers:prepare", student.pk)
        messages.success(request, _("The family is asked. You see the answer here."))
        return redirect("transfers:transfer", made.pk)
    note_read(request, student, "to another school")
    context = {"student": student, "form": form}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
    return render(request, "transfers/prepare.html", context, status=status)


@staff_required()
@require_safe
def transfer(request: StaffRequest, pk: int) -> HttpResponse:
    """Show both schools the same: what goes along, who said what, what was handed over, who opened it."""
    if request.htmx:  # requested by a row of Today
        return _whole(request)
    return _page(request, policies.get_transfer_for(request.user, pk, request.viewer.on))


def _page(
    request: StaffRequest,
    row: Transfer,
    *,
    status: int = 200,
    problem: str = "",
    word_form: WordForm | None = None,
    accept_form: AcceptForm | None = None,
    decline_form: DeclineForm | None = None,
    receipt_form: ReceiptForm | None = None,
    back_form: CallBackForm | None = None,
) -> HttpResponse:
    viewer, user = request.viewer, request.user
    new = students_visible_to(user, viewer.on).filter(arrivals__transfer=row.pk).first()
    _note_read(request, row, read_mark(row), new)
    sent = policies.sent_by(user, viewer.on, Permission.HAND_OVER_FILES)
    is_sender = sent.filter(pk=row.pk).exists()
    may_accept = policies.may_accept(user, row, viewer.on)
    arrival = getattr(row, "arrival", None)
    paper = paper_of(row) if row.is_outside and is_sender else None
    handed = arrival or paper
    may_print = is_sender and row.is_outside and row.state == Transfer.State.AGREED
    context = {
        "transfer": row,
        "student": row.student,
        "is_sender": is_sender,
        "may_accept": may_accept,
        "parts": presenters.part_names(row.parts),
        "hears": policies.to_hear_the_child(user, viewer.on).filter(pk=row.pk).exists(),
        "accept_form": (accept_form or _accept_form(request, row)) if may_accept else None,
        "decline_form": (decline_form or DeclineForm(auto_id="no_%s")) if may_accept else None,
        "arrival": arrival,
        "paper": paper,
        "may_print": may_print,
        "may_still_go": paper is not None and protecting.may_still_go(paper),
        "must_call": row.is_outside and protecting.unconfirmed(row).exists(),
        "receipt_form": receipt_form or _receipt_form(request, paper),
        "back_form": back_form or _back_form(row, paper),
        "number": receipt_number(handed) if handed else "",
        "handed": presenters.handed(handed) if handed else [],
        "child_url": page_above("child", new.pk) if new else "",
        "opened": presenters.opened_by(row) if is_sender or arrival else [],
        "protects": _may_read_protection(request, row),
        "problem": problem,
        "at": viewer.at,
    }
    if is_sender:
        context |= _said(row, viewer.at, word_form)
    return render(request, "transfers/transfer.html", context, status=status)


def _back_form(row: Transfer, paper: PaperPackage | None) -> CallBackForm | None:
    if paper is None or paper.is_void or row.state == Transfer.State.ACCEPTED:
        return None
    return CallBackForm(auto_id="back_%s", initial={"package": paper.pk})


def _said(row: Transfer, at: datetime, word_form: WordForm | None) -> dict[str, Any]:
    """Return what the family and the child have said, and who is still asked, for the sending school."""
    adults, own = policies.adults_to_ask(row, at), own_word(row)
    pupil = row.student if policies.asks_pupil(row, at) else None
    if row.is_open and adults and word_form is None:
        word_form = WordForm(adults=adults, initial={"key": uuid4()})
    hearers = list(policies.who_may_hear(row, at)) if row.is_open and pupil else []
    return {
        "words": [presenters.word_line(word) for word in row.words.select_related("adult")],
        "asks_nobody": not adults,
        "waits_for_pupil": row.is_open and pupil is not None and own is None,
        "is_wish": row.is_open and pupil is None and own is not None and own.decision in NO,
        "asks_child": pupil is not None,
        "hearers": hearers,
        "hearer_names": joined(one.name for one in hearers),
        "word_form": word_form if row.is_open else None,
    }


def _note_read(request: StaffRequest, row: Transfer, what: str, new: Student | None) -> None:
    """Record it in the log of the old file and, for a reader of the new school, in that of the new file."""
    for child in filter(None, (row.student, new)):
        record_access(
            by=request.user,
            school_id=child.school_id,
            student_ids=[child.pk],
            what=what,
            ip=request.META.get("REMOTE_ADDR"),
        )


def _may_read_protection(request: StaffRequest, row: Transfer) -> bool:
    if not request.viewer.can(Permission.CHECK_SAFEGUARDING):
        return False
    on = request.viewer.on
    told, here = (
        rows(request.user, on).filter(pk=row.pk).exists()
        for rows in (policies.told_to, policies.protected_by)
    )
    return told or here


def _accept_form(request: StaffRequest, row: Transfer) -> AcceptForm:
    on = request.viewer.on
    return AcceptForm(
        request.POST or None if request.path.endswith("accept/") else None,
        classes=classes_from(row.to_school, on) if row.to_school else SchoolClass.objects.none(),
        same=same_child(row).filter(pk__in=students_visible_to(request.user, on).values("pk")),
        today=on,
    )


@hands_over
@require_POST
def word(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record what an adult without a phone signed or said."""
    viewer = request.viewer
    row = policies.get_transfer_of(request.user, pk, viewer.on)
    form = WordForm(request.POST, adults=policies.adults_to_ask(row, viewer.at))
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, word_form=form)
    try:
        said = actions.say(transfer=row, by=request.user, at=viewer.at, **form.act)
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    messages.success(request, _("Saved, receipt %(number)s.") % {"number": receipt_number(said)})
    return redirect("transfers:transfer", pk)


@staff_required()
@require_http_methods(["GET", "HEAD", "POST"])
def child_word(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask a pupil who cannot answer at the pupils' door, and record what it says."""
    if request.htmx:
        return _whole(request)
    viewer = request.viewer
    row = policies.get_transfer_to_hear(request.user, pk, viewer.on)
    form = ChildWordForm(request.POST or None, initial={"key": uuid4()})
    if request.method == "POST" and form.is_valid():
        try:
            said = actions.say(transfer=row, adult=None, by=request.user, at=viewer.at, **form.act)
        except actions.PupilSaidNo:
            words = _("The child said no at its own door. Only the child can change that, there.")
            form.add_error("decision", words)
        except actions.NotOpen:
            form.add_error(None, _gone())
        else:
            number = receipt_number(said)
            messages.success(request, _("Saved, receipt %(number)s.") % {"number": number})
            return redirect(page_above("today"))
    _note_read(request, row, read_mark(row), None)
    context = {
        "transfer": row,
        "student": row.student,
        "parts": presenters.part_names(row.parts),
        "form": form,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else 200
    return render(request, "transfers/child_word.html", context, status=status)


@hands_over
@require_POST
def end(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_transfer_of(request.user, pk, request.viewer.on)
    try:
        actions.end(transfer=row, by=request.user, at=request.viewer.at)
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    if row.papers.exists():
        words = _("Taken back. A package was printed: if it has not gone yet, destroy it.")
    else:
        words = _("Taken back. Nothing of the file goes to the other school.")
    messages.success(request, words)
    return redirect("transfers:transfer", pk)


@hands_over
@require_POST
def accept(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    row = policies.get_transfer_to(request.user, pk, viewer.on)
    form = _accept_form(request, row)
    if row.state == Transfer.State.ACCEPTED:
        return redirect("transfers:transfer", pk)
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, accept_form=form)
    try:
        actions.accept(
            transfer=row,
            school_class=form.cleaned_data["school_class"],
            starts_on=form.cleaned_data["starts_on"],
            existing=form.existing,
            by=request.user,
            at=viewer.at,
        )
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    except actions.NumberTaken:
        words = _(
            "Another file of your school has the same identity or student number, so nothing was "
            "taken over. Ask the principal to look for it."
        )
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=words, accept_form=form)
    messages.success(request, _("Taken over. The child is in its class from that day."))
    return redirect("transfers:transfer", pk)


@hands_over
@require_POST
def decline(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_transfer_to(request.user, pk, request.viewer.on)
    form = DeclineForm(request.POST, auto_id="no_%s")
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, decline_form=form)
    try:
        actions.decline(
            transfer=row, words=form.cleaned_data["words"], by=request.user, at=request.viewer.at
        )
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    messages.success(
        request, _("The other school reads your answer. You keep nothing of the file.")
    )
    return redirect(page_above("today"))


def _receipt_form(request: StaffRequest, paper: PaperPackage | None) -> ReceiptForm | None:
    on = request.viewer.on
    latest = receipt_until(paper.transfer, on) if paper else None
    if paper is None or latest is None:
        return None
    rows = enrolments_of(paper.transfer.student)
    begun = (row.starts_on for row in rows if row.starts_on <= on)
    return ReceiptForm(
        request.POST or None if request.path.endswith("received/") else None,
        sent_on=timezone.localdate(paper.at),
        latest=latest,
        joined_on=next(begun, None),
        today=on,
    )


@hands_over
@require_POST
def print_package(request: SchoolRequest, pk: int) -> HttpResponse:
    """Save the package for a school without Jiaqiao: what the family agreed to, as it is now."""
    row = policies.get_transfer_of(request.user, pk, request.viewer.on)
    actions.follow(transfer=row, at=request.viewer.at)  # saved even if the printing fails
    try:
        actions.print_package(transfer=row, by=request.user, at=request.viewer.at)
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    except actions.NotTold:
        words = _("First tell somebody there by phone what protects the child.")
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=words)
    return redirect("transfers:transfer", pk)


@hands_over
@require_safe
def paper(request: SchoolRequest, pk: int) -> HttpResponse:
    """Return the package as PDF, with a cover and a receipt to sign.

    If this server makes no PDF, return a page that the browser prints.
    """
    viewer = request.viewer
    row = policies.get_transfer_of(request.user, pk, viewer.on)
    package = paper_of(row)
    if package is None:
        raise Http404
    actions.follow(transfer=row, at=viewer.at)
    row.refresh_from_db()
    if not protecting.may_still_go(package):
        words = _(
            "Something has changed since it was printed. Print it again, where you still may."
        )
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=words)
    _note_read(request, row, f"paper {read_mark(row)}", None)
    context = {
        "transfer": row,
        "student": row.student,
        "parts": presenters.handed(package, None),
        "package": package,
        "number": receipt_number(package),
        "is_screen": bool(why_no_pdf()),
        "back_url": reverse("transfers:transfer", args=[pk]),
    }
    page = render_to_string("transfers/paper.html", context, request)
    return printed(page, _("Package %(number)s") % {"number": receipt_number(package)})


@hands_over
@require_POST
def call_back(request: SchoolRequest, pk: int) -> HttpResponse:
    row = policies.get_transfer_of(request.user, pk, request.viewer.on)
    form = CallBackForm(request.POST, auto_id="back_%s")
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, back_form=form)
    data = form.cleaned_data
    try:
        actions.call_back(
            transfer=row,
            package_id=data["package"],
            reason=data["reason"],
            by=request.user,
            at=request.viewer.at,
        )
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    messages.success(request, _("Called back. The package is no longer valid."))
    return redirect("transfers:transfer", pk)


@hands_over
@require_POST
def received(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that the receipt came back signed: the file was handed over."""
    row = policies.get_transfer_of(request.user, pk, request.viewer.on)
    if row.state == Transfer.State.ACCEPTED:
        return redirect("transfers:transfer", pk)
    form = _receipt_form(request, paper_of(row))
    if form is None:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    if not form.is_valid():
        return _page(request, row, status=HTTPStatus.UNPROCESSABLE_ENTITY, receipt_form=form)
    try:
        actions.note_receipt(
            transfer=row, by=request.user, at=request.viewer.at, **form.cleaned_data
        )
    except actions.NotOpen:
        return _page(request, row, status=HTTPStatus.CONFLICT, problem=_gone())
    messages.success(request, _("Saved. The file was handed over; yours stays here, closed."))
    return redirect("transfers:transfer", pk)


def _gone() -> str:
    return _(
        "This has changed in the meantime, so nothing was saved. The page shows how it is now."
    )


@protects
@require_safe
def protection(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show what protects the child, only for principal and counsellor of both schools."""
    if request.htmx:
        return _whole(request)
    return _protection_page(request, pk, ToldForm())


def _whole(request: HttpRequest) -> HttpResponse:
    """Replace Today with the whole page, instead of filling its row."""
    return HttpResponse(headers={"HX-Redirect": request.get_full_path()})


def _protection_page(
    request: SchoolRequest, pk: int, form: ToldForm, status: int = 200
) -> HttpResponse:
    viewer = request.viewer
    row, is_told = policies.get_told(request.user, pk, viewer.on)
    new = Student.objects.filter(arrivals__transfer=row.pk).first() if is_told else None
    _note_read(request, row, f"case {read_mark(row)}", new)
    lines = presenters.protection_lines(row)
    waits = [one for one in lines if not one["row"].acknowledged_at and not one["row"].over_at]
    call = next(iter(protecting.who_may_call(row, viewer.on)), None)
    context = {
        "transfer": row,
        "student": row.student,
        "is_told": is_told,
        "lines": lines,
        "waits": [one["row"].pk for one in waits],
        "call": call,
        "call_phone": readable(call.phone) if call else "",
        "form": form,
    }
    return render(request, "transfers/protection.html", context, status=status)


@protects
@require_POST
def confirm(request: SchoolRequest, pk: int) -> HttpResponse:
    row, is_told = policies.get_told(request.user, pk, request.viewer.on)
    if not is_told:
        raise Http404
    keys = [key for one in request.POST.getlist("read") if (key := key_of(one)) is not None]
    if actions.confirm(transfer=row, keys=keys, by=request.user, at=request.viewer.at):
        messages.success(request, _("Thank you. The other school sees that it is you."))
    else:
        messages.error(request, _("Something new has come up. Please read and confirm that, too."))
    return redirect("transfers:protection", pk)


@protects
@require_POST
def called(request: SchoolRequest, pk: int) -> HttpResponse:
    """Record that a school without Jiaqiao has been told by phone."""
    row, is_told = policies.get_told(request.user, pk, request.viewer.on)
    if is_told or not row.is_outside:
        raise Http404
    form = ToldForm(request.POST)
    if not form.is_valid():
        return _protection_page(request, pk, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    keys = [key for one in request.POST.getlist("read") if (key := key_of(one)) is not None]
    told_to = form.cleaned_data["told_to"]
    if actions.confirm(
        transfer=row, keys=keys, by=request.user, at=request.viewer.at, told_to=told_to
    ):
        messages.success(request, _("Saved."))
    else:
        messages.error(request, _("Something new has come up. Please call about that, too."))
    return redirect("transfers:protection", pk)

"""Referrals: the list, a letter being written, what came of it, and letters to the school."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from core import clock
from core.meanwhile import WrittenMeanwhile, version_of
from core.printing import printed, why_no_pdf
from core.requests import key_of
from core.sentences import in_a_row
from counselling import secrecy
from counselling.cases import policies as cases
from counselling.cases import presenters as case_presenters
from counselling.cases.actions import CaseClosed
from counselling.cases.policies import keeping, reading
from counselling.letters import rules
from counselling.models import Case, Referral
from counselling.received import policies as received_policies
from counselling.received import presenters as received_presenters
from counselling.referrals import actions, policies, presenters
from counselling.referrals.forms import (
    AnswerForm,
    ArrivedForm,
    DraftForm,
    PlaceForm,
    RevokeForm,
    SendForm,
)
from schools.policies import today_in
from schools.requests import SchoolRequest

# What prevents text from being written or opened; nothing is overwritten then.
SHUT = (secrecy.NoKey, secrecy.KeyMissing, secrecy.Tampered)


@reading
@require_safe
def index(request: SchoolRequest) -> HttpResponse:
    user, at = request.user, clock.for_request(request)
    rows, received = presenters.list_rows(user, at), received_presenters.list_rows(user, at)
    context = {"rows": rows, "received": received, "total": len(rows) + len(received)}
    return render(request, "counselling/referrals.html", context)


@keeping
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SchoolRequest, pk: int) -> HttpResponse:
    """Begin a letter: to whom it goes, and what it asks."""
    at = clock.for_request(request)
    get = cases.get_case_to_write if request.method == "POST" else cases.get_case_of
    case = get(request.user, pk, at)
    if cases.is_guest(request.user, case, request.viewer.on):
        raise Http404
    initial: dict[str, Any] = {"key": uuid.uuid4(), "child_said": "not_asked"}
    initial["instead_of"] = version_of()  # of no letter
    if like := request.GET.get("like"):
        ip = request.META.get("REMOTE_ADDR")
        initial |= presenters.words_again(case, like, request.user, ip)
    form = presenters.draft_form(case, at, request.POST or None, **initial)
    if form.is_valid():
        try:
            return _back(_begun(form, case, request.user, at))
        except WrittenMeanwhile as newer:
            form.ask_to_replace(newer, request.user)
        except SHUT as error:
            form.add_error("asks", _shut_text(error))
        except CaseClosed:
            form.add_error(None, case_presenters.closed_text())
    context = {"case": case, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "counselling/referral_new.html", context, status=status)


@transaction.atomic
def _begun(form: DraftForm, case: Case, by: User, at: datetime) -> Referral:
    """Begin the letter of the form. One that its key has begun before is replaced only after asking."""
    said = form.facts
    key = form.cleaned_data["key"]
    if not case.referrals.filter(pk=key).exists():
        said["instead_of"] = None
    made = actions.begin(case=case, by=by, place=said["place"], asks=said["asks"], at=at, key=key)
    return actions.write(referral=made, by=by, at=at, **said)


@reading
@require_http_methods(["GET", "HEAD", "POST"])
def referral(request: SchoolRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Show a letter, and let the owner of the case change a draft."""
    at = clock.for_request(request)
    if request.method != "POST":
        found = policies.get_referral_for(request.user, referral_id, at)
        if request.htmx:  # from a row of Today: nothing is opened inside a list
            return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
        return _page(request, found)
    found = policies.get_referral_of(request.user, referral_id, at)
    if found.state != rules.DRAFT or found.case is None:
        return _page(request, found, 422, problem=_("What has been handed over stays as it is."))
    form = presenters.draft_form(found.case, at, request.POST)
    if not form.is_valid():
        return _page(request, found, 422, form=form)
    try:
        actions.write(referral=found, by=request.user, at=at, **form.facts)
    except WrittenMeanwhile as newer:
        form.ask_to_replace(newer, request.user)
        return _page(request, found, 422, form=form)
    except SHUT as error:
        return _page(request, found, 422, form=form, problem=_shut_text(error))
    return _back(found, "package")


@reading
@require_POST
def move(request: SchoolRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Hand the letter over, take it up ourselves, or record what the place said."""
    at = clock.for_request(request)
    found = policies.get_referral_of(request.user, referral_id, at)
    if "take_up" in request.POST:
        try:
            case = actions.take_up(referral=found, by=request.user, at=at)
        except actions.KeptByAnother as error:
            words = _("%(name)s keeps another open case of this child.")
            return _page(request, found, 422, problem=words % {"name": error.owner.name})
        except actions.CannotMove as error:
            return _page(request, found, 422, problem=_missing_words(error))
        return redirect("counselling:case", case.pk)
    if "handed" in request.POST:
        return _send(request, found)
    if found.handed == rules.ONLINE:
        return _revoke(request, found)
    form = AnswerForm(
        request.POST, state=found.state, today=today_in(found.school, at), auto_id="answer_%s"
    )
    if not form.is_valid():
        return _page(request, found, 422, answer_form=form)
    try:
        actions.move(referral=found, by=request.user, at=at, **form.cleaned_data)
    except actions.CannotMove as error:
        return _page(request, found, 422, answer_form=form, problem=_missing_words(error))
    except SHUT as error:
        return _page(request, found, 422, answer_form=form, problem=_shut_text(error))
    return _back(found)


def _send(request: SchoolRequest, found: Referral) -> HttpResponse:
    is_online = request.POST["handed"] == rules.ONLINE  # the action checks whether it may go online
    form = SendForm(request.POST, is_online=is_online, auto_id="send_%s")
    if not form.is_valid():
        return _page(request, found, 422, problem=_("Please say how the letter gets there."))
    at = clock.for_request(request)
    try:
        actions.send(referral=found, by=request.user, at=at, **form.cleaned_data)
    except actions.CannotMove as error:
        return _page(request, found, 422, problem=_missing_words(error))
    except SHUT as error:
        return _page(request, found, 422, problem=_shut_text(error))
    except actions.PackageChanged:
        words = _("Part of it has changed since you looked. Please read it again.")
        return _page(request, found, 422, problem=words)
    if form.cleaned_data["handed"] == rules.ONLINE:
        messages.success(request, _("Sent. You see here when they answer."))
    else:
        messages.success(request, _("Recorded as handed over. Print the letter below."))
    return _back(found)


def _revoke(request: SchoolRequest, found: Referral) -> HttpResponse:
    """Take back a letter that was sent online, which is all that the sending school can do with it."""
    form = RevokeForm(request.POST, auto_id="revoke_%s")
    if not form.is_valid():
        return _page(request, found, 422, revoke_form=form)
    at, words = clock.for_request(request), form.cleaned_data["words"]
    try:
        actions.move(referral=found, by=request.user, to=rules.REVOKED, words=words, at=at)
    except actions.CannotMove:
        found.refresh_from_db()
        words = _("They have answered in the meantime, so nothing was taken back.")
        return _page(request, found, 409, problem=words)
    except SHUT as error:
        return _page(request, found, 422, revoke_form=form, problem=_shut_text(error))
    messages.success(request, _("Taken back. The other school can no longer read the letter."))
    return _back(found)


def _missing_words(error: actions.CannotMove) -> str:
    return in_a_row(presenters.missing_text(one) for one in error.missing)


def _shut_text(error: Exception) -> str:
    if isinstance(error, secrecy.KeyMissing):
        return case_presenters.trouble_text(error.key_id)
    if isinstance(error, secrecy.Tampered):
        return _("What was written here was damaged. Nothing is overwritten.")
    return case_presenters.no_key_text()


@reading
@require_safe
def letter(request: SchoolRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Send the letter as PDF or, if this server makes none, as a page for the browser to print.

    Only what was handed over.
    """
    at = clock.for_request(request)
    found = policies.get_referral_of(request.user, referral_id, at)
    if found.direction != rules.OUT or found.sent_at is None:
        raise Http404
    presenters.note_reading(found, request.user, request.META.get("REMOTE_ADDR"), "referral letter")
    try:
        opened = presenters.letter_context(found, request.user, at)
    except SHUT as error:
        return _page(request, found, 422, problem=_shut_text(error))
    context = opened | {
        "made_on": timezone.localtime(at),
        "is_screen": bool(why_no_pdf()),
        "back_url": reverse("counselling:referral", args=[found.pk]),
    }
    with translation.override(opened["language"]):
        page = render_to_string("counselling/referral_letter.html", context, request)
    day = f"{today_in(found.school, found.sent_at):%Y-%m-%d}"
    return printed(page, _("Letter %(day)s") % {"day": day})


@keeping
@require_http_methods(["GET", "HEAD", "POST"])
def arrived(request: SchoolRequest, student_id: int) -> HttpResponse:
    """Record that a letter about a child has come to the school."""
    at = clock.for_request(request)
    student = policies.student_referred_to_us(request.user, student_id, at)
    today = today_in(student.school, at)
    form = ArrivedForm(
        request.POST or None, today=today, initial={"key": uuid.uuid4(), "arrived_on": today}
    )
    if form.is_valid():
        try:
            made = actions.arrived(student=student, by=request.user, at=at, **form.cleaned_data)
            return _back(made)
        except secrecy.NoKey:
            form.add_error("asks", case_presenters.no_key_text())
    context = {"student": student, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "counselling/referral_in.html", context, status=status)


@keeping
@require_http_methods(["GET", "HEAD", "POST"])
def places(request: SchoolRequest) -> HttpResponse:
    """Show the school's list of places; add one or remove one."""
    school, at = request.viewer.school, clock.for_request(request)
    listed = policies.places_on_list([school.pk]).select_related("linked_school")
    schools = received_policies.schools_with_counsellors(school, request.viewer.on)
    form = PlaceForm(request.POST if request.method == "POST" else None, schools=schools)
    if ended := key_of(request.POST.get("end")):
        for one in listed.filter(pk=ended):
            actions.end_place(place=one, at=at)
        return redirect("counselling:places")
    if form.is_valid():
        actions.add_place(school=school, by=request.user, at=at, **form.cleaned_data)
        return redirect("counselling:places")
    context = {"places": listed, "form": form}
    status = 422 if form.is_bound else 200
    return render(request, "counselling/referral_places.html", context, status=status)


def _page(request: SchoolRequest, found: Referral, status: int = 200, **more) -> HttpResponse:
    at = clock.for_request(request)
    context = presenters.referral_context(found, request.user, at, request.META.get("REMOTE_ADDR"))
    if more.get("problem"):
        context.pop("trouble", None)  # not twice
    return render(request, "counselling/referral.html", context | more, status=status)


def _back(found: Referral, part: str = "main") -> HttpResponse:
    return redirect(f"{reverse('counselling:referral', args=[found.pk])}#{part}")

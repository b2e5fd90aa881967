"""Forms outside lessons: a class's list, a talk with a parent or carer, a teacher about a child."""

from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from accounts.actions import record_access
from core import clock
from schools.models import SchoolClass
from schools.policies import staff_required
from schools.requests import SchoolRequest
from schools.roles import Permission
from surveys import actions, asking, policies, queries
from surveys.forms import AnswerForm, WholeForm
from surveys.models import Round, Seat
from surveys.presenters import form as presenters


def class_forms(request: SchoolRequest, round_: Round, school_class: SchoolClass) -> HttpResponse:
    """List who has not answered yet. A post begins or continues one form.

    views.lesson has checked the permission.
    """
    at = clock.for_request(request)
    if request.method != "POST" or round_.is_at_home:
        context = presenters.class_page(round_, school_class, request.user, at)
        return render(request, "surveys/forms.html", context)
    wanted = request.POST.get("form", "")
    asked = presenters.asked_named(round_, school_class, request.user, at, wanted)
    try:
        if asked is None:
            raise actions.Refused("not_asked")
        seat = actions.take_form(round_=round_, asked=asked, by=request.user, at=at)
    except actions.Refused:
        messages.error(request, _("You can no longer start this form. The list is now up to date."))
        return redirect("surveys:lesson", round_.pk, school_class.pk)
    return redirect("surveys:form", seat.pk)


@never_cache
@staff_required(Permission.GIVE_SURVEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def form(request: SchoolRequest, pk: int) -> HttpResponse:
    """Show one question on a page in a talk, in the adult's language; a teacher answers all on one page."""
    seat, at = (
        policies.get_form_for(request.user, pk, request.viewer.on),
        clock.for_request(request),
    )
    record_access(
        by=request.user,
        school_id=seat.school_id,
        student_ids=[seat.student_id],
        what="survey",
        ip=request.META.get("REMOTE_ADDR"),
    )
    is_open = policies.is_form_open(seat, at)
    if seat.adult is None:
        if not is_open:
            return render(request, "surveys/form_over.html", presenters.over(seat))
        return _about_child(request, seat, at)
    with translation.override(seat.adult.language):
        if not is_open or presenters.STOPPED in request.GET:
            response = render(request, "surveys/talk_over.html", presenters.over(seat))
        elif request.method != "POST":
            response = _ask(request, seat, request.GET.get("item", ""), at)
        else:
            try:
                with transaction.atomic():
                    answer = asking.save(seat, AnswerForm(request.POST), at)
                    actions.take_over(seat=seat, by=request.user, at=at)
            except actions.Refused:
                item, error = request.POST.get("item", ""), _("Please tap one answer.")
                response = _ask(request, seat, item, at, error)
            else:
                response = _go_on(seat, answer.item, at)
    response.headers.setdefault("Content-Language", seat.adult.language)
    return response


def _go_on(seat: Seat, after: str, at: datetime) -> HttpResponse:
    following = asking.item_after(seat, after, at)
    if following is not None:
        return redirect(_address(seat, following.id))
    actions.finish(seat=seat, at=at)
    return redirect("surveys:form", seat.pk)


def _address(seat: Seat, item_id: str) -> str:
    return f"{reverse('surveys:form', args=[seat.pk])}?{urlencode({'item': item_id})}"


def _ask(
    request: SchoolRequest, seat: Seat, item_id: str, at: datetime, error: str = ""
) -> HttpResponse:
    item = asking.item_wanted(seat, item_id, at)
    if item is None:
        return _go_on(seat, "", at)
    shown = queries.answers_shown_to(seat, request.user)
    context = asking.question(seat, item, at, lambda one: _address(seat, one), shown)
    context |= presenters.talk(seat) | {"error": error}
    return render(request, "surveys/talk.html", context, status=422 if error else 200)


def _about_child(request: SchoolRequest, seat: Seat, at: datetime) -> HttpResponse:
    """Save each tick at once; the button finishes the form, and asks once if a question is still open."""
    if request.method != "POST":
        return render(request, "surveys/form.html", presenters.about_child(seat, request.user, at))
    answered = WholeForm(request.POST, items=seat.round.edition.instrument.items)
    # A tick sends the whole page. We save only what was ticked, because the page may be an old one.
    ticked = (request.htmx.trigger_name or "") if request.htmx else ""
    try:
        if answered.is_valid():
            with transaction.atomic():
                actions.save_answers(seat=seat, answers=answered.answers(ticked), at=at)
                actions.take_over(seat=seat, by=request.user, at=at)
    except actions.Refused:
        # Somebody else has finished it in the meantime: its page says so.
        address = reverse("surveys:form", args=[seat.pk])
        return HttpResponseClientRedirect(address) if request.htmx else redirect(address)
    context = presenters.about_child(seat, request.user, at) | {"is_bad": not answered.is_valid()}
    if request.htmx or context["is_bad"]:
        return render(
            request, "surveys/form.html", context, status=422 if context["is_bad"] else 200
        )
    if context["open"] and request.POST.get("finish") != "anyway":
        return render(request, "surveys/form.html", context | {"asks": True}, status=422)
    actions.finish(seat=seat, at=at)
    messages.success(request, _("Saved. Thank you."))
    return redirect("surveys:lesson", seat.round_id, seat.school_class_id)

"""A letter that arrived online: read it, take it on or decline it, answer it."""

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock
from counselling import secrecy
from counselling.cases import presenters as case_presenters
from counselling.cases.policies import keeping
from counselling.letters import rules
from counselling.models import ReferralCopy
from counselling.received import actions, policies, presenters
from counselling.received.forms import AnswerForm, DoneForm, RejectForm
from schools.requests import SchoolRequest


@keeping
@require_safe
def letter(request: SchoolRequest, referral_id: uuid.UUID) -> HttpResponse:
    found = policies.get_letter_to(request.user, referral_id, clock.for_request(request))
    if request.htmx:  # from a row of Today: nothing is opened inside a list
        return HttpResponse(headers={"HX-Redirect": request.get_full_path()})
    return _page(request, found)


@keeping
@require_POST
def answer(request: SchoolRequest, referral_id: uuid.UUID) -> HttpResponse:
    """Take the letter on, decline it or finish it. If nothing was saved, the text stays on the page."""
    user, at = request.user, clock.for_request(request)
    found = policies.get_letter_to(user, referral_id, at)
    to, form = request.POST.get("to"), None
    if to not in (rules.ACCEPTED, rules.REJECTED, rules.DONE):
        return _page(request, found, 422, problem=_("Please choose what you do with the letter."))
    try:
        if to == rules.ACCEPTED:
            actions.accept(copy=found, by=user, at=at)
            messages.success(request, _("You have taken it on. The sender sees that it is you."))
            return redirect("counselling:received", referral_id)
        form = (DoneForm if to == rules.DONE else RejectForm)(
            request.POST, auto_id="done_%s" if to == rules.DONE else "reject_%s"
        )
        if not form.is_valid():
            return _page(request, found, 422, form=form)
        act = actions.finish if to == rules.DONE else actions.reject
        act(copy=found, by=user, words=form.cleaned_data["words"], at=at)
    except actions.NotOpen:
        return _page(request, policies.get_letter_to(user, referral_id, at), 409, late=True)
    except secrecy.NoKey:
        return _page(request, found, 422, form=form, problem=case_presenters.no_key_text())
    except (secrecy.KeyMissing, secrecy.Tampered):
        problem = case_presenters.trouble_text(found.key_id)
        return _page(request, found, 422, form=form, problem=problem)
    messages.success(request, _("Sent. The school that wrote reads your answer."))
    return redirect("counselling:received", referral_id)


def _page(
    request: SchoolRequest,
    found: ReferralCopy,
    status: int = 200,
    form: AnswerForm | None = None,
    **more,
) -> HttpResponse:
    at, ip = clock.for_request(request), request.META.get("REMOTE_ADDR")
    context = presenters.letter_context(found, request.user, at, ip)
    if form is not None:
        context["done_form" if isinstance(form, DoneForm) else "reject_form"] = form
    context["typed"] = request.POST.get("words", "")
    return render(request, "counselling/received.html", context | more, status=status)

"""Pages on which counsellors and principals agree to what other systems may read."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.second_factor.asking import ask_again
from api.agreements import actions, policies, presenters
from api.agreements.forms import AgreeForm
from api.tokens.policies import AGREEING
from schools.policies import staff_required
from schools.requests import SchoolRequest
from surveys.studies.policies import studies_to_hand_out

agrees = staff_required(AGREEING)


@require_safe
@agrees
def agreements(request: SchoolRequest) -> HttpResponse:
    return _page(request)


def _page(request: SchoolRequest, form: AgreeForm | None = None) -> HttpResponse:
    viewer = request.viewer
    scopes = policies.scopes_agreed_by(viewer.user, viewer.school, viewer.on)
    tokens = policies.tokens_asking(viewer.user, viewer.school, scopes, viewer.on, viewer.at)
    context = {
        "lines": presenters.lines(tokens, scopes, viewer.school, viewer.on),
        "studies": studies_to_hand_out(viewer.user, viewer.school, viewer.on),
        "form": form,
    }
    return render(request, "api/agreements.html", context, status=422 if form else 200)


@require_POST
@agrees
def agree(request: SchoolRequest, pk: int) -> HttpResponse:
    """Agree, after asking for the second step once more, as making a token does."""
    viewer = request.viewer
    token = policies.get_token_to_agree(viewer.user, viewer.school, pk, viewer.on, viewer.at)
    form = AgreeForm(
        request.POST,
        scopes=[
            one
            for one in policies.scopes_agreed_by(viewer.user, viewer.school, viewer.on)
            if one in token.scopes
        ],
        studies=studies_to_hand_out(viewer.user, viewer.school, viewer.on),
    )
    if not form.is_valid():
        return _page(request, form)
    ask_again(request)
    actions.agree(
        token=token,
        scope=form.cleaned_data["scope"],
        study=form.cleaned_data["study"],
        by=viewer.user,
        on=viewer.on,
        at=viewer.at,
        ip=request.META.get("REMOTE_ADDR"),
    )
    messages.success(request, _("Agreed. You can take it back here at any time."))
    return redirect("api:agreements")


@require_POST
@agrees
def take_back(request: SchoolRequest, pk: int) -> HttpResponse:
    viewer = request.viewer
    found = policies.get_agreement_for(viewer.user, viewer.school, pk, viewer.on)
    ip = request.META.get("REMOTE_ADDR")
    actions.take_back(agreement=found, by=viewer.user, on=viewer.on, at=viewer.at, ip=ip)
    messages.success(request, _("Taken back. The system can no longer do this."))
    return redirect("api:agreements")

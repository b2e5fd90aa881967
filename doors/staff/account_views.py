"""The viewer's own account: contact details, offers of posts, and recent events."""

from functools import wraps
from typing import Any, Concatenate

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.actions import set_reach
from accounts.models import User
from accounts.queries import credential_events_of
from accounts.second_factor import asking
from accounts.signed_out import sign_in_first
from core import clock
from core.view_types import P, Page, View
from doors.staff.account_forms import ReachForm
from schools.appointing import actions as appointing
from schools.appointing.apart import NotApart
from schools.appointing.policies import get_offer, offers_to
from schools.appointing.presenters import NOT_LOOKED_UP_IN_TIME, not_apart
from schools.models import PostOffer
from schools.passwords import actions as passwords
from schools.passwords.policies import open_resets
from schools.policies import current_posts, second_step_is_missing


def own_account(view: View[HttpRequest, Concatenate[User, P]]) -> Page[P]:
    """Open a view to present and former staff, with or without a post today: an offer may bring them back.

    If a post requires a second step, it must be done first, because the contact details decide who can set a
    new password. The view receives the account's `owner` as its second argument.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request, reverse("account_login"), reverse("staff:held"))
        if not request.user.posts.exists():
            raise Http404
        if second_step_is_missing(request):
            return asking.asked_for(request)
        return view(request, request.user, *args, **kwargs)

    return guarded


@own_account
def account(request: HttpRequest, owner: User) -> HttpResponse:
    form = ReachForm(
        request.POST or None,
        user=owner,
        initial={"phone": owner.phone, "email": owner.email},
    )
    if form.is_valid():
        set_reach(
            user=owner,
            phone=form.cleaned_data["phone"],
            email=form.cleaned_data["email"],
            by=owner,
            ip=request.META.get("REMOTE_ADDR"),
        )
        messages.success(request, _("Saved."))
        return redirect("staff:account")
    return _page(request, owner, form)


def _page(request: HttpRequest, owner: User, form: ReachForm, **more: Any) -> HttpResponse:
    at = clock.for_request(request)
    context = {
        "form": form,
        "posts": current_posts(owner, timezone.localdate(at)),
        "offers": offers_to(owner, at),
        "resets": open_resets(at).filter(user=owner),
        "events": credential_events_of(owner),
    }
    status = 422 if form.is_bound or more else 200
    return render(request, "doors/staff/account.html", context | more, status=status)


@own_account
@require_POST
def answer_offer(request: HttpRequest, owner: User, pk: int) -> HttpResponse:
    """Accept a post with the number that the school's administrator gives in person, or decline it."""
    at, ip = clock.for_request(request), request.META.get("REMOTE_ADDR")
    offer = get_offer(offers_to(owner, at), pk)
    if "decline" in request.POST:
        outcome = PostOffer.Outcome.DECLINED
        appointing.close(offer=offer, outcome=outcome, by=owner, at=at, ip=ip)
        messages.success(request, _("Declined."))
        return redirect("staff:account")
    number = request.POST.get("number", "")[:20]
    try:
        is_right = appointing.accept(offer=offer, number=number, by=owner, at=at, ip=ip)
    except NotApart as why:
        messages.error(request, not_apart(why))
        return redirect("staff:account")
    except appointing.NotLookedUp:
        appointing.close_not_looked_up(offer=offer, at=at, ip=ip)
        messages.error(request, NOT_LOOKED_UP_IN_TIME)
        return redirect("staff:account")
    if not is_right:
        form = ReachForm(user=owner, initial=vars(owner))
        return _page(request, owner, form, wrong_offer=pk)
    messages.success(request, _("Accepted."))
    return redirect("staff:account")


@own_account
@require_POST
def stop_reset(request: HttpRequest, owner: User, pk: int) -> HttpResponse:
    """Stop a password reset that the account's owner did not ask for."""
    at = clock.for_request(request)
    reset = get_object_or_404(open_resets(at), pk=pk, user=owner)
    passwords.stop(reset=reset, by=owner, at=at, ip=request.META.get("REMOTE_ADDR"))
    messages.success(request, _("Stopped."))
    return redirect("staff:account")

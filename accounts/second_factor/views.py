"""The pages of the second step. allauth provides the forms for codes and passkeys; we make each change and
its log entry one transaction.
"""

from functools import wraps
from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.base.views import AuthenticateView, ReauthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.utils import is_mfa_enabled
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    LoginWebAuthnView,
    ReauthenticateWebAuthnView,
)
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import User
from accounts.second_factor import actions, sessions
from accounts.second_factor.asking import GOES_ON_TO, ask_again
from core.requests import has_host_name
from core.view_types import P, Page

Type = Authenticator.Type
SECOND_STEPS = [Type.TOTP, Type.WEBAUTHN]


def own_account(view: Page[P]) -> Page[P]:
    """Admit only people who have a password; everybody else gets a 404.

    A family signs in by its phone, and somebody who steals a family's session must not be able to turn it
    into a permanent key.
    """

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not _me(request).has_usable_password():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


def _ip(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR")


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)


@own_account
@require_safe
def second_step(request: HttpRequest) -> HttpResponse:
    """Send people to the page that asks for their second step; people without one choose one here."""
    if is_mfa_enabled(_me(request), SECOND_STEPS):
        methods = get_adapter().get_reauthentication_methods(_me(request))
        after = request.session.get(GOES_ON_TO, "/")
        return redirect(f"{methods[0]['url']}?{urlencode({'next': after})}")
    return render(request, "mfa/second_step.html", {"can_have_passkey": has_host_name(request)})


@own_account
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show which factors people have, to add or remove some."""
    mine = list(Authenticator.objects.filter(user=_me(request)).order_by("created_at"))
    codes = next((one for one in mine if one.type == Type.RECOVERY_CODES), None)
    context = {
        "can_have_passkey": has_host_name(request),
        "app": next((one for one in mine if one.type == Type.TOTP), None),
        "passkeys": [one for one in mine if one.type == Type.WEBAUTHN],
        "codes": codes,
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
    }
    return render(request, "mfa/index.html", context)


class _SetUp:
    """The shared part of setting up an app and a passkey."""

    request: HttpRequest
    type: str
    used_counter: int | None = None

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)  # type: ignore[misc]
            mine = Authenticator.objects.filter(user=_me(self.request), type=self.type)
            factor = mine.select_related("user").latest("pk")
            counter = getattr(form, "counter", None)
            actions.note_added(factor=factor, used_counter=counter, ip=_ip(self.request))
        sessions.note_added(self.request, factor)
        return response


class SetUpApp(_SetUp, ActivateTOTPView):
    type = Type.TOTP
    template_name = "mfa/set_up_app.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if is_mfa_enabled(_me(request), [Type.TOTP]):
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)


class SetUpPasskey(_SetUp, AddWebAuthnView):
    type = Type.WEBAUTHN
    template_name = "mfa/set_up_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Keep a form with errors in the context; allauth's own method leaves it out."""
        return super().get_context_data(**kwargs) | kwargs


@own_account
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    mine = Authenticator.objects.filter(user=_me(request), type__in=SECOND_STEPS)
    factor = get_object_or_404(mine, pk=pk)
    ask_again(request)
    if request.method == "GET":
        is_last = mine.count() == 1
        return render(request, "mfa/remove.html", {"factor": factor, "is_last": is_last})
    me = _me(request)
    actions.remove_factor(factor=factor, by=me, ip=_ip(request))
    me.refresh_from_db(fields=["session_epoch"])
    sessions.forget_removed(request, me, pk)
    messages.success(request, _("Removed. Your other devices are signed out."))
    return redirect("mfa_index" if mine.exists() else "second_step")


@own_account
@require_http_methods(["GET", "POST"])
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the codes for printing until somebody confirms that they are on paper."""
    codes = get_object_or_404(Authenticator, user=_me(request), type=Type.RECOVERY_CODES)
    ask_again(request)
    is_confirmed = "confirmed_at" in codes.data
    if request.method == "POST":
        if not is_confirmed:
            actions.confirm_codes(codes=codes)
        messages.success(request, _("Your second step is set up."))
        return HttpResponseRedirect(request.session.pop(GOES_ON_TO, resolve_url("/")))
    unused = codes.wrap().get_unused_codes()
    context = {
        "codes": [] if is_confirmed else [f"{one[:4]} {one[4:]}" for one in unused],
        "left": len(unused),
    }
    return render(request, "mfa/recovery_codes.html", context)


@own_account
@require_POST
def new_codes(request: HttpRequest) -> HttpResponse:
    if not is_mfa_enabled(_me(request), SECOND_STEPS):
        raise Http404
    ask_again(request)
    actions.make_codes(user=_me(request), ip=_ip(request))
    return redirect("mfa_view_recovery_codes")


class _Types:
    """Gives the template the types that somebody has, so that no page offers one they cannot use."""

    def types_of(self, user: User) -> dict[str, Any]:
        held = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
        return {"has_app": Type.TOTP in held, "has_passkey": Type.WEBAUTHN in held}


class SecondStep(_Types, AuthenticateView):
    template_name = "mfa/authenticate.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self.types_of(self.stage.login.user)


class ShowAgain(_Types, ReauthenticateView):
    template_name = "mfa/reauthenticate.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | self.types_of(_me(self.request))


class ShowPasskeyAgain(ReauthenticateWebAuthnView):
    template_name = "mfa/reauthenticate_passkey.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        for message in form.errors.get("credential", []):
            messages.error(self.request, message)
        return redirect(self.request.get_full_path())


set_up_app = own_account(SetUpApp.as_view())
set_up_passkey = own_account(SetUpPasskey.as_view())
show_again = own_account(ShowAgain.as_view())
show_passkey_again = own_account(ShowPasskeyAgain.as_view())
authenticate = SecondStep.as_view()
sign_in_by_passkey = LoginWebAuthnView.as_view()

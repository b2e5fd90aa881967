"""What happens once WeChat has identified a person: link them, sign them in, or say kindly that we do not
know them. Nobody reaches the sign-up, sign-in and connect pages of allauth.
"""

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from core import clock
from delivery import actions as messaging
from delivery.models import Device, WechatLink
from doors.family.actions import is_staff_account
from doors.family.sessions import checked_next, open_session
from doors.family.weixin import PROVIDER, app_id
from guardians.policies import (
    SESSION_ADDRESS,
    adults_in_session,
    adults_of,
    guardianships_of,
)
from guardians.queries import sign_in_points


class FamilySocialAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request, sociallogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.state.get("process") == AuthProcess.CONNECT:
            raise ImmediateHttpResponse(_connect(request, sociallogin))
        raise ImmediateHttpResponse(_sign_in(request, sociallogin))

    def on_authentication_error(self, request, provider, *args, **kwargs) -> None:
        raise ImmediateHttpResponse(redirect("family:wechat_unknown"))


def _connect(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    """Link WeChat to the phone number of this session. WeChat signs in only as long as that number does."""
    address = request.session.get(SESSION_ADDRESS, "")
    if not request.user.is_authenticated or not address or not adults_in_session(request).exists():
        return redirect("family:sign_in")
    others = SocialAccount.objects.filter(provider=PROVIDER, uid=sociallogin.account.uid)
    if is_staff_account(request.user) or others.exclude(user=request.user).exists():
        return redirect("family:wechat_unknown")
    messaging.link_wechat(
        user=request.user,
        provider=PROVIDER,
        app_id=app_id(),
        openid=sociallogin.account.uid,
        address=address,
        at=clock.for_request(request),
    )
    return redirect("family:devices")


def _sign_in(request: HttpRequest, sociallogin: SocialLogin) -> HttpResponse:
    account = SocialAccount.objects.filter(provider=PROVIDER, uid=sociallogin.account.uid).first()
    at = clock.for_request(request)
    link = WechatLink.objects.filter(user=account.user).first() if account else None
    address = link.address if link else ""
    # Treat blocked adults, staff accounts and numbers that are no longer theirs as unknown.
    if account is None or not account.user.is_active or is_staff_account(account.user):
        return redirect("family:wechat_unknown")
    numbers = sign_in_points().filter(address=address).order_by()
    adults = adults_of(account.user).filter(pk__in=numbers.values("adult_id"))
    if not guardianships_of(adults, timezone.localdate(at)).exists():
        return redirect("family:wechat_unknown")
    open_session(
        request, user=account.user, address=address, opened_by=Device.OpenedBy.WECHAT, at=at
    )
    target = checked_next(sociallogin.state.get("next") or "", request)
    return redirect(target or "family:home")

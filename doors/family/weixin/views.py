from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from core import walls
from doors.family.weixin import is_configured
from doors.family.weixin.oauth import OpenIdAdapter

_login = OAuth2LoginView.adapter_view(OpenIdAdapter)
_callback = OAuth2CallbackView.adapter_view(OpenIdAdapter)


@never_cache
@require_safe
def login(request: HttpRequest) -> HttpResponse:
    if not is_configured():
        raise Http404
    return _login(request)


@never_cache
@require_safe
@walls.every_school("who signs in is looked up before anybody knows the school")
def callback(request: HttpRequest) -> HttpResponse:
    if not is_configured():
        raise Http404
    return _callback(request)


@never_cache
@require_safe
def unknown(request: HttpRequest) -> HttpResponse:
    """Give the same answer whether this WeChat was never linked, belongs to somebody else, or may not sign
    in.
    """
    return render(request, "family/wechat_unknown.html")

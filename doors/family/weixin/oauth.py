"""The two requests to WeChat: the address where a person signs in, and who came back."""

from allauth.socialaccount.providers.weixin.client import WeixinOAuth2Client
from allauth.socialaccount.providers.weixin.views import WeixinOAuth2Adapter
from django.conf import settings


class InWeixinClient(WeixinOAuth2Client):
    """WeChat's own browser opens the address only with this fragment (its documentation says so)."""

    def get_redirect_url(self, authorization_url, scope, extra_params):
        return super().get_redirect_url(authorization_url, scope, extra_params) + "#wechat_redirect"


class OpenIdAdapter(WeixinOAuth2Adapter):
    """With `snsapi_base` the token response already holds the openid; we may not read a profile."""

    client_class = InWeixinClient

    @property
    def access_token_url(self):
        return f"{settings.WEIXIN_API_URL}/sns/oauth2/access_token"

    def complete_login(self, request, app, token, **kwargs):
        answer = kwargs.get("response", {})
        return self.get_provider().sociallogin_from_response(request, {"openid": answer["openid"]})

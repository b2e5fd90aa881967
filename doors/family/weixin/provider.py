"""allauth looks in this module for the provider of an installed app."""

from allauth.socialaccount.providers.weixin.provider import WeixinProvider

from doors.family.weixin.oauth import OpenIdAdapter


class OpenIdProvider(WeixinProvider):
    """The library's provider with our adapter; it stores only the openid."""

    oauth2_adapter_class = OpenIdAdapter

    def get_default_scope(self):
        return ["snsapi_base"]

    def extract_extra_data(self, data):
        return {}

    def extract_common_fields(self, data):
        return {}


provider_classes = [OpenIdProvider]

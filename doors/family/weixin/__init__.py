"""WeChat as a way back in, never a way to become known: an adult links it from a signed-in phone.

Only the openid is asked for (`snsapi_base`): no name, no picture.
"""

from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

PROVIDER = "weixin"


def is_configured() -> bool:
    return PROVIDER in settings.SOCIALACCOUNT_PROVIDERS


def app_id() -> str:
    return settings.SOCIALACCOUNT_PROVIDERS[PROVIDER]["APPS"][0]["client_id"]


def sign_in_url(target: str = "") -> str:
    """Empty where the installation has no WeChat account. A link, not a form: the policy of content
    security lets no form lead to another host.
    """
    if not is_configured():
        return ""
    return reverse("weixin_login") + (f"?{urlencode({'next': target})}" if target else "")


def connect_url() -> str:
    return f"{reverse('weixin_login')}?process=connect" if is_configured() else ""

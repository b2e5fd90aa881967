"""WeChat as a way back in, never a first way in: an adult links it from a phone that is already signed in.

We ask only for the openid (`snsapi_base`), for no name and no picture.
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
    """Return the address that starts sign-in, or "" if this installation has no WeChat account.

    It is a link, not a form: the content security policy lets no form lead to another host.
    """
    if not is_configured():
        return ""
    return reverse("weixin_login") + (f"?{urlencode({'next': target})}" if target else "")


def connect_url() -> str:
    return f"{reverse('weixin_login')}?process=connect" if is_configured() else ""

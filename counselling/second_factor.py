"""Where the installation asks for it (CASES_NEED_SECOND_FACTOR), cases and notes open only to an account
with a second factor. allauth asks for it at every sign-in once it is set up; here only that it is set up.
"""

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.models import User


def is_missing(user: User) -> bool:
    return bool(settings.CASES_NEED_SECOND_FACTOR) and not is_mfa_enabled(user)


def asked_for(request: HttpRequest) -> HttpResponse:
    """To the page on which it is set up, with the reason."""
    words = _(
        "Notes of cases open here only with a second factor. Please set one up; it takes a minute."
    )
    messages.warning(request, words)
    return redirect("mfa_activate_totp")

"""A slip of paper instead of a password that two people know."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts.models import User


def url_for(user: User) -> str:
    """Address at which `user` sets a password, good for PASSWORD_RESET_TIMEOUT and for once."""
    key = default_token_generator.make_token(user)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": key},
    )
    return f"{settings.PUBLIC_URL}{path}"

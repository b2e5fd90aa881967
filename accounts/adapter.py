from allauth.account.adapter import DefaultAccountAdapter

from accounts import browsers, guessing
from accounts.actions import set_password
from accounts.models import CredentialEvent


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff are invited by their school's administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def authenticate(self, request, **credentials):
        """At sign-in and wherever the password is asked for again."""
        user = super().authenticate(request, **credentials)
        if user is not None:
            guessing.was_right(request)
        return user

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        browsers.remember(request, response, guessing.plain_name(user.get_username()))
        return response

    def set_password(self, user, password) -> None:
        """By its owner, who has just given the old one."""
        set_password(
            user=user,
            password=password,
            kind=CredentialEvent.Kind.PASSWORD_CHANGED,
            by=user,
            ip=self.request.META.get("REMOTE_ADDR"),
        )

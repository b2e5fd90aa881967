from allauth.account.adapter import DefaultAccountAdapter

from accounts.actions import set_password
from accounts.models import CredentialEvent


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff are invited by their school's administrator; nobody signs up by themselves."""

    def is_open_for_signup(self, request) -> bool:
        return False

    def set_password(self, user, password) -> None:
        """By its owner, who has just given the old one."""
        set_password(
            user=user,
            password=password,
            kind=CredentialEvent.Kind.PASSWORD_CHANGED,
            by=user,
            ip=self.request.META.get("REMOTE_ADDR"),
        )

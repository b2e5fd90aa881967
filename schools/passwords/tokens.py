"""Tokens in the address of a slip, and in that of a new password that two people agreed to.

Both are derived from the current password and the log: setting a password makes them void, and so does a
newer token.
"""

from django.contrib.auth.tokens import PasswordResetTokenGenerator

from accounts.models import CredentialEvent, User
from schools.models import PasswordReset


class _Tokens(PasswordResetTokenGenerator):
    """A token valid for PASSWORD_RESET_TIMEOUT (three days)."""

    def __init__(self, what: str):
        super().__init__()
        self.key_salt = f"schools.passwords.{what}"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        made = CredentialEvent.objects.filter(user=user, kind=CredentialEvent.Kind.SLIP_MADE)
        return f"{super()._make_hash_value(user, timestamp)}{made.count()}"


SLIP = _Tokens("slip")


def of_reset(reset: PasswordReset) -> PasswordResetTokenGenerator:
    return _Tokens(f"reset.{reset.salt}")

"""A phone that changes hands: it shows no notices of the family that was signed in there before."""

from django.http import HttpRequest

from accounts.adapter import StaffAccountAdapter
from accounts.models import User
from delivery import actions as messaging


def forget_who_was_here(request: HttpRequest, coming: User | None = None) -> None:
    """Call this before a session ends: `coming` signs in instead, a child does, or nobody."""
    if request.user.is_authenticated and request.user != coming:
        messaging.forget_device(session_key=str(request.session.session_key))


class StaffDoorAdapter(StaffAccountAdapter):
    def logout(self, request) -> None:
        """Staff who are parents as well may have notices on this phone."""
        forget_who_was_here(request)
        super().logout(request)

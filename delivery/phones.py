"""A phone that changes hands: it shows no notices of the family that was signed in there before."""

from django.http import HttpRequest

from accounts.models import User
from delivery.actions.devices import forget_device


def forget_who_was_here(request: HttpRequest, coming: User | None = None) -> None:
    """Call this before a session ends: `coming` signs in instead, a child comes in, or nobody."""
    if request.user.is_authenticated and request.user != coming:
        forget_device(session_key=str(request.session.session_key))


def hand_over(request: HttpRequest) -> None:
    """End the session of the person who used this device before, and start an empty one."""
    forget_who_was_here(request)
    request.session.flush()

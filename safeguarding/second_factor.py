"""Cases, their notes and the nightly hints open only after a recent second sign-in step.

This includes a class teacher who was let into one case.
"""

from django.http import HttpRequest

from accounts.second_factor import sessions
from accounts.second_factor.asking import asked_for
from schools.policies import are_of_demo

__all__ = ["asked_for", "is_missing"]

FRESH_HOURS = 4  # hours after the second step in which pages open: half a school day
# Extra hours for submitting a form, so that a long text is not lost. A session that nobody uses ends long
# before (STAFF_IDLE_MINUTES).
WRITING_HOURS = 2


def is_missing(request: HttpRequest) -> bool:
    """Return whether the second step is due. For views behind schools.policies.staff_required."""
    if are_of_demo(request.viewer.posts):  # type: ignore[attr-defined]
        return False
    hours = FRESH_HOURS + (WRITING_HOURS if request.method == "POST" else 0)
    return not sessions.used_within(request, hours * 3600)

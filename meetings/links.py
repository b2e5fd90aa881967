"""The link of an invitation, in a message, and the code at the door. Fetching either records nothing."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from delivery import links
from delivery.policies import is_out_of_hands
from guardians.models import Adult
from meetings import rules
from meetings.models import MeetingInvitation
from meetings.policies import invitations_of
from schools.policies import today_in

PURPOSE = ABOUT = "meeting"  # of a link; of a message (MESSAGE_KINDS)
DOOR = "meeting_door"


@dataclass(frozen=True)
class Opened:
    invitation: MeetingInvitation
    adult: Adult


def path_for(invitation: MeetingInvitation) -> str:
    token = links.seal(PURPOSE, invitation.pk, invitation.adult_id)
    return reverse("family_meetings:link", args=[token])


def key_start(invitation_id: int) -> str:
    """Return the beginning of the dedupe keys of an invitation's messages."""
    return f"notice:meeting:{invitation_id}:"


def open_link(token: str, at: datetime) -> Opened | None:
    """Return what the link opens; None whatever is wrong.

    It may be forged or expired; the adult may be blocked (as may another person at the phone) or no longer
    around the child; or the phone may belong to somebody else by now.
    """
    numbers = links.unseal(PURPOSE, token, 2)
    adult = numbers and Adult.objects.select_related("school", "user").filter(pk=numbers[1]).first()
    if not numbers or not adult or is_out_of_hands(adult, key_start(numbers[0])):
        return None
    rows = invitations_of([adult], today_in(adult.school, at))
    found = rows.filter(pk=numbers[0]).first()
    if found is None or not rules.link_opens(found.meeting.ends_at, at):
        return None
    return Opened(found, adult)


def door_path(meeting_id: int) -> str:
    return reverse("family_meetings:door", args=[links.seal(DOOR, meeting_id)])


def meeting_at_door(token: str) -> int | None:
    numbers = links.unseal(DOOR, token, 1)
    return numbers[0] if numbers else None

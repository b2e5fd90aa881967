"""What became of urgent answers. The room above that follows them up knows; the settings name it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from schools.worklist import Urgency
from surveys.models import Seat


@dataclass(frozen=True)
class Told:
    """The concern that an urgent answer opened, as far as the reader may see it."""

    urgency: Urgency
    whose: str  # who has taken it, or how it was closed
    url: str


def told_of(seats: Collection[Seat], user: User, at: datetime) -> dict[int, Told]:
    """By key of the seat; nothing of one whose concern `user` may not see or nobody has opened yet."""
    return import_string(settings.URGENT_ANSWERS)(seats, user, at) if seats else {}

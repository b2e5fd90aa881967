"""What became of urgent answers. A package above this one follows them up; the settings name it."""

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
    """Return {seat id: Told}, without seats whose concern nobody has opened yet or `user` may not see."""
    return import_string(settings.URGENT_ANSWERS)(seats, user, at) if seats else {}

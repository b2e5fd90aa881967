"""The link of a question of an evening, `<question>-<contact point>-<adult>-<mac>` (delivery.links)."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from delivery.links import seal, unseal, url_for
from guardians.models import Adult
from guardians.queries import usable_contact_points
from nights.models import Asking, Night
from nights.queries import nights_of

PURPOSE = "tonight"


@dataclass(frozen=True)
class Opened:
    """What a link opens: the question, and the children about whom it is asked today."""

    asking: Asking
    nights: list[Night]
    contact_point_id: int | None = None

    @property
    def adult(self) -> Adult:
        return self.asking.adult


def token_for(asking_id: int, contact_point_id: int | None, adult_id: int) -> str:
    return seal(PURPOSE, asking_id, contact_point_id or 0, adult_id)


def asking_url(asking_id: int, contact_point_id: int | None, adult_id: int) -> str:
    token = token_for(asking_id, contact_point_id, adult_id)
    return url_for(path=reverse("family_nights:question", args=[token]))


def open_asking(token: str, at: datetime) -> Opened | None:
    """Return what the link opens; None whatever is wrong.

    It may be forged or expired, belong to a blocked adult, or have been sent to a number that is no longer
    theirs; or this adult may no longer be asked about any of the children.
    """
    numbers = unseal(PURPOSE, token, 3)
    if numbers is None:
        return None
    asking_id, point_id, adult_id = numbers
    return opened(asking_id, point_id or None, adult_id, at)


def opened(
    asking_id: int,
    contact_point_id: int | None,
    adult_id: int,
    at: datetime,
    *,
    even_disputed: bool = False,
) -> Opened | None:
    """Do the same for a call, whose message names them; `even_disputed`: at a disowned number."""
    rows = Asking.objects.select_related("adult", "school")
    asking = rows.filter(pk=asking_id, adult_id=adult_id, expires_at__gt=at).first()
    if asking is None or asking.adult.is_blocked:
        return None
    # This adult's own numbers now: none that a blocked adult shares or somebody has disowned.
    points = usable_contact_points(even_disputed=even_disputed)
    ways = points.filter(adult=asking.adult_id).order_by()
    if contact_point_id:
        ways = ways.filter(pk=contact_point_id)
    if not ways.exists():
        return None
    nights = nights_of(asking, at)
    return Opened(asking, nights, contact_point_id) if nights else None

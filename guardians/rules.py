"""Facts in, decisions out: who counts as left behind, and who may be asked.

Source: State Council 2016 no. 13 (国发〔2016〕13号): under 16; both parents away, or one away and the
other without guardianship capacity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product

LEFT_BEHIND_UNDER_YEARS = 16  # completed years; State Council 2016 no. 13
CONTACT_EVERY_DAYS = 7  # days; Minors Protection Law Art. 22: at least once a week


class LegalStatus(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ParentFacts:
    """What is known of one parent on a day; None = nobody has asked."""

    is_away: bool | None
    has_capacity: bool | None
    is_alive: bool = True


def age_on(born_on: date, on: date) -> int:
    """Completed years; a child born on 29 February has their birthday on 1 March elsewhere."""
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def legal_status(born_on: date | None, parents: Sequence[ParentFacts], on: date) -> LegalStatus:
    """Legal left-behind status; `parents` holds the recorded parents, dead ones included.

    What nobody knows is tried both ways: the answer is `unknown` only where it makes a
    difference. A parent who is not recorded counts as one of whom nothing is known.
    """
    if born_on is not None and age_on(born_on, on) >= LEFT_BEHIND_UNDER_YEARS:
        return LegalStatus.NO
    nobody_asked = [ParentFacts(None, None)] * max(0, 2 - len(parents))
    living = [parent for parent in [*parents, *nobody_asked] if parent.is_alive]
    verdicts = {_is_left_behind(world) for world in product(*map(_possible, living))}
    if verdicts == {False}:
        return LegalStatus.NO
    if verdicts == {True} and born_on is not None:
        return LegalStatus.YES
    return LegalStatus.UNKNOWN


def _possible(parent: ParentFacts) -> list[tuple[bool, bool]]:
    """Every (is_away, has_capacity) that agrees with what is known."""
    whereabouts = [True, False] if parent.is_away is None else [parent.is_away]
    capacities = [True, False] if parent.has_capacity is None else [parent.has_capacity]
    return list(product(whereabouts, capacities))


def _is_left_behind(living: Sequence[tuple[bool, bool]]) -> bool:
    somebody_away = any(is_away for is_away, _ in living)
    somebody_cares = any(has_capacity and not is_away for is_away, has_capacity in living)
    return somebody_away and not somebody_cares


def any_parent_away(parents: Sequence[ParentFacts]) -> bool:
    """The wider question that decides who gets check-ins, whatever the legal status."""
    return any(parent.is_alive and parent.is_away for parent in parents)


def days_since(last_on: date | None, on: date) -> int | None:
    """Days since the last contact, never negative; None where no contact is known."""
    return None if last_on is None else max(0, (on - last_on).days)


def is_connected(last_on: date | None, on: date) -> bool:
    """Whether the last talk is no more than a week ago: the one meaning of "connected"."""
    days = days_since(last_on, on)
    return days is not None and days <= CONTACT_EVERY_DAYS

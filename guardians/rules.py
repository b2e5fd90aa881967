"""Decide from plain facts who counts as left behind, who is connected, and who has nobody to care for them.

Source: State Council 2016 no. 13 (国发〔2016〕13号): under 16, and either both parents away, or one away and
the other without the capacity to act as guardian.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
    """The known facts about one parent on a given day; None means that nobody has asked."""

    is_away: bool | None
    has_capacity: bool | None
    is_alive: bool = True


def age_on(born_on: date, on: date) -> int:
    """Return the age in completed years.

    In other years, a child born on 29 February has their birthday on 1 March.
    """
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def legal_status(born_on: date | None, parents: Sequence[ParentFacts], on: date) -> LegalStatus:
    """Return the legal left-behind status; `parents` holds the recorded parents, including those who have
    died.

    Every unknown fact is tried both ways, so the answer is `unknown` only if it makes a difference. A
    parent who is not recorded counts as one about whom nothing is known.
    """
    if born_on is not None and age_on(born_on, on) >= LEFT_BEHIND_UNDER_YEARS:
        return LegalStatus.NO
    nobody_asked = [ParentFacts(None, None)] * max(0, 2 - len(parents))
    living = [parent for parent in [*parents, *nobody_asked] if parent.is_alive]
    verdicts = set()
    for world in product(*map(_possible, living)):
        somebody_away = any(is_away for is_away, _ in world)
        somebody_cares = any(has_capacity and not is_away for is_away, has_capacity in world)
        verdicts.add(somebody_away and not somebody_cares)
    if verdicts == {False}:
        return LegalStatus.NO
    if verdicts == {True} and born_on is not None:
        return LegalStatus.YES
    return LegalStatus.UNKNOWN


def _possible(parent: ParentFacts) -> list[tuple[bool, bool]]:
    """Return every (is_away, has_capacity) that is consistent with what is known."""
    whereabouts = [True, False] if parent.is_away is None else [parent.is_away]
    capacities = [True, False] if parent.has_capacity is None else [parent.has_capacity]
    return list(product(whereabouts, capacities))


def any_parent_away(parents: Sequence[ParentFacts]) -> bool:
    """Return whether any parent lives away.

    This wider question, not the legal status, decides who gets check-ins.
    """
    return any(parent.is_alive and parent.is_away for parent in parents)


def days_since(last_on: date | None, on: date) -> int | None:
    """Return the days since the last contact, never negative; None if no contact is known."""
    return None if last_on is None else max(0, (on - last_on).days)


def is_connected(days: int | None) -> bool:
    """Return whether child and parent are "connected": they talked on one of the last seven local dates,
    including today.

    This is the only definition. `days` is the number of days since their last talk.
    """
    return days is not None and days < CONTACT_EVERY_DAYS


def connected_since(on: date) -> date:
    """Return the first of the seven dates that count for `is_connected`."""
    return on - timedelta(days=CONTACT_EVERY_DAYS - 1)


# Below this age (completed years) a child may never be left unattended; Minors Protection Law Art. 21.
NEVER_UNATTENDED_UNDER_YEARS = 8
# Below this age (completed years) a child may not live alone; Minors Protection Law Art. 21.
NOT_ALONE_UNDER_YEARS = 16
# Days after a file is opened during which we ask the teacher (on Today) for a carer who was never recorded,
# before we raise an alarm: in a new roster this column is empty for many children. Our own figure.
NEVER_RECORDED_GRACE_DAYS = 3


class GapKind(StrEnum):
    LOST = "lost"  # somebody cared for the child, and nobody took over
    NEVER = "never"  # nobody was ever recorded
    ALONE = "alone"  # under 16, at home alone for longer
    UNATTENDED = "unattended"  # the same, under 8


class Disqualifier(StrEnum):
    """Grounds for not entrusting a child to somebody: Minors Protection Law (2024 text) Art. 22 section 3,
    and Art. 21 for `incapable` and `infectious`.

    We read a reprint of the law, not the gazette.
    """

    HARMED = "harmed"  # sexual assault, abuse, abandonment, trafficking, violent injury
    HABITS = "habits"  # drugs, drink, gambling
    NEGLECTED = "neglected"  # refused or long neglected to care for a child
    INCAPABLE = "incapable"  # without full legal capacity, or not strong enough to care
    INFECTIOUS = "infectious"  # a serious infectious disease
    OTHER = "other"


@dataclass(frozen=True)
class CareFacts:
    """The known facts about one child on a given day."""

    born_on: date | None
    is_home_alone: bool = False
    # A carer, a legal guardian or a parent at home; able to care and not blocked.
    has_carer: bool = False
    parents_gone: int = 0  # away, blocked, dead, in prison, missing or out of contact
    parents_unknown: int = 0  # nobody knows where these live
    ever_cared_for: bool = False
    days_on_record: int = 0


def care_gap(facts: CareFacts, on: date) -> GapKind | None:
    """Return the kind of gap if nobody cares for this child, else None.

    Unknown facts raise no alarm: staff are asked for them instead. There is one exception: a child at home
    alone whose date of birth is unknown counts as under 8.
    """
    years = age_on(facts.born_on, on) if facts.born_on else None
    if years is not None and years >= NOT_ALONE_UNDER_YEARS:
        return None
    if facts.is_home_alone:
        is_small = years is None or years < NEVER_UNATTENDED_UNDER_YEARS
        return GapKind.UNATTENDED if is_small else GapKind.ALONE
    if facts.has_carer or not facts.parents_gone or facts.parents_unknown:
        return None
    if facts.ever_cared_for:
        return GapKind.LOST
    return GapKind.NEVER if facts.days_on_record >= NEVER_RECORDED_GRACE_DAYS else None


def are_similar_names(one: str, other: str) -> bool:
    """Return whether two names at one number may belong to one person: they are the same except for spaces
    or one character, with the same surname, or one is a short form of the other (芳 for 王芳).
    """
    one, other = "".join(one.split()), "".join(other.split())
    if not one or not other:
        return False
    if one == other or one.endswith(other) or other.endswith(one):
        return True
    if len(one) != len(other) or len(one) < 2 or one[0] != other[0]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1

"""Facts in, decisions out: who counts as left behind, and who may be asked.

Source: State Council 2016 no. 13 (国发〔2016〕13号): under 16; both parents away, or one away and the
other without guardianship capacity.
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
    """Every (is_away, has_capacity) that agrees with what is known."""
    whereabouts = [True, False] if parent.is_away is None else [parent.is_away]
    capacities = [True, False] if parent.has_capacity is None else [parent.has_capacity]
    return list(product(whereabouts, capacities))


def any_parent_away(parents: Sequence[ParentFacts]) -> bool:
    """The wider question that decides who gets check-ins, whatever the legal status."""
    return any(parent.is_alive and parent.is_away for parent in parents)


def days_since(last_on: date | None, on: date) -> int | None:
    """Days since the last contact, never negative; None where no contact is known."""
    return None if last_on is None else max(0, (on - last_on).days)


def is_connected(days: int | None) -> bool:
    """The one meaning of "connected": child and parent talked on one of seven local dates, today included.
    `days`: since their last talk.
    """
    return days is not None and days < CONTACT_EVERY_DAYS


def connected_since(on: date) -> date:
    """The first of those seven dates."""
    return on - timedelta(days=CONTACT_EVERY_DAYS - 1)


# Completed years below which a child is never without somebody; Minors Protection Law Art. 21.
NEVER_UNATTENDED_UNDER_YEARS = 8
# Completed years below which a child does not live alone; Minors Protection Law Art. 21.
NOT_ALONE_UNDER_YEARS = 16
# Days after a file was begun in which a carer who was never written down is asked of the teacher
# (Today) before it becomes an alarm: a fresh roster leaves the column empty for many. Our own figure.
NEVER_RECORDED_GRACE_DAYS = 3


class GapKind(StrEnum):
    LOST = "lost"  # somebody cared, and nobody followed
    NEVER = "never"  # nobody was ever written down
    ALONE = "alone"  # under 16, at home alone for longer
    UNATTENDED = "unattended"  # the same, under 8


class Disqualifier(StrEnum):
    """Who may not be entrusted with a child: Minors Protection Law (2024 text) Art. 22 section 3,
    and Art. 21 for `incapable` and `infectious`. Read in a reprint of the law, not in the gazette.
    """

    HARMED = "harmed"  # sexual assault, abuse, abandonment, trafficking, violent injury
    HABITS = "habits"  # drugs, drink, gambling
    NEGLECTED = "neglected"  # refused or long neglected to care for a child
    INCAPABLE = "incapable"  # no full capacity, or no strength to care
    INFECTIOUS = "infectious"  # a serious infectious disease
    OTHER = "other"


@dataclass(frozen=True)
class CareFacts:
    """What is known of one child on a day."""

    born_on: date | None
    is_home_alone: bool = False
    has_carer: bool = False  # a carer, a guardian by law or a parent at home, able and not barred
    parents_gone: int = 0  # away, dead, in prison, missing
    parents_unknown: int = 0  # of whom nobody knows where they live
    ever_cared_for: bool = False
    days_on_record: int = 0


def care_gap(facts: CareFacts, on: date) -> GapKind | None:
    """Whether this child is left without anybody. What nobody knows is no alarm: it is asked for."""
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
    """Whether two names may be one person's at one number: the same but for spaces or one character,
    with the same surname; or one is the other shortened (芳 for 王芳).
    """
    one, other = "".join(one.split()), "".join(other.split())
    if not one or not other:
        return False
    if one == other or one.endswith(other) or other.endswith(one):
        return True
    if len(one) != len(other) or len(one) < 2 or one[0] != other[0]:
        return False
    return sum(a != b for a, b in zip(one, other, strict=True)) == 1

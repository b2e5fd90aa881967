"""Who is asked next for an evening, until when, and when it is too late to call somebody. Pure.

Times of day are local to the school. All figures are our own, from a design review: no law gives one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CARER, SECOND, THIRD, DUTY, VILLAGE = CHAIN = ("carer", "second", "third", "duty", "village")
NEARBY = (SECOND, THIRD)

# A school's switch asks the carers from this time on, when most are home from the fields.
ASK_FROM = time(17, 0)
# From here on silence counts as "nobody"; a switch that is made later waits CARER_LEAST_MINUTES.
ASK_UNTIL = time(20, 0)
CARER_LEAST_MINUTES = 30  # minutes to hear a message and answer it
# Minutes until the next adult is asked: a phone rings for one, and the rest is time to call back.
NEARBY_MINUTES = 10
# After a school's switch we call nobody in the neighbourhood later than this; duty is called at any hour.
NEARBY_UNTIL = time(21, 30)
# Minutes without an answer from duty until we ask the village worker: two rungs of the concern's ladder.
DUTY_MINUTES = 30
# Before this hour it is still the night before.
NIGHT_ENDS = time(6, 0)
SWITCH_DAYS_MOST = 3  # evenings of one switch; a longer storm is a new decision

# Why somebody of the chain was not asked.
NOBODY, ASKED_ALREADY, LATE = "nobody", "asked", "late"


def evening_of(local: datetime) -> date:
    """Return the date of the evening to which this moment belongs."""
    return local.date() - timedelta(days=1) if local.time() < NIGHT_ENDS else local.date()


def night_ends_at(evening: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(evening + timedelta(days=1), NIGHT_ENDS, zone)


def may_ask_carers(local: datetime) -> bool:
    """Return whether a switch may ask the carers now."""
    return ASK_FROM <= local.time() < ASK_UNTIL


def festival_evenings(days: Iterable[tuple[date, str]]) -> list[date]:
    """Return the named holidays on which a rule asks.

    Of consecutive days with one name it takes the first few, as many as a switch may have. `days` in any
    order; a holiday without a name is not a festival.
    """
    found: list[date] = []
    before, place = ("", date.min), 0
    for on, name in sorted(days):
        if not name:
            continue
        follows = before == (name, on - timedelta(days=1))
        before, place = (name, on), place + 1 if follows else 1
        if place <= SWITCH_DAYS_MOST:
            found.append(on)
    return found


@dataclass(frozen=True)
class Person:
    """Somebody who may be asked in one step of one child's evening."""

    adult_id: int
    was_asked: bool = False  # in the same part that evening, for another child


@dataclass(frozen=True)
class Next:
    """The next step ("" at the end of the chain), and the steps passed over, each with the reason."""

    step: str
    passed: tuple[tuple[str, str], ...] = ()


def next_step(
    after: str,
    people: Mapping[str, Person],
    *,
    is_urgent: bool,
    has_village: bool,
    local: datetime,
) -> Next:
    """Return the next step. `after`: the step before, "" to begin.

    `people`: who may be asked in the steps of carer and neighbours; a missing step is passed over. An urgent
    evening begins with the neighbours, because nobody is at home.
    """
    first = CHAIN.index(after) + 1 if after else int(is_urgent)
    passed: list[tuple[str, str]] = []
    for step in CHAIN[first:]:
        why = _why_not(step, people, is_urgent=is_urgent, has_village=has_village, local=local)
        if not why:
            return Next(step, tuple(passed))
        passed.append((step, why))
    return Next("", tuple(passed))


def _why_not(
    step: str,
    people: Mapping[str, Person],
    *,
    is_urgent: bool,
    has_village: bool,
    local: datetime,
) -> str:
    if step == DUTY:
        return ""
    if step == VILLAGE:
        return "" if has_village else NOBODY
    person = people.get(step)
    if person is None:
        return NOBODY
    if step in NEARBY and person.was_asked:
        return ASKED_ALREADY
    until = NEARBY_UNTIL if step in NEARBY else ASK_UNTIL
    if not is_urgent and not ASK_FROM <= local.time() < until:
        return LATE
    return ""


def step_ends_at(step: str, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return until when to wait for an answer; None if nobody comes after."""
    if step == CARER:
        local = at.astimezone(zone)
        evening = datetime.combine(local.date(), ASK_UNTIL, zone)
        return max(evening, at + timedelta(minutes=CARER_LEAST_MINUTES))
    minutes = {SECOND: NEARBY_MINUTES, THIRD: NEARBY_MINUTES, DUTY: DUTY_MINUTES}.get(step)
    return at + timedelta(minutes=minutes) if minutes else None

"""The state of a measure on a day, and which words would reveal a case.

Pure: facts and a day in, decisions out. Nothing here ends a plan or ticks anything off.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from counselling.cases.rules import LOOK_WAITS_DAYS

ONCE, WEEKLY, FORTNIGHTLY, FOUR_WEEKLY = "once", "weekly", "fortnightly", "four_weekly"
EVERY_DAYS = {WEEKLY: 7, FORTNIGHTLY: 14, FOUR_WEEKLY: 28}

# Days before the end of a period, and days after sharing, on which we remind the person: a reminder twice a
# week helps, one every day is noise. Source: the product's own rule.
ASKED_DAYS = 2
# The longest plan; after a school year, write a new one. Source: the product's own rule.
LONGEST_DAYS = 366

# Words that would tell a person who looks over a shoulder or shares a phone that a child has counselling, or
# which condition staff suspect. The list is not complete: the help beside the field says what to write.
TELLING = (
    "个案",
    "心理",
    "咨询",
    "辅导",
    "诊断",
    "抑郁",
    "焦虑",
    "自残",
    "自伤",
    "自杀",
    "转介",
    "危机",
    "counsel",
    "diagnos",
    "depress",
    "suicid",
    "self-harm",
)


class Standing(StrEnum):
    """The state of a measure.

    DONE_NOW: done for this period, and it comes again. OVER: the last day has passed, ticked or not.
    """

    AHEAD = "ahead"
    WAITING = "waiting"
    DONE_NOW = "done_now"
    DONE = "done"
    LATE = "late"
    OVER = "over"


# States in which a measure may be ticked off.
OPEN = (Standing.AHEAD, Standing.WAITING, Standing.LATE)


@dataclass(frozen=True)
class MeasureFacts:
    rhythm: str
    starts_on: date
    due_on: date
    ticked_on: Sequence[date] = ()


@dataclass(frozen=True)
class Stretch:
    """A period of a measure: one, two or four weeks, or all of a measure that is done once.

    Both days belong to it.
    """

    starts_on: date
    ends_on: date

    def holds(self, on: date) -> bool:
        return self.starts_on <= on <= self.ends_on


def stretches(facts: MeasureFacts) -> list[Stretch]:
    """Return the periods in order, without gaps; the last one may be shorter."""
    days = EVERY_DAYS.get(facts.rhythm)
    if days is None:
        return [Stretch(facts.starts_on, facts.due_on)]
    found, begin = [], facts.starts_on
    while begin <= facts.due_on:
        end = min(begin + timedelta(days=days - 1), facts.due_on)
        found.append(Stretch(begin, end))
        begin = end + timedelta(days=1)
    return found


def stretch_on(facts: MeasureFacts, on: date) -> Stretch:
    """Return the period that `on` falls in; before and after all of them, the first or the last."""
    found = stretches(facts)
    if on < facts.starts_on:
        return found[0]
    return next((one for one in found if one.holds(on)), found[-1])


def standing(facts: MeasureFacts, on: date) -> Standing:
    """Return the state on the day `on`.

    A measure that is done once is late from the day after its due day until it is ticked. A repeated one is
    late if the previous period passed without a tick and this one is not ticked yet.
    """
    if facts.rhythm == ONCE:
        if facts.ticked_on:
            return Standing.DONE
        return Standing.LATE if on > facts.due_on else Standing.WAITING
    if on > facts.due_on:
        return Standing.OVER
    if on < facts.starts_on:
        return Standing.AHEAD
    now = stretch_on(facts, on)
    if _is_ticked(facts, now):
        return Standing.DONE if now.ends_on == facts.due_on else Standing.DONE_NOW
    before = [one for one in stretches(facts) if one.ends_on < now.starts_on]
    is_late = bool(before) and not _is_ticked(facts, before[-1])
    return Standing.LATE if is_late else Standing.WAITING


def _is_ticked(facts: MeasureFacts, stretch: Stretch) -> bool:
    return any(stretch.holds(day) for day in facts.ticked_on)


def kept(facts: MeasureFacts, on: date) -> tuple[int, int]:
    """Return how many of the periods that have begun were ticked, and how many there were."""
    if facts.rhythm == ONCE:
        return (1 if facts.ticked_on else 0), 1
    begun = [one for one in stretches(facts) if one.starts_on <= on]
    return sum(_is_ticked(facts, one) for one in begun), len(begun)


def is_asked(facts: MeasureFacts, shared_on: date, on: date) -> bool:
    """Return whether we remind the person on this day: just shared, near the end of the period, or late."""
    state = standing(facts, on)
    if state is Standing.LATE:
        return True
    if state is not Standing.WAITING:
        return False
    ends_on = stretch_on(facts, on).ends_on
    return on <= shared_on + timedelta(days=ASKED_DAYS) or ends_on - on <= timedelta(
        days=ASKED_DAYS
    )


def telling(words: str) -> tuple[str, ...]:
    """Return the words of TELLING that `words` contains."""
    small = words.casefold()
    return tuple(one for one in TELLING if one in small)


class Look(StrEnum):
    """State of a plan in the review by a second person, if the school requires one."""

    NOT_NEEDED = "not_needed"
    NOBODY = "nobody"  # nobody else at this school could agree
    # Nobody was asked yet, the person who was can no longer answer, or the plan was changed.
    TO_ASK = "to_ask"
    WAITING = "waiting"
    UNANSWERED = "unanswered"  # asked long ago
    AGREED = "agreed"
    SENT_BACK = "sent_back"


MAY_SHOW = (Look.NOT_NEEDED, Look.NOBODY, Look.UNANSWERED, Look.AGREED)


@dataclass(frozen=True)
class LookFacts:
    """Facts for the look at a plan.

    `answer` and `asked_at` are about the current measures; earlier ones do not count.

    `can_answer`: the person asked may still answer. Somebody who can no longer read the plan has not left it
    unanswered.
    """

    is_needed: bool
    has_somebody: bool
    asked_at: datetime | None = None
    answer: str = ""  # "" | "agreed" | "sent_back"
    can_answer: bool = True


def look(facts: LookFacts, at: datetime) -> Look:
    if not facts.is_needed:
        return Look.NOT_NEEDED
    if facts.answer == Look.AGREED:
        return Look.AGREED
    if not facts.has_somebody:  # also if the only one who could agree sent it back and left
        return Look.NOBODY
    if facts.answer:
        return Look(facts.answer)
    if facts.asked_at is None or not facts.can_answer:
        return Look.TO_ASK
    late = at - facts.asked_at >= timedelta(days=LOOK_WAITS_DAYS)
    return Look.UNANSWERED if late else Look.WAITING


def mark_of(measures: Iterable[object]) -> str:
    """Return the same mark for the same set of measures (their keys).

    The text of a measure never changes, so a plan changes only when a measure is added or dropped.
    """
    return hashlib.sha256(" ".join(sorted(map(str, measures))).encode()).hexdigest()

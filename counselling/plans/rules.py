"""How a measure of a plan stands on a day, and which words would give a case away.

Pure: facts and a day in, decisions out. Nothing here ends a plan or ticks anything off.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

ONCE, WEEKLY, FORTNIGHTLY, FOUR_WEEKLY = "once", "weekly", "fortnightly", "four_weekly"
EVERY_DAYS = {WEEKLY: 7, FORTNIGHTLY: 14, FOUR_WEEKLY: 28}

# Days before the end of a stretch on which its person is asked, and days after sharing on which they are
# shown it at all: twice a week is a reminder, every day is noise. Source: the product's own rule.
ASKED_DAYS = 2
# The longest plan: after a school year, write a new one. Source: the same.
LONGEST_DAYS = 366

# Days after which a plan is shown although nobody has answered: a child does not wait for a colleague who is
# ill. It stays on record. Source: the same.
LOOK_WAITS_DAYS = 7

# Words that would show a person who looks over a shoulder, or shares a phone, that a child has counselling
# or which condition staff suspect. The list is not complete: the help beside the field says what to write.
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
    """DONE_NOW: for this stretch, and it comes again. OVER: its last day has gone by, ticked or not."""

    AHEAD = "ahead"
    WAITING = "waiting"
    DONE_NOW = "done_now"
    DONE = "done"
    LATE = "late"
    OVER = "over"


# May be ticked off.
OPEN = (Standing.AHEAD, Standing.WAITING, Standing.LATE)


@dataclass(frozen=True)
class MeasureFacts:
    rhythm: str
    starts_on: date
    due_on: date
    ticked_on: Sequence[date] = ()


@dataclass(frozen=True)
class Stretch:
    """A week (two, four) of a measure, or all of one that is done once; both days belong to it."""

    starts_on: date
    ends_on: date

    def holds(self, on: date) -> bool:
        return self.starts_on <= on <= self.ends_on


def stretches(facts: MeasureFacts) -> list[Stretch]:
    """In order, without gaps; the last one may be shorter."""
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
    """The one that `on` lies in; before and after all of them the first and the last."""
    found = stretches(facts)
    if on < facts.starts_on:
        return found[0]
    return next((one for one in found if one.holds(on)), found[-1])


def standing(facts: MeasureFacts, on: date) -> Standing:
    """What is done once is late from the day after its day until it is ticked. What comes again is late where
    the stretch before this one, too, went by without a tick.
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
    """How many of the stretches that have begun were ticked, and how many there were."""
    if facts.rhythm == ONCE:
        return (1 if facts.ticked_on else 0), 1
    begun = [one for one in stretches(facts) if one.starts_on <= on]
    return sum(_is_ticked(facts, one) for one in begun), len(begun)


def is_asked(facts: MeasureFacts, shared_on: date, on: date) -> bool:
    """Return whether we remind its person on this day: just shared, near the end of its period, or late."""
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
    """The words of TELLING that `words` contains."""
    small = words.casefold()
    return tuple(one for one in TELLING if one in small)


class Look(StrEnum):
    """State of a plan in the review by a second person, where the school requires one."""

    NOT_NEEDED = "not_needed"
    NOBODY = "nobody"  # at this school nobody else could agree
    TO_ASK = "to_ask"  # nobody was asked yet, whoever was cannot answer any more, or the plan was changed
    WAITING = "waiting"
    UNANSWERED = "unanswered"  # asked long ago
    AGREED = "agreed"
    SENT_BACK = "sent_back"


MAY_SHOW = (Look.NOT_NEEDED, Look.NOBODY, Look.UNANSWERED, Look.AGREED)


@dataclass(frozen=True)
class LookFacts:
    """`answer` and `asked_at` are of the measures as they stand now; earlier ones do not count. `can_answer`:
    whoever was asked may still answer; nobody leaves unanswered what they can no longer read.
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
    if not facts.has_somebody:  # also where the only one who could agree sent it back and left
        return Look.NOBODY
    if facts.answer:
        return Look(facts.answer)
    if facts.asked_at is None or not facts.can_answer:
        return Look.TO_ASK
    late = at - facts.asked_at >= timedelta(days=LOOK_WAITS_DAYS)
    return Look.UNANSWERED if late else Look.WAITING


def mark_of(measures: Iterable[object]) -> str:
    """The same for the same set of measures (their keys): words of a measure never change, so a plan is
    changed where one is added or dropped.
    """
    return hashlib.sha256(" ".join(sorted(map(str, measures))).encode()).hexdigest()

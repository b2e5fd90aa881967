"""Rules for whom to ask, when and how often, and when to try again.

They take facts and `at`, and return decisions. Times of day are local to the adult who is asked.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from delivery.rules import Silence
from guardians.hours import (
    Hours,
    evening_after,
    next_allowed,
    next_evening,
)

# The ladder: days from one step to the next if a school has not set its own (our own choice, by design
# review). The steps up to the teacher's task add up to six days, so the teacher knows before the week without
# a contact is over.
ASK_AGAIN_AFTER_DAYS = 2  # days; from the first question to the second
OTHER_WAY_AFTER_DAYS = 1  # days; until the question to another number or address of the same adult
OTHER_ADULT_AFTER_DAYS = 1  # days; until the question to the next adult of the family
TELL_TEACHER_AFTER_DAYS = 2  # days; from the last question to the teacher's task
VILLAGE_AFTER_DAYS = 5  # days; the task has been open for a school week
STEP_WAIT_AT_MOST_DAYS = 7  # days; a step that waits longer than one rhythm makes no sense
TEACHER_KNOWS_WITHIN_DAYS = 10  # days; a week, plus the days until somebody is at school again
VILLAGE_VISIT_WITHIN_DAYS = 7  # days; by then the proposed visit is due
NOT_YET_AGAIN_AFTER_DAYS = 1  # days; after "not yet" we ask again the next evening
NOT_YET_QUESTIONS_AT_MOST = 2  # questions after a "not yet"; then the teacher helps
CHECK_IN_LINK_DAYS = 10  # days; the weekly rhythm plus three days for a late answer
CHECK_IN_LATE_AFTER_HOURS = (
    26  # hours; a day plus some slack for quiet hours, after which it is too late
)


@lru_cache(maxsize=1024)  # many families have the same hours
def ask_at(hours: Hours, at: datetime, *, is_first: bool) -> datetime:
    """Return when to put a question that is due now.

    An adult's first question goes as soon as their hours allow, so that a school sees the bridge work on its
    first day. Later questions wait for the evening.
    """
    return next_allowed(hours, at) if is_first else next_evening(hours, at)


class Candidate(NamedTuple):
    """A parent away whom we may ask about a child."""

    adult_id: int
    priority: int
    works: bool | None  # whether their best contact point works; None: they have none
    school_id: int = 0
    was_asked_before: bool = False
    hours: Hours = Hours()


def order_of_asking(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates we can reach, in the family's order, with failing contact points last."""
    usable = [one for one in candidates if one.works is not None]
    if len(usable) > 1:
        usable.sort(key=lambda one: (not one.works, one.priority, one.adult_id))
    return usable


class Due(StrEnum):
    NOT_YET = "not_yet"
    TALKED_ALREADY = "talked_already"
    ASK = "ask"


def is_due(next_due_on: date, every_days: int, last_contact_on: date | None, today: date) -> Due:
    """Return whether we ask about a plan's child `today` (the local date of the adult we ask)."""
    if next_due_on > today:
        return Due.NOT_YET
    if last_contact_on is not None and (today - last_contact_on).days < every_days:
        return Due.TALKED_ALREADY
    return Due.ASK


def next_due_on(every_days: int, from_on: date) -> date:
    """Return the day of the next question after a question or a talk on `from_on`."""
    return from_on + timedelta(days=every_days)


class Rung(StrEnum):
    """The steps of the ladder, in order."""

    ASK = "ask"
    ASK_AGAIN = "ask_again"
    OTHER_WAY = "other_way"
    OTHER_ADULT = "other_adult"
    TELL_TEACHER = "tell_teacher"
    VILLAGE = "village"


@dataclass(frozen=True)
class Ladder:
    """One school's ladder: the days to wait before each step. None: the school does not use that step.

    The teacher's task cannot be left out: every ladder ends with a person.
    """

    ask_again: int | None = ASK_AGAIN_AFTER_DAYS
    other_way: int | None = OTHER_WAY_AFTER_DAYS
    other_adult: int | None = OTHER_ADULT_AFTER_DAYS
    tell_teacher: int = TELL_TEACHER_AFTER_DAYS
    village: int | None = VILLAGE_AFTER_DAYS

    def wait(self, rung: str) -> int | None:
        return getattr(self, rung)

    def after(self, rung: str) -> list[Rung]:
        """Return the steps that may follow `rung` automatically, up to the teacher's task."""
        following = TO_THE_TEACHER[TO_THE_TEACHER.index(Rung(rung)) + 1 :]
        return [one for one in following if self.wait(one) is not None]

    def first_wait(self, rung: str) -> int:
        """Return the days between taking `rung` and the next step."""
        return self.wait(self.after(rung)[0]) or 0

    @property
    def days_to_teacher(self) -> int:
        return sum(self.wait(one) or 0 for one in self.after(Rung.ASK))


TO_THE_TEACHER = [Rung.ASK, Rung.ASK_AGAIN, Rung.OTHER_WAY, Rung.OTHER_ADULT, Rung.TELL_TEACHER]


@dataclass(frozen=True)
class Climb:
    """A decision about a check-in whose next step is due: take `rung` or, if None, wait some more days.

    `passed_over` lists steps that the school uses but that were not possible in this case.
    """

    rung: Rung | None
    passed_over: tuple[Rung, ...] = ()
    wait_days: int = 0


def climb(ladder: Ladder, last: str, possible: Collection[str]) -> Climb:
    """Return the step that follows `last`, now that the wait is over.

    A step that is not possible is skipped. The time waited for it counts; if the step after it has a longer
    wait, the remaining days are waited first.
    """
    waited: int | None = None
    passed: list[Rung] = []
    for rung in ladder.after(last):
        wait = ladder.wait(rung) or 0
        if waited is not None and wait > waited:
            return Climb(None, tuple(passed), wait - waited)
        waited = wait if waited is None else waited
        if rung == Rung.TELL_TEACHER or rung in possible:
            return Climb(rung, tuple(passed))
        passed.append(rung)
    return Climb(Rung.TELL_TEACHER, tuple(passed))


def steps_ahead(
    ladder: Ladder,
    hours: Hours,
    first: Climb,
    last: str,
    possible: Collection[str],
    between: tuple[datetime, datetime],
) -> Iterator[tuple[Rung, datetime]]:
    """Yield each step, with its time, that follows automatically until the end of `between` if nobody
    answers.

    `first` is what happens to the check-in at the start of `between`.
    """
    (at, until), climb_ = between, first
    while at <= until:
        if climb_.rung is None:
            last, at = climb_.passed_over[-1], evening_after(hours, at, climb_.wait_days)
        else:
            last = climb_.rung
            if last == Rung.TELL_TEACHER:
                yield Rung.TELL_TEACHER, at
                return
            at = next_evening(hours, at)
            yield climb_.rung, at
            at = evening_after(hours, at, ladder.first_wait(last))
        climb_ = climb(ladder, last, possible)


def as_sent(state: str, silence: Silence) -> str:
    """Return an open check-in's state, taking its messages into account.

    Until a message has got through, we are not waiting for anybody and have not asked anybody again.
    """
    if state not in ("waiting", "asked_again") or silence == Silence.NOT_ANSWERED:
        return state
    never = (Silence.NOTHING_ARRIVED, Silence.WANTS_NONE)
    return "nobody_reached" if silence in never else "planned"


def after_a_not_yet(not_yet_count: int) -> Rung:
    """Return the step after a "not yet": ask again or, after too many of them, let the teacher help."""
    return Rung.TELL_TEACHER if not_yet_count > NOT_YET_QUESTIONS_AT_MOST else Rung.ASK_AGAIN


@dataclass(frozen=True)
class OtherAdult:
    """Another adult of a child's family whom we may ask, with the kind of tie."""

    adult_id: int
    is_parent_away: bool
    priority: int
    works: bool = True  # a contact point of theirs works


def other_adult(candidates: Iterable[OtherAdult], asked: Collection[int]) -> OtherAdult | None:
    """Return another parent away if there is one, otherwise the carer at home, each in the family's own
    order.
    """
    free = [one for one in candidates if one.adult_id not in asked]
    return min(
        free, key=lambda one: (not one.is_parent_away, one.priority, one.adult_id), default=None
    )


@dataclass(frozen=True)
class VillageFacts:
    """The facts about a child whose teacher has not done the task."""

    opened_on: date
    today: date
    has_worker: bool
    is_put_off: bool = False
    has_open_visit: bool = False
    family_allows: bool = True
    # An adult of the family is blocked, or a member of staff is barred from the file: a person must decide.
    is_guarded: bool = False


def wants_village_visit(ladder: Ladder, facts: VillageFacts) -> bool:
    if ladder.village is None or (facts.today - facts.opened_on).days < ladder.village:
        return False
    stopped = facts.is_put_off or facts.has_open_visit or facts.is_guarded
    return facts.has_worker and facts.family_allows and not stopped


def after_not_yet(hours: Hours, at: datetime, not_yet_count: int) -> datetime:
    """Return when the ladder continues after the `not_yet_count`-th "not yet"; at once if that
    was the last.
    """
    if not_yet_count > NOT_YET_QUESTIONS_AT_MOST:
        return at
    return evening_after(hours, at, NOT_YET_AGAIN_AFTER_DAYS)


def settled_state(answers: Iterable[str]) -> str:
    """Return the state of a check-in whose lines hold `answers`.

    One child's answer stops the ladder for all.
    """
    given = {answer for answer in answers if answer}
    if not given:
        return "waiting"
    return "not_yet" if "not_yet" in given else "answered"

"""Rules for whether we ask a family today, and what is planned for the next days.

They take facts and `at`, and return decisions. The generator and the preview both call `decide`, so that what
a page announces is what is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from guardians.hours import Hours, first_instant, local_day
from messaging import rules

PREVIEW_DAYS = 7  # days ahead; one rhythm
# A holiday postpones a question, but a whole week of holidays must not become a week without a question.
HOLIDAY_WAIT_AT_MOST_DAYS = 3
# A question about an occasion is asked even if they talked some days ago: it is about that day.
OCCASION_TALK_COUNTS_DAYS = 2
# days; what was missed for longer (because beat did not run) is not made up for
OCCASION_LATE_DAYS = 2
OCCASION_DAYS_AT_MOST = 30  # days before or after the date
# If everybody who could be asked has a pause, the question waits as long as for a holiday. Then the teacher
# is notified, so that an adult's pause never becomes a week in which nobody looks.
PAUSE_WAIT_AT_MOST_DAYS = 3
OWN_PAUSE_DAYS = (
    7,
    14,
    28,
)  # days that an adult may choose between; longer ones the school writes down
OWN_RHYTHMS = (7, 14, 28)  # days; "at most every …" of one adult


class OccasionKind(StrEnum):
    TERM_START = "term_start"
    EXAM = "exam"
    BIRTHDAY = "birthday"
    PARENT_LEFT = "parent_left"
    PARENT_BACK = "parent_back"
    MARKED = "marked"


# Days from the date to the question; negative = before. Our own choice, by design review: before a day on
# which a call matters, and after a day that a child has to get over.
OCCASION_DAYS: Mapping[str, int | None] = {
    OccasionKind.TERM_START: 3,
    OccasionKind.EXAM: -3,
    OccasionKind.BIRTHDAY: -1,
    OccasionKind.PARENT_LEFT: 2,
    OccasionKind.PARENT_BACK: -3,
    OccasionKind.MARKED: -1,
}


@dataclass(frozen=True)
class Occasion:
    """A date in one child's life that a question is about. `ask_on` is the day of that question."""

    kind: str
    on: date
    ask_on: date
    label: str = ""


class Outcome(StrEnum):
    ASK = "ask"
    NOT_YET = "not_yet"
    TALKED = "talked"
    PAUSED = "paused"
    OPEN_QUESTION = "open_question"
    NOBODY = "nobody"
    NOBODY_NOW = "nobody_now"
    PAUSE = "pause"
    HOLIDAY = "holiday"
    ASKED_TODAY = "asked_today"


@dataclass(frozen=True)
class OwnRhythm:
    """One adult's own choice of how often, and until when not, to ask them.

    At most one question every `every_days` days (None: as often as the children's plans say), and none up to
    and including `paused_until`. `by_family`: they asked for the pause themselves. `asked_on`: the day of
    their last question.
    """

    every_days: int | None = None
    paused_until: date | None = None
    by_family: bool = False
    asked_on: date | None = None

    def is_paused(self, today: date) -> bool:
        return self.paused_until is not None and self.paused_until >= today

    def free_on(self, today: date) -> date:
        """Return the first day from `today` on which we may ask again. A sibling joins today's question."""
        free = today
        if self.paused_until is not None:
            free = max(free, self.paused_until + timedelta(days=1))
        if self.every_days and self.asked_on and self.asked_on < today:
            free = max(free, self.asked_on + timedelta(days=self.every_days))
        return free


@dataclass(slots=True)
class Askable:
    """A parent away who may be asked. `full_on`: local days whose question can take no further child."""

    adult_id: int = 0
    school_id: int = 0
    hours: Hours = field(default_factory=Hours)
    is_first: bool = False
    full_on: frozenset[date] = frozenset()
    own: OwnRhythm = field(default_factory=OwnRhythm)

    def today(self, at: datetime) -> date:
        return local_day(self.hours, at)

    def free_on(self, at: datetime) -> date:
        return self.own.free_on(self.today(at))


# Creating a frozen one would take three times as long, and for a county we create 60,000 each evening.
@dataclass(slots=True)
class PlanFacts:
    """Facts about one child's plan. `adults`: those who may be asked, best first; () = nobody."""

    next_due_on: date
    every_days: int = 7
    talked_on: date | None = None
    occasion: str = ""
    paused_until: date | None = None  # the last day without a question
    is_climbing: bool = False
    adults: tuple[Askable, ...] = ()
    holidays: frozenset[date] = frozenset()

    @property
    def hours(self) -> Hours:
        """Return the hours of the first adult: the plan's days are theirs, even if we ask nobody."""
        return self.adults[0].hours if self.adults else Hours()


@dataclass(slots=True)
class Decision:
    """A decision about a plan.

    `due_at`: when the message to `adult` may be sent. `next_due_on`: the plan's next day if no message is
    sent.
    """

    outcome: Outcome
    due_at: datetime | None = None
    next_due_on: date | None = None
    occasion: Occasion | None = None
    adult: Askable | None = None


def decide(facts: PlanFacts, at: datetime) -> Decision:
    """Return what the generator does with a plan at `at`."""
    adult = next((one for one in facts.adults if one.free_on(at) == one.today(at)), None)
    today = local_day(adult.hours if adult else facts.hours, at)
    reason = _reason_to_wait(facts, today)
    if reason is not None:
        return reason
    if not facts.adults:
        return Decision(Outcome.NOBODY)
    if adult is None:
        # Everybody has a pause or was asked recently: we wait some days, then notify the teacher.
        free_on = min(one.free_on(at) for one in facts.adults)
        if (free_on - facts.next_due_on).days <= PAUSE_WAIT_AT_MOST_DAYS:
            return Decision(Outcome.PAUSE)
        following = rules.next_due_on(facts.every_days, max(facts.next_due_on, today))
        return Decision(Outcome.NOBODY_NOW, next_due_on=min(following, free_on))
    # An adult's first question, and one about an occasion, do not wait for the end of a holiday.
    is_routine = not adult.is_first and not facts.occasion
    waited = (today - facts.next_due_on).days
    if is_routine and today in facts.holidays and waited < HOLIDAY_WAIT_AT_MOST_DAYS:
        return Decision(Outcome.HOLIDAY)
    if today in adult.full_on:
        return Decision(Outcome.ASKED_TODAY)
    due_at = rules.ask_at(adult.hours, at, is_first=adult.is_first)
    return Decision(Outcome.ASK, due_at, adult=adult)


def _reason_to_wait(facts: PlanFacts, today: date) -> Decision | None:
    if facts.is_climbing:
        return Decision(Outcome.OPEN_QUESTION)
    if facts.paused_until is not None and facts.paused_until >= today:
        return Decision(Outcome.PAUSED)
    counts_for = OCCASION_TALK_COUNTS_DAYS if facts.occasion else facts.every_days
    due = rules.is_due(facts.next_due_on, counts_for, facts.talked_on, today)
    if due == rules.Due.NOT_YET:
        return Decision(Outcome.NOT_YET)
    if due == rules.Due.TALKED_ALREADY and facts.talked_on is not None:
        following = rules.next_due_on(facts.every_days, facts.talked_on)
        return Decision(Outcome.TALKED, next_due_on=following)
    return None


def takes_occasion(facts: PlanFacts, ask_on: date) -> bool:
    """Return whether an occasion brings a plan's next question forward to `ask_on`."""
    is_paused = facts.paused_until is not None and facts.paused_until >= ask_on
    return facts.next_due_on > ask_on and not facts.is_climbing and not is_paused


def next_question(
    facts: PlanFacts, occasions: Sequence[Occasion], at: datetime, days: int = PREVIEW_DAYS
) -> Decision:
    """Return the first question in the next `days` local days if nothing else happens.

    If there is none, return the last reason against one.
    """
    latest = Decision(Outcome.NOT_YET)
    taken: Occasion | None = None
    ahead = list(occasions)
    # The moments at which the generator first sees each local day of each adult: now, then every midnight.
    midnights = {
        first_instant(local_day(hours, at) + timedelta(days=number), time(0), hours)
        for hours in {one.hours for one in facts.adults} or {Hours()}
        for number in range(1, days)
    }
    for moment in [at, *sorted(midnights)]:
        today = local_day(facts.hours, moment)
        for occasion in [one for one in ahead if one.ask_on == today]:
            ahead.remove(occasion)
            if takes_occasion(facts, today):
                facts, taken = replace(facts, next_due_on=today, occasion=occasion.kind), occasion
        found = decide(facts, moment)
        if found.next_due_on:
            facts, taken = replace(facts, next_due_on=found.next_due_on, occasion=""), None
        if found.outcome == Outcome.ASK:
            return replace(found, occasion=taken)
        if found.outcome != Outcome.NOT_YET:
            latest = found
    return latest


@dataclass(frozen=True)
class AdultFacts:
    """Everything about one adult that can speak against asking them."""

    is_blocked: bool = False
    shares_phone_with_blocked: bool = False
    has_opted_out: bool = False
    has_legal_basis: bool = True
    is_in_touch: bool = True
    has_way: bool = False
    is_paused: bool = False


def reason_not_asked(facts: AdultFacts) -> str:
    """Return the short code (texts.CAUSES) of the reason not to write to this adult; "" if there is none."""
    against = (
        (facts.is_blocked, "blocked"),
        (facts.has_opted_out, "opted_out"),
        (not facts.has_legal_basis, "no_legal_basis"),
        (not facts.is_in_touch, "not_asked_about"),
        (facts.shares_phone_with_blocked, "shared_with_blocked"),
        (not facts.has_way, "no_way"),
        (facts.is_paused, "own_pause"),
    )
    return next((cause for holds, cause in against if holds), "")

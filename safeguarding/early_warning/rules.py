"""When signals come together: facts of one child and a day in, "please look" or nothing out.

Pure. Two signals of different domains are needed, of which neither causes the other; what fires alone is a
concern already (safeguarding.actions.run_intake). Whether parents are away is no signal, and not even a fact
here: only that a talk which was to be expected has not come about. Nothing here sets a level, opens, lowers
or closes a concern. Source of domains and of the two: domain facts, "Early warning".
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

# Days looked back at attendance and notes: four weeks of school, as classroom.rules.
WEEKS_BACK_DAYS = 28
# Days missed of a hundred school days. Source: domain facts (chronic absence, 10 %).
MISSED_PERCENT = 10
REGISTERS_AT_LEAST = 5  # days with a register; fewer say nothing
ABSENT_AT_LEAST = 2  # days; one day in a short record is no share of anything (our own choice)
# Times of missing homework in HOMEWORK_DAYS, on days on which the child was there: whoever is ill hands in
# nothing, and that would be one cause counted twice. Source: as classroom.rules.
HOMEWORK_DAYS = 14
HOMEWORK_MISSES = 3
NOTES_AT_LEAST = 2  # notes with something to keep an eye on, on different days (our own choice)
# Days without a talk. Seven remind the parent (messaging); twice that, unanswered, is a signal.
GAP_DAYS = 14
UNREACHABLE_DAYS = 7  # days for which no way leads to anybody of the family
SCORE_DAYS = 180  # days for which a change of score speaks: a term and its holidays
# Share of what a figure rests on, in days, after which it is called old.
OLD_DAYS = 14
DOMAINS_NEEDED = 2
# Least and most that a school may choose. A gap is longer than the week after which the parent is reminded.
RANGES = {
    "missed_percent": (5, 50),
    "homework_misses": (2, 14),
    "notes": (1, 10),
    "gap_days": (8, 60),
    "unreachable_days": (3, 60),
}
# Days for which a hint that a person settled stays silent, unless another domain joins it.
REST_DAYS = 28
NOT_HELPFUL_REST_DAYS = 56


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a fact is a signal, as one school has chosen inside RANGES."""

    missed_percent: int = MISSED_PERCENT
    homework_misses: int = HOMEWORK_MISSES
    notes: int = NOTES_AT_LEAST
    gap_days: int = GAP_DAYS
    unreachable_days: int = UNREACHABLE_DAYS


USUAL = Limits()


class Domain(StrEnum):
    ATTENDANCE = "attendance"
    HOMEWORK = "homework"
    NOTES = "notes"
    SCORE = "score"
    # Talks with the parents and the ways to them: a broken phone is one cause of both.
    HOME = "home"


class State(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record of one child. None and 0 days known mean: nobody knows, which is not "fine"."""

    registers: int = 0
    absent: int = 0
    registered_on: date | None = None
    homework_missed: int = 0
    homework_on: date | None = None  # last day on which somebody looked at the class's homework
    notes: int = 0
    noted_on: date | None = None  # last note of any kind about the child
    score_is_worse: bool = False
    scored_on: date | None = None  # of the later of two comparable rounds
    # Of the last of the weekly answers, where these stay low: the same domain as a score, for both are
    # what the child says of itself.
    low_on: date | None = None
    # A talk is expected: since when nobody has talked. None: none is expected, or nobody was asked yet.
    silent_since: date | None = None
    talked_on: date | None = None
    unreachable_since: date | None = None
    is_without_care: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """The sentence (presenters) shows `value` of `of`; `known_on` says how fresh the data are."""

    domain: Domain
    state: State
    value: int = 0
    of: int = 0
    known_on: date | None = None

    def stored(self, on: date) -> dict[str, Any]:
        """As kept in a flag."""
        return {
            "domain": self.domain.value,
            "state": self.state.value,
            "value": self.value,
            "of": self.of,
            "age_days": (on - self.known_on).days if self.known_on else None,
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    signals: tuple[Signal, ...]
    is_raised: bool
    fires_alone: bool = False

    @property
    def domains(self) -> list[str]:
        return [one.domain.value for one in self.signals if one.state is State.YES]

    @property
    def missing_share(self) -> float:
        unknown = sum(one.state is State.UNKNOWN for one in self.signals)
        return unknown / len(self.signals)


def judge(facts: Facts, on: date, limits: Limits = USUAL) -> Judgement:
    signals = (
        _attendance(facts, limits),
        _homework(facts, limits),
        _notes(facts, limits),
        _score(facts, on),
        _home(facts, on, limits),
    )
    together = sum(one.state is State.YES for one in signals) >= DOMAINS_NEEDED
    alone = facts.is_without_care
    return Judgement(signals, is_raised=together or alone, fires_alone=alone)


def may_be_raised(facts: Facts, limits: Limits = USUAL) -> bool:
    """Whether `judge` can raise anything: a quick look that spares most children the whole one."""
    return facts.is_without_care or (
        (facts.absent >= ABSENT_AT_LEAST)
        + (facts.homework_missed >= limits.homework_misses)
        + (facts.notes >= limits.notes)
        + (facts.score_is_worse or facts.low_on is not None)
        + (facts.silent_since is not None or facts.unreachable_since is not None)
        >= DOMAINS_NEEDED
    )


def _attendance(facts: Facts, limits: Limits) -> Signal:
    if facts.registers < REGISTERS_AT_LEAST:
        return Signal(Domain.ATTENDANCE, State.UNKNOWN, known_on=facts.registered_on)
    is_often = 100 * facts.absent >= limits.missed_percent * facts.registers
    is_much = facts.absent >= ABSENT_AT_LEAST and is_often
    return Signal(
        Domain.ATTENDANCE, _state(is_much), facts.absent, facts.registers, facts.registered_on
    )


def _homework(facts: Facts, limits: Limits) -> Signal:
    if facts.homework_on is None:
        return Signal(Domain.HOMEWORK, State.UNKNOWN)
    is_much = facts.homework_missed >= limits.homework_misses
    return Signal(
        Domain.HOMEWORK, _state(is_much), facts.homework_missed, known_on=facts.homework_on
    )


def _notes(facts: Facts, limits: Limits) -> Signal:
    if facts.noted_on is None:
        return Signal(Domain.NOTES, State.UNKNOWN)
    return Signal(
        Domain.NOTES, _state(facts.notes >= limits.notes), facts.notes, known_on=facts.noted_on
    )


def _score(facts: Facts, on: date) -> Signal:
    """`value`: whether the weekly answers speak, where no score does."""
    is_known = facts.scored_on is not None and (on - facts.scored_on).days <= SCORE_DAYS
    if facts.low_on is not None and not (is_known and facts.score_is_worse):
        return Signal(Domain.SCORE, State.YES, value=1, known_on=facts.low_on)
    state = _state(facts.score_is_worse) if is_known else State.UNKNOWN
    return Signal(Domain.SCORE, state, known_on=facts.scored_on)


def _home(facts: Facts, on: date, limits: Limits) -> Signal:
    """Count as one domain, however many of its facts are bad; name the longest."""
    silent = (on - facts.silent_since).days if facts.silent_since else 0
    cut_off = (on - facts.unreachable_since).days if facts.unreachable_since else 0
    spoke = (on - facts.talked_on).days if facts.talked_on else silent
    if silent > limits.gap_days:
        return Signal(Domain.HOME, State.YES, spoke, known_on=facts.talked_on)
    if cut_off >= limits.unreachable_days:
        return Signal(Domain.HOME, State.YES, cut_off, of=1, known_on=facts.unreachable_since)
    state = State.NO if facts.talked_on else State.UNKNOWN
    return Signal(Domain.HOME, state, spoke, known_on=facts.talked_on)


def _state(is_signal: bool) -> State:
    return State.YES if is_signal else State.NO


@dataclass(frozen=True, slots=True)
class Last:
    """How a person settled the hint before, and when."""

    domains: Collection[str]
    settled_on: date
    did_not_help: bool = False


def is_raised_again(domains: Sequence[str], last: Last | None, on: date) -> bool:
    """A settled hint stays closed, so that nobody answers the same twice; another domain opens a new one."""
    if last is None or not set(domains) <= set(last.domains):
        return True
    rest = NOT_HELPFUL_REST_DAYS if last.did_not_help else REST_DAYS
    return (on - last.settled_on).days >= rest

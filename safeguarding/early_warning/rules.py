"""When signals come together: the facts of one child and a day in, "please look" or nothing out.

Pure functions. A hint needs two signals of different domains, neither of which causes the other; a fact that
suffices alone already opens a concern (safeguarding.actions.run_intake). Whether parents are away is no
signal and not even among the facts: only an expected talk that did not happen counts. Nothing here sets a
level, or opens, lowers or closes a concern. Source of the domains and of the number two: domain facts, "Early
warning".
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

# Days of attendance and notes that we look back on: four weeks of school, as in classroom.rules.
WEEKS_BACK_DAYS = 28
# Days missed in a hundred school days. Source: domain facts (chronic absence, 10 %).
MISSED_PERCENT = 10
REGISTERS_AT_LEAST = 5  # days with a register; fewer say nothing
ABSENT_AT_LEAST = 2  # days; in a short record the share of one day means nothing (our own choice)
# How often homework is missing in HOMEWORK_DAYS, on days when the child was at school: a child who is ill
# hands in nothing, and counting that would count one cause twice. Source: as classroom.rules.
HOMEWORK_DAYS = 14
HOMEWORK_MISSES = 3
NOTES_AT_LEAST = 2  # notes with something to keep an eye on, on different days (our own choice)
# Days without a talk. After seven we remind the parent (messaging); twice that without a talk is a signal.
GAP_DAYS = 14
UNREACHABLE_DAYS = 7  # days during which no contact point reaches anybody in the family
SCORE_DAYS = 180  # days for which a change of score counts: a term and its holidays
# Age in days after which the data behind a figure are called old.
OLD_DAYS = 14
DOMAINS_NEEDED = 2
# Least and most that a school may choose. A gap is longer than the week after which we remind the parent.
RANGES = {
    "missed_percent": (5, 50),
    "homework_misses": (2, 14),
    "notes": (1, 10),
    "gap_days": (8, 60),
    "unreachable_days": (3, 60),
}
# Days for which a settled hint stays silent, unless another domain joins it.
REST_DAYS = 28
NOT_HELPFUL_REST_DAYS = 56


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits from which on a fact is a signal, as one school has chosen within RANGES.

    `gap_days` alone must be exceeded.
    """

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
    # Talks with the parents and the contact points that reach them: a broken phone causes both.
    HOME = "home"


class State(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record about one child.

    None, or 0 days known, means that nobody knows, which is not "fine".
    """

    registers: int = 0
    absent: int = 0
    registered_on: date | None = None
    homework_missed: int = 0
    homework_on: date | None = None  # last day on which somebody checked the class's homework
    notes: int = 0
    noted_on: date | None = None  # last note of any kind about the child
    score_is_worse: bool = False
    scored_on: date | None = None  # day of the later of two comparable rounds
    # Day of the last weekly answer, if these stay low. Like a score, it is what the child says of itself.
    low_on: date | None = None
    # Since when nobody has talked although a talk is expected. None: not expected, or nobody was asked.
    silent_since: date | None = None
    talked_on: date | None = None
    unreachable_since: date | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """The state of one domain. Its sentence (presenters) shows `value` of `of`; `known_on` dates the data."""

    domain: Domain
    state: State
    value: int = 0
    of: int = 0
    known_on: date | None = None

    def stored(self, on: date) -> dict[str, Any]:
        """Return it as stored in a flag."""
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
    together = sum(one.state is State.YES for one in signals)
    return Judgement(signals, is_raised=together >= DOMAINS_NEEDED)


def may_be_raised(facts: Facts, limits: Limits = USUAL) -> bool:
    """Return whether `judge` can raise anything: a quick check that saves the full one for most children."""
    may_speak = (
        facts.absent >= ABSENT_AT_LEAST,
        facts.homework_missed >= limits.homework_misses,
        facts.notes >= limits.notes,
        facts.score_is_worse or facts.low_on is not None,
        facts.silent_since is not None or facts.unreachable_since is not None,
    )
    return sum(may_speak) >= DOMAINS_NEEDED


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
    """Judge the score. `value` is 1 if the weekly answers are the signal and no score is."""
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
    """How a person settled the previous hint, and when."""

    domains: Collection[str]
    settled_on: date
    did_not_help: bool = False


def is_raised_again(domains: Sequence[str], last: Last | None, on: date) -> bool:
    """Return whether to raise a hint after `last`.

    A settled hint stays closed so that nobody answers the same thing twice; another domain opens a new one.
    """
    if last is None or not set(domains) <= set(last.domains):
        return True
    rest = NOT_HELPFUL_REST_DAYS if last.did_not_help else REST_DAYS
    return (on - last.settled_on).days >= rest

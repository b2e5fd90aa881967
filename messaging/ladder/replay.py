"""Replays a school's recent months under another ladder or rhythm, by the rules that the generator uses.

Taken from the past: who was asked when, whom else we could have asked, on which days child and parent talked,
and how soon after which question the first answer came. Assumed: somebody who answered a question would
answer the same question as quickly again. If that question is no longer asked, nobody answers.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from statistics import median

from delivery.rules import ROUTINE_A_DAY
from guardians.hours import Hours, evening_after, local_day
from messaging import rules
from messaging.rules import Due, Ladder, Rung

WITHIN_DAYS = 7  # days; our promise: no week without a contact
STORY_DAYS = 40  # days; longer than any ladder
OWN_DAYS = 7  # days; how long after their last question an adult still counts as the one we ask

CAP_LASTS = timedelta(days=1)
NOT_TO_THE_ADULT = (Rung.OTHER_ADULT, Rung.TELL_TEACHER)


@dataclass(frozen=True)
class Past:
    """One past question.

    `heard_after` is the time from the step `heard_by` to the first answer or talk; both are None if none came
    before the next question. `is_extra`: it was about a date, outside the rhythm.
    """

    hours: Hours
    asked_at: datetime
    possible: frozenset[Rung]
    heard_by: Rung | None = None
    heard_after: timedelta | None = None
    is_extra: bool = False


@dataclass
class Family:
    """The questions to one adult in order, with the days of talks, and when notices went to them.

    `own_every_days` is set if the child has a rhythm of its own.
    """

    questions: list[Past] = field(default_factory=list)
    talks: list[date] = field(default_factory=list)
    notices: list[datetime] = field(default_factory=list)
    own_every_days: int | None = None


@dataclass(frozen=True)
class Story:
    """The outcome of one question, with the times of its messages to the adult it was for.

    `heard_after` counts from the first message, `heard_by` is the step that it followed. None: never.
    """

    last_at: datetime
    sent_at: tuple[datetime, ...]
    messages: int
    told_teacher: bool
    heard_after: timedelta | None
    heard_by: Rung | None


@dataclass(frozen=True)
class Result:
    """Figures of a replay.

    `held`: messages that would have waited because of the limit for a day. `heard_by`: by step, the questions
    with an answer or talk that followed it. `heard_within`: the share of questions with an answer or talk
    within WITHIN_DAYS. `half_after`: the days after which half of them had one; None if more than half never
    did. Both are None if there are no questions.
    """

    questions: int
    messages: int
    held: int
    tasks: int
    heard_by: Mapping[Rung, int]
    heard_within: float | None
    half_after: float | None


def replay(families: Iterable[Family], ladder: Ladder, every_days: int, until: date) -> Result:
    told = [(family, list(stories_of(family, ladder, every_days, until))) for family in families]
    stories = [one for _family, found in told for one in found]
    days = [
        one.heard_after / timedelta(days=1) if one.heard_after is not None else float("inf")
        for one in stories
    ]
    half = median(days) if days else float("inf")
    return Result(
        questions=len(stories),
        messages=sum(one.messages for one in stories),
        held=sum(held_back(family.notices, found) for family, found in told),
        tasks=sum(one.told_teacher for one in stories),
        heard_by=Counter(one.heard_by for one in stories if one.heard_by),
        heard_within=sum(day <= WITHIN_DAYS for day in days) / len(days) if days else None,
        half_after=half if half != float("inf") else None,
    )


def held_back(notices: Iterable[datetime], stories: Iterable[Story]) -> int:
    """Return how many messages to one adult wait until the limit for a day lets them through.

    It is the dispatcher's (delivery.rules). Notices went when they did; what waits counts from when it goes.
    """
    sent, held = sorted(notices), 0
    for at in sorted(at for one in stories for at in one.sent_at):
        lately = [one for one in sent if at - CAP_LASTS < one <= at]
        if len(lately) >= ROUTINE_A_DAY:
            held += 1
            at = min(lately) + CAP_LASTS
        sent.append(at)
    return held


def story(past: Past, ladder: Ladder) -> Story:
    at = evening_after(past.hours, past.asked_at, ladder.first_wait(Rung.ASK))
    first = rules.climb(ladder, Rung.ASK, past.possible)
    between = (at, past.asked_at + timedelta(days=STORY_DAYS))
    steps = [
        (Rung.ASK, past.asked_at),
        *rules.steps_ahead(ladder, past.hours, first, Rung.ASK, past.possible, between),
    ]
    heard_at = next(
        (at + (past.heard_after or timedelta()) for rung, at in steps if rung == past.heard_by),
        None,
    )
    taken = [(rung, at) for rung, at in steps if heard_at is None or at <= heard_at]
    told_teacher = taken[-1][0] == Rung.TELL_TEACHER
    return Story(
        last_at=taken[-1][1],
        sent_at=tuple(at for rung, at in taken if rung not in NOT_TO_THE_ADULT),
        messages=len(taken) - told_teacher,
        told_teacher=told_teacher,
        heard_after=heard_at - past.asked_at if heard_at else None,
        heard_by=past.heard_by if heard_at else None,
    )


def stories_of(family: Family, ladder: Ladder, every_days: int, until: date) -> Iterator[Story]:
    """Yield a story for each question that this rhythm would ask.

    The questions run from the day of the first past one until OWN_DAYS after the last one (by then somebody
    else was asked, or the child had left), at most until `until`. Each meets what the past question nearest
    to it met. Questions outside the rhythm stay as they were. Nobody is asked again while the previous
    question's ladder is still climbing.
    """
    yield from (story(past, ladder) for past in family.questions if past.is_extra)
    usual = [(local_day(past.hours, past.asked_at), past) for past in family.questions]
    usual = [(day, past) for day, past in usual if not past.is_extra]
    days = family.own_every_days or every_days
    day = usual[0][0] if usual else until + timedelta(days=1)
    last = min(until, usual[-1][0] + timedelta(days=OWN_DAYS - 1)) if usual else until
    while day <= last:
        talked_on = max((talk for talk in family.talks if talk < day), default=None)
        if rules.is_due(day, days, talked_on, day) == Due.TALKED_ALREADY and talked_on:
            day = rules.next_due_on(days, talked_on)
            continue
        near, past = min(usual, key=lambda one: abs((one[0] - day).days))
        told = story(replace(past, asked_at=past.asked_at + (day - near)), ladder)
        yield told
        day = max(rules.next_due_on(days, day), local_day(past.hours, told.last_at))

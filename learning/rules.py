"""Whom a lesson fits, when the plan is due, which counts are shown. Facts in, decisions out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

# Our own figures.
LATE_DAYS = 7  # days a message may be late after its evening: next week is early enough
LINK_STANDS_DAYS = 60  # days for which the link in a message works; signed in, the lesson stays
PLAN_EVERY_DAYS = 14  # days between two lessons of the plan
# Below this number of adults no counts are shown: with one or two, everybody would know whose answer it is.
FEWEST_COUNTED = 3


@dataclass(frozen=True)
class Fit:
    """For whom a lesson is. `ages` of the child, both ends included; `months` empty: any."""

    audience: frozenset[str]
    ages: tuple[int, int] | None
    months: frozenset[int]
    counts_on_parents: bool


def fits(
    lesson: Fit, sides: Collection[str], ages: Collection[int | None], *, lacks_parent: bool
) -> bool:
    """Return whether a lesson fits an adult.

    `sides`: away, home, both (for several children) or none (not known); `ages` of their children, None if no
    date of birth is on record; `lacks_parent`: a parent of one of them has died or cannot be reached.
    """
    if lesson.counts_on_parents and lacks_parent:
        return False
    if len(lesson.audience) < 2 and not lesson.audience & set(sides):
        return False
    if lesson.ages is None:
        return True
    youngest, eldest = lesson.ages
    return any(age is None or youngest <= age <= eldest for age in ages)


def is_in_season(lesson: Fit, on: date) -> bool:
    return not lesson.months or on.month in lesson.months


def is_plan_due(weekday: int, done_on: date | None, on: date) -> bool:
    """Return whether to send today. A missed day is made up for a week later, not on another weekday."""
    if on.weekday() != weekday:
        return False
    return done_on is None or (on - done_on).days >= PLAN_EVERY_DAYS


def link_opens(sent_at: datetime, at: datetime) -> bool:
    return at < sent_at + timedelta(days=LINK_STANDS_DAYS)

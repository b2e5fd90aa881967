"""Rules about attention, good news and signals. They take facts and `at`, and return decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

ATTENTION_DAYS = (
    14  # days without a note until a child is listed under "nobody has looked" (product.md A4)
)
GOOD_NEWS_DAYS = 14  # days; every family gets good news once a fortnight (product.md A4)
NEWS_READ_DAYS = 60  # days; older good news stays on the staff's page about the child
GOOD_NEWS_SHOWN = 5  # rows of Today for one class: 45 children in ten school days
CORRECT_HOURS = (
    24  # hours in which the author may correct a note (our own choice, by design review)
)
BACK_DAYS = 365  # days; anything older than a school year is a memory, not an observation
LATE_DAYS = 30  # days after a child has left during which a phone may still deliver a stored note
CLOCK_SLACK_MINUTES = 10  # minutes by which a phone's clock may be fast
TELL_AFTER_MINUTES = 10  # minutes to undo a mistaken tap before the family is told
TELL_LATE_HOURS = 72  # hours; later it is no longer news, and the family's page shows it anyway
LETTER_LATE_DAYS = 7  # days; a letter from the school is worth announcing for a week
REMIND_BEFORE_DAYS = 2  # days before the due day: one reminder, none after it
REQUEST_AHEAD_DAYS = 366  # days; a request is due within a year
WEEK_LATE_DAYS = 7  # days; the page of a week is worth announcing until the next one
LINK_STANDS_DAYS = 30  # days for which the link to good news or a week works
WITHHELD_THEMES = frozenset({"home", "offending"})  # never shown to a family (product.md B9)

# Weariness of study shows in attendance and homework (domain.md: attendance, >= 10 % missed).
MISSED_SHARE = 0.10
ATTENDANCE_DAYS = 28  # days looked back: four weeks of school
ATTENDANCE_DAYS_AT_LEAST = 5  # registers; with fewer we say nothing
UNEXPLAINED_DAYS = 14  # days for which an unexplained absence is listed on Today (our own choice)
HOMEWORK_DAYS = 14  # days looked back
HOMEWORK_MISSES = 3  # times within HOMEWORK_DAYS (our own choice, by design review)
LEARNING_NOTES = 2  # notes about not wanting to learn within ATTENDANCE_DAYS (our own choice)


def is_good_news(strengths: list[str], tell_family: bool) -> bool:
    return bool(strengths) or tell_family


def may_be_told(themes: list[str]) -> bool:
    return not WITHHELD_THEMES.intersection(themes)


def may_be_corrected(recorded_at: datetime, at: datetime) -> bool:
    return at - recorded_at < timedelta(hours=CORRECT_HOURS)


def is_owed(last_at: datetime | None, at: datetime, days: int) -> bool:
    return last_at is None or at - last_at >= timedelta(days=days)


def written_moment(said_at: datetime | None, at: datetime) -> datetime:
    """Return when a page was filled in. Use the phone's time if it is plausible, otherwise `at`."""
    if said_at is None or said_at > at + timedelta(minutes=CLOCK_SLACK_MINUTES):
        return at
    return min(said_at, at) if at - said_at < timedelta(days=LATE_DAYS) else at


@dataclass(frozen=True)
class Mark:
    """What a register says about one child on one day."""

    kind: str = "present"
    reason: str = ""


PRESENT = Mark()


@dataclass(frozen=True)
class Merged:
    """The result of a merge.

    Write `changes`, keep the changes `by_others`; `clashes` are pairs (theirs, mine).
    """

    changes: dict[int, Mark] = field(default_factory=dict)
    by_others: dict[int, Mark] = field(default_factory=dict)
    clashes: dict[int, tuple[Mark, Mark]] = field(default_factory=dict)


def merge_marks(
    was: Mapping[int, Mark], now: Mapping[int, Mark], stored: Mapping[int, Mark]
) -> Merged:
    """Merge one person's changes since their page was loaded with what is stored now."""
    merged = Merged()
    for child, mine in now.items():
        before, theirs = was.get(child, PRESENT), stored.get(child, PRESENT)
        if mine == theirs:
            continue
        if theirs == before:
            merged.changes[child] = mine
        elif mine == before:
            merged.by_others[child] = theirs
        else:
            merged.clashes[child] = (theirs, mine)
    return merged


def is_much_missed(absent: int, taken: int) -> bool:
    return taken >= ATTENDANCE_DAYS_AT_LEAST and absent / taken >= MISSED_SHARE


def refused_day(on: date, today: date) -> str:
    """Return why a day cannot be the day of an observation: "future", "old", or empty if it can."""
    if on > today:
        return "future"
    return "old" if on < today - timedelta(days=BACK_DAYS) else ""

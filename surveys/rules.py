"""Whether the school can follow up a round, how reliable a flag is, which small groups may be shown. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from surveys.instruments import CARER, PARENT, PUPIL, STAFF, Accuracy, Instrument, Item

# Weeks within which somebody must talk with every flagged child. Source: levels of concern in
# docs/decisions/0027-shape-of-surveys.md: the mildest is looked at within one to two weeks.
FOLLOW_UP_WEEKS = 2
# Below this many people a figure could identify somebody. Source: the product's rule for screening and cases.
SHOWN_FROM = 10
LESSON_MINUTES = 90  # a double lesson; after that the codes stop working
SEAT_MINUTES = 20  # a tablet left alone forgets who was answering
SEAT_CODE_DIGITS = 6
TABLET_CODE_DIGITS = 8  # typed by an adult; the length tells it from a child's number

# How a round is asked, and whose answers it may ask for.
IN_CLASS, AT_HOME, INTERVIEW, BY_STAFF = "class", "home", "interview", "staff"
ASKS = {
    IN_CLASS: {PUPIL},
    AT_HOME: {PARENT, CARER},
    INTERVIEW: {PARENT, CARER},
    BY_STAFF: {STAFF},
}


def ways_of(instrument: Instrument) -> tuple[str, ...]:
    """Return how an instrument may be asked; empty: not in a round.

    Children answer only at school, with a named adult. An instrument with an answer that may need an adult at
    once is never sent home by a link.
    """
    if instrument.never_in_a_round:
        return ()
    wanted = set(instrument.respondents)
    found = [how for how, who in ASKS.items() if who & wanted]
    return tuple(how for how in found if how != AT_HOME or not instrument.may_be_urgent)


def again_after_days(instrument: Instrument) -> int:
    """Return the days after which we ask the same children again without a warning.

    If nothing is published, the talks after one round come before the next one.
    """
    return instrument.again_after_days or FOLLOW_UP_WEEKS * 7


@dataclass(frozen=True)
class Load:
    """The figures behind a round: children × share = talks, against what the school can hold."""

    children: int
    share: float
    talks: int
    capacity: int

    @property
    def is_too_much(self) -> bool:
        return self.talks > self.capacity

    @property
    def of_hundred(self) -> int:
        return round(self.share * 100)


def flagged_share(accuracy: Accuracy) -> float:
    """Return the share of all who answer that lies at or above the limit, rightly or wrongly."""
    rightly = accuracy.prevalence * accuracy.sensitivity
    return rightly + (1 - accuracy.prevalence) * (1 - accuracy.specificity)


def share_of(instrument: Instrument) -> float:
    """Return the larger of the study's share and the definition's, so that there is enough help."""
    found = [flagged_share(one) for one in instrument.accuracy]
    return max([instrument.follow_up_share, *found])


def load_of(instrument: Instrument, children: int, talks_per_week: int) -> Load:
    share = share_of(instrument)
    # Rounded before it is rounded up: 0.1 × 30 is slightly above 3 in floating point.
    talks = ceil(round(children * share, 6))
    return Load(children, share, talks, talks_per_week * FOLLOW_UP_WEEKS)


def children_that_fit(instrument: Instrument, talks_per_week: int) -> int:
    """Return how many children a round may have with this many talks."""
    share = share_of(instrument)
    return int(talks_per_week * FOLLOW_UP_WEEKS / share + 1e-9) if share else 10**6


@dataclass(frozen=True)
class Honesty:
    """Of `of` children, `flagged` are flagged; of 100 flagged children, `rightly_of_hundred` rightly."""

    at_least: int
    of: int
    flagged: int
    rightly_of_hundred: int
    prevalence_percent: float
    source: str


def honesty(accuracy: Accuracy, of: int = 1000) -> Honesty:
    share = flagged_share(accuracy)
    ppv = accuracy.prevalence * accuracy.sensitivity / share if share else 0.0
    return Honesty(
        at_least=accuracy.at_least,
        of=of,
        flagged=round(share * of),
        rightly_of_hundred=round(ppv * 100),
        prevalence_percent=accuracy.prevalence * 100,
        source=accuracy.source,
    )


def shown(counts: Sequence[int], people: Sequence[int] | None = None) -> list[int | None]:
    """Return counts for readers who may not see names; None: left out.

    `people`: how many people are behind each count, if fewer. Small counts are left out, zero too. The total
    is known, so the smallest others are left out as well, until what is left out is no single count and
    together no small number.
    """
    behind = counts if people is None else people
    hidden = {place for place, count in enumerate(behind) if count < SHOWN_FROM}
    others = sorted(set(range(len(counts))) - hidden, key=lambda place: counts[place], reverse=True)
    while hidden and others:
        if len(hidden) > 1 and sum(behind[place] for place in hidden) >= SHOWN_FROM:
            break
        hidden.add(others.pop())
    return [None if place in hidden else count for place, count in enumerate(counts)]


def in_tens(count: int) -> int | None:
    """Round down to tens; None: too few.

    So a reader who asks every minute never sees one person more or less.
    """
    return count // SHOWN_FROM * SHOWN_FROM or None


def groups_shown(sizes: Sequence[Sequence[int]], never: Collection[int] = ()) -> list[bool]:
    """Return which groups may be shown side by side.

    `sizes`: one count for each group, or the counts of its row in the table; `never`: positions of groups
    that are left out whatever their size. A group with a small cell is left out, zero too. The total is known
    elsewhere, so the smallest other groups are left out as well, until no column of what is left out is a
    small number.
    """
    kept = [
        place not in never and all(count >= SHOWN_FROM for count in row)
        for place, row in enumerate(sizes)
    ]
    while any(kept):
        left_out = [row for row, is_kept in zip(sizes, kept, strict=True) if not is_kept]
        if all(sum(column) >= SHOWN_FROM for column in zip(*left_out, strict=True)):
            break
        smallest = min((min(row), place) for place, row in enumerate(sizes) if kept[place])
        kept[smallest[1]] = False
    return kept


def tap_times(
    tapped: Sequence[float], now: float, began: datetime, ended: datetime, at: datetime
) -> list[datetime]:
    """Return when each tap of a lesson was made, by our clock, between the lesson's begin and end.

    `tapped` and `now` are milliseconds by the tablet's clock, which may be wrong by years. The tablet tells
    how long ago each tap was. If a tap lies outside the lesson, somebody set the clock in between: then the
    last tap counts as the latest possible one, and the others keep their distance from it.
    """
    ago = [timedelta(milliseconds=now - one) for one in tapped]
    if are_guessed(tapped, now, began, at):
        last = min(ago)
        ago = [one - last for one in ago]
    return [min(ended, at - min(one, at - began)) for one in ago]


def are_guessed(tapped: Sequence[float], now: float, began: datetime, at: datetime) -> bool:
    """Return whether somebody set the tablet's clock since these taps.

    It must have been set if one of the taps lies outside the lesson.
    """
    ago = [timedelta(milliseconds=now - one) for one in tapped]
    return bool(ago) and (min(ago) < timedelta() or at - max(ago) < began)


def next_item(items: Sequence[Item], done: Collection[str], after: str = "") -> Item | None:
    """Return the first unanswered item after `after`, else the first unanswered one; None: finished."""
    ids = [item.id for item in items]
    start = ids.index(after) + 1 if after in ids else 0
    waiting = [item for item in items if item.id not in done]
    behind = [item for item in items[start:] if item.id not in done]
    return next(iter(behind or waiting), None)


def item_before(items: Sequence[Item], item_id: str) -> Item | None:
    ids = [item.id for item in items]
    place = ids.index(item_id) if item_id in ids else 0
    return items[place - 1] if place > 0 else None


def latest(rows: Collection[tuple[str, str]]) -> Mapping[str, str]:
    """Return {item: option} of rows in the order in which they came; the last one of an item counts."""
    return dict(rows)

"""Whether the school can follow up a round, how sure a flag is, which small groups may be shown. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from surveys.instruments import CARER, PARENT, PUPIL, STAFF, Accuracy, Instrument, Item

# Weeks within which somebody must talk with every flagged child. Source: levels of concern in
# docs/decisions/0027-shape-of-surveys.md: the mildest is looked at within one to two weeks.
FOLLOW_UP_WEEKS = 2
# Below this many people a figure names somebody. Source: the product's rule for screening and cases.
SHOWN_FROM = 10
LESSON_MINUTES = 90  # a double lesson; afterwards the codes open nothing
SEAT_MINUTES = 20  # a tablet left alone forgets who answered
SEAT_CODE_DIGITS = 6
TABLET_CODE_DIGITS = 8  # typed by an adult; another length than a child's number

# How a round is asked, and whose answers it may ask for.
IN_CLASS, AT_HOME, INTERVIEW, BY_STAFF = "class", "home", "interview", "staff"
ASKS = {
    IN_CLASS: {PUPIL},
    AT_HOME: {PARENT, CARER},
    INTERVIEW: {PARENT, CARER},
    BY_STAFF: {STAFF},
}


def ways_of(instrument: Instrument) -> tuple[str, ...]:
    """How an instrument may be asked. Children answer only at school, with a named adult, and nothing that
    may need an adult at once goes home by a link. Empty: it is for no round.
    """
    if instrument.never_in_a_round:
        return ()
    wanted = set(instrument.respondents)
    found = [how for how, who in ASKS.items() if who & wanted]
    return tuple(how for how in found if how != AT_HOME or not instrument.may_be_urgent)


def again_after_days(instrument: Instrument) -> int:
    """Days after which the same children may be given it again without a question. Where nothing is
    published, the talks after one round come before the next one.
    """
    return instrument.again_after_days or FOLLOW_UP_WEEKS * 7


@dataclass(frozen=True)
class Load:
    """The sum behind a round: children × share = talks, against what the school can hold."""

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
    """Of all who answer, the share that lies at or above the limit, rightly or wrongly."""
    rightly = accuracy.prevalence * accuracy.sensitivity
    return rightly + (1 - accuracy.prevalence) * (1 - accuracy.specificity)


def share_of(instrument: Instrument) -> float:
    """The larger of what a study gives and what the definition says: help must not run short."""
    found = [flagged_share(one) for one in instrument.accuracy]
    return max([instrument.follow_up_share, *found])


def load_of(instrument: Instrument, children: int, talks_per_week: int) -> Load:
    share = share_of(instrument)
    # Rounded before it is rounded up: 0.1 × 30 is a hair above 3.
    talks = ceil(round(children * share, 6))
    return Load(children, share, talks, talks_per_week * FOLLOW_UP_WEEKS)


def children_that_fit(instrument: Instrument, talks_per_week: int) -> int:
    """How many children a round may have with this many talks."""
    share = share_of(instrument)
    return int(talks_per_week * FOLLOW_UP_WEEKS / share + 1e-9) if share else 10**6


@dataclass(frozen=True)
class Honesty:
    """Of `of` children `flagged` are flagged, and of 100 flagged ones `rightly_of_hundred` rightly."""

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
    """Counts for readers who may not see names; None: left out. `people`: how many are behind each, if fewer.

    Small counts are left out, zero too. If that is a single one, the smallest of the others goes with it,
    because the sum would reveal it.
    """
    behind = counts if people is None else people
    hidden = {place for place, count in enumerate(behind) if count < SHOWN_FROM}
    others = [place for place in range(len(counts)) if place not in hidden]
    if len(hidden) == 1 and others:
        hidden.add(min(others, key=lambda place: counts[place]))
    return [None if place in hidden else count for place, count in enumerate(counts)]


def in_tens(count: int) -> int | None:
    """For a reader who may ask again every minute: no single person more or less shows. None: too few."""
    return count // SHOWN_FROM * SHOWN_FROM or None


def groups_shown(sizes: Sequence[Sequence[int]], never: Collection[int] = ()) -> list[bool]:
    """Which groups may be shown side by side. `sizes`: one count for each group, or the counts of its row
    in the table; `never`: places of groups that are left out whatever their size.

    A group with a small cell is left out, zero too. The whole is known elsewhere, so the smallest others go
    with it until what is left out is no small number in any column.
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
    """When each tap of a lesson was made, by our clock, between the lesson's begin and end. `tapped` and
    `now`: milliseconds by the tablet's clock, which may be wrong by years.

    How long ago each was is taken from the tablet. Where that lies outside the lesson, its clock was set
    meanwhile: then the last tap counts as the latest possible one, and the others keep their distance to it.
    """
    ago = [timedelta(milliseconds=now - one) for one in tapped]
    if are_guessed(tapped, now, began, at):
        last = min(ago)
        ago = [one - last for one in ago]
    return [min(ended, at - min(one, at - began)) for one in ago]


def are_guessed(tapped: Sequence[float], now: float, began: datetime, at: datetime) -> bool:
    """Whether the tablet's clock was set since these taps: one of them lies outside the lesson."""
    ago = [timedelta(milliseconds=now - one) for one in tapped]
    return bool(ago) and (min(ago) < timedelta() or at - max(ago) < began)


def next_item(items: Sequence[Item], done: Collection[str], after: str = "") -> Item | None:
    """The first unanswered item behind `after`, else the first unanswered one; None: finished."""
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
    """{item: option} of rows in the order in which they came; the last one of an item counts."""
    return dict(rows)

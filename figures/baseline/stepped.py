"""Units (schools or classes) that begin one after another.

Each is compared with its own weeks before it began, and those that had begun with those that had not.

The plan decides, whatever a unit did; otherwise one that delayed would count as one that waited. Works on
counts in memory and queries nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from figures.baseline import rules
from figures.baseline.rules import Figure, total

WEEKS = rules.BASELINE_WEEKS
SHOWN_WEEKS = 12  # in the table; earlier weeks are part of the figures above it

Starts = Mapping[int, date]  # unit → the Monday on which it begins
Weeks = Mapping[int, Sequence[date]]  # unit → its weeks on record, in order
Spans = Mapping[int, tuple[Sequence[date], Sequence[date]]]


@dataclass(frozen=True)
class OneWeek:
    """How many units had begun by then and how many were waiting.

    Shares are given only if eight or more units are known, at least two of them on that side.
    """

    ends_on: date
    begun: int
    waiting: int
    share_begun: float | None
    share_waiting: float | None


@dataclass(frozen=True)
class SteppedChange:
    """The change of one figure.

    `from_before`: how many units have the figure in each of the last weeks before anybody began; without
    these there is nothing to compare with.
    """

    key: str
    own: rules.Compared | None
    beside: rules.SideBySide | None
    weeks: Sequence[OneWeek]
    from_before: int


def change(key: str, figure: Figure, weeks: Weeks, starts: Starts, spans: Spans) -> SteppedChange:
    """Return the change of one figure; `spans` are those of `own_spans`."""
    units = _stepped(figure, weeks, starts)
    own = rules.units_of(figure, spans)
    days = sorted({day for one in units for day in one.weeks})[-SHOWN_WEEKS:]
    is_enough = len(units) >= rules.FEWEST_UNITS
    rows = []
    for day in days:
        begun, waiting = rules.sides(units, day)
        rows.append(
            OneWeek(
                ends_on=day,
                begun=len(begun),
                waiting=len(waiting),
                share_begun=_share(begun, day) if is_enough else None,
                share_waiting=_share(waiting, day) if is_enough else None,
            )
        )
    return SteppedChange(
        key=key,
        own=rules.compare(own),
        beside=rules.side_by_side(units),
        weeks=rows,
        from_before=len(units),
    )


def own_spans(weeks: Weeks, starts: Starts) -> Spans:
    """Return the last weeks before each unit began and the last ones since.

    Units with too few of either are left out.
    """
    found = {}
    for one, starts_on in starts.items():
        days = weeks.get(one, ())
        before = [day for day in days if day < starts_on][-WEEKS:]
        since = [day for day in days if day > starts_on][-WEEKS:]
        if len(before) == len(since) == WEEKS:
            found[one] = before, since
    return found


def _stepped(figure: Figure, weeks: Weeks, starts: Starts) -> list[rules.Stepped]:
    """Return units that have the figure in each of the last four weeks before anybody began."""
    first, last = min(starts.values()), max(starts.values())
    units = []
    for one, starts_on in starts.items():
        days = [day for day in weeks.get(one, ()) if total(figure, one, [day])[1]]
        before = [day for day in days if day < first][-WEEKS:]
        if len(before) == WEEKS:
            shown = [day for day in days if first < day < last]
            units.append(
                rules.Stepped(
                    baseline=total(figure, one, before),
                    weeks={day: total(figure, one, [day]) for day in shown},
                    begun=frozenset(day for day in shown if day > starts_on),
                )
            )
    return units


def _share(units: Sequence[rules.Stepped], day: date) -> float | None:
    if len(units) < rules.FEWEST_A_SIDE:
        return None
    parts = [one.weeks[day] for one in units]
    return sum(pair[0] for pair in parts) / sum(pair[1] for pair in parts)

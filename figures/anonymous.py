"""A school's figures for readers who may know no child: another system, outside the school.

As on the county's page, a count that is too small to show is None, and so is what would reveal it. Left out
altogether: the longest silence, which is one child's, classes, and whatever is about concerns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from figures.rules import parts_shown
from figures.school import Dashboard, Week


@dataclass(frozen=True)
class Part:
    """How many of a whole; `key` is that of a definition, `part` tells apart what belongs to one."""

    key: str
    number: int | None
    out_of: int | None
    part: str = ""


@dataclass(frozen=True)
class WeekShown:
    ends_on: date
    number: int | None
    out_of: int | None


def figures(board: Dashboard) -> list[Part]:
    away = _of(board.with_parent_away, board.children)
    connected = _of(board.connected, board.with_parent_away) if away else None
    silent = None if away is None or connected is None else away - connected
    reach = board.reach
    ways = (reach.several, reach.one, reach.none, reach.unknown)
    shown = parts_shown(ways) if away else [None] * len(ways)
    return [
        Part("connected", connected, away),
        Part("confirmed", _of(board.confirmed, connected) if connected else None, connected),
        Part("silence", silent, away),
        *(
            Part("reachable", number, away, part)
            for part, number in zip(("several", "one", "none", "unknown"), shown, strict=True)
        ),
        Part("whereabouts", _of(board.whereabouts_unknown, board.children), board.children),
        Part("no_parent", _of(board.without_parents, board.children), board.children),
    ]


def weeks(trend: Sequence[Week]) -> list[WeekShown]:
    shown = [(week, _of(week.connected, week.with_parent_away)) for week in trend]
    return [
        WeekShown(week.ends_on, number, None if number is None else week.with_parent_away)
        for week, number in shown
    ]


def _of(count: int, whole: int) -> int | None:
    """The count, where neither it nor what is left of the whole is too small."""
    return parts_shown([count, whole - count])[0]

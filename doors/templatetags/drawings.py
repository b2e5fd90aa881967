"""Drawings computed by the server: planks of the arch, the trend, the family map, shares.

Each function is pure: numbers in, SVG path data out. Numbers become strings here, so that no locale can put
a comma into a path.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from django import template

register = template.Library()

AVATAR_TONES = 5
COMPOUND_SURNAMES = frozenset(
    [
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "夏侯",
        "司徒",
        "端木",
        "独孤",
        "南宫",
        "拓跋",
    ]
)

# The arch: part of a circle in a box of 1000 x 170; planks lie across it.
ARCH_WIDTH = 1000
ARCH_HEIGHT = 170
ARCH_RISE = 142
PLANK_LENGTH = 20
WIDEST_PLANK = 48.0

# The trend: a box of 620 x 210, with lines between x 8 and 560; the scale begins at the lowest multiple of
# ten.
TREND_LEFT, TREND_RIGHT = 8, 560
TREND_TOP, TREND_BOTTOM = 24, 176
AXIS_Y = 204  # where the days are, as in trend_line.html

# The family map: a box 176 wide, and 66 high for each parent away.
MAP_WIDTH = 176
MAP_ROW = 66


def _n(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".")


@lru_cache(maxsize=64)
def plank_paths(total: int, missing: int) -> dict[str, str]:
    """Return path data for planks that are there and planks that are missing, one for each child.

    Missing planks are always at one end. The order means nothing, so nobody can trace a plank to a child.
    """
    laid = max(total - missing, 0)
    chord, rise = ARCH_WIDTH - 16, ARCH_RISE
    radius = (chord * chord / 4 + rise * rise) / (2 * rise)
    half = math.asin(chord / 2 / radius)
    centre_x, centre_y = ARCH_WIDTH / 2, PLANK_LENGTH + radius
    planks = []
    for index in range(total):
        angle = -half + 2 * half * (index + 0.5) / total
        outer = radius + PLANK_LENGTH / 2
        inner = radius - PLANK_LENGTH / 2
        sin, cos = math.sin(angle), math.cos(angle)
        planks.append(
            f"M{_n(centre_x + inner * sin)} {_n(centre_y - inner * cos)}"
            f"L{_n(centre_x + outer * sin)} {_n(centre_y - outer * cos)}"
        )
    width = min(2 * half * radius / max(total, 1) * 0.62, WIDEST_PLANK)
    return {"set": "".join(planks[:laid]), "unset": "".join(planks[laid:]), "width": _n(width)}


def trend_points(weeks: Sequence[Any]) -> dict[str, Any]:
    """Return lines, dotted gaps, points and labels for a series of weeks.

    A week is a mapping with `label`, `percent` (None if unknown), `is_complete` and perhaps a `note`. An
    incomplete or unknown week is drawn as dots, never as a drop.
    """
    read = _placed(weeks)
    drawn = [week for week in read if week["percent"] is not None]
    solid, dotted, before = "", "", None
    for index, week in enumerate(read):
        if week["percent"] is None:
            continue
        if before is not None:
            line = f"M{before['x']} {before['y']}L{week['x']} {week['y']}"
            neighbour = read[index - 1]
            if before is neighbour and before["is_complete"] and week["is_complete"]:
                solid += line
            else:
                dotted += line
        before = week
    notes = []
    for week in (week for week in read if week["note"]):
        if week["percent"] is None:
            x, y, anchor = week["at_x"], week["at_y"] + 22, "middle"
        else:
            is_right = week["at_x"] < TREND_RIGHT - 100
            x, y = week["at_x"] + (14 if is_right else -14), week["at_y"] + 5
            anchor = "start" if is_right else "end"
        notes.append({"x": _n(x), "y": _n(y), "text": week["note"], "anchor": anchor})
    # The first week's figure stands below its point, or above it if the days are there.
    first_y = drawn[0]["at_y"] + 22 if drawn else 0
    if first_y > TREND_BOTTOM:
        first_y = drawn[0]["at_y"] - 14
    return {
        "solid": solid,
        "dotted": dotted,
        "points": drawn,
        "notes": notes,
        "first": drawn[0] if drawn else None,
        "last": drawn[-1] if drawn else None,
        "first_y": _n(first_y) if drawn else "",
        "last_x": _n(drawn[-1]["at_x"] + 12) if drawn else "",
        "last_y": _n(drawn[-1]["at_y"] + 5) if drawn else "",
        "axis": [read[i] for i in range(0, len(read), 4)],
        "marks": _marks((week["x"], "" if week["percent"] is None else week["y"]) for week in read),
        "foot": _foot(read, drawn),
    }


def _marks(places: Iterable[tuple[str, str]]) -> str:
    """Return the positions of the weeks for static/src/staff/chart.js: "x,y", without y if the week is
    unknown.
    """
    return " ".join(f"{x},{y}" for x, y in places)


def _foot(weeks: Sequence[dict[str, Any]], drawn: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the label for the foot of the axis and its place.

    It stands beside the end of the line or, if the line ends low, at its beginning; if the first week's own
    figure is there already, it goes into the row of days.
    """
    x, y = TREND_RIGHT + 12, TREND_BOTTOM + 5
    if drawn and drawn[-1]["at_y"] > TREND_BOTTOM - 34:
        if drawn[0]["at_y"] > TREND_BOTTOM - 54:
            y = AXIS_Y
        else:
            x, y = TREND_LEFT, TREND_BOTTOM - 6
    return {"percent": _lowest(weeks), "x": _n(x), "y": _n(y)}


def _lowest(weeks: Sequence[dict[str, Any]]) -> int:
    known = [week["percent"] for week in weeks if week["percent"] is not None]
    return min(70, math.floor(min(known, default=70) / 10) * 10)


def _placed(weeks: Sequence[Any]) -> list[dict[str, Any]]:
    """Return each week with its position: `at_x`, `at_y`, and `x`, `y` as text."""
    placed = []
    for index, week in enumerate(weeks):
        placed.append(
            {
                "label": week.get("label", ""),
                "percent": week.get("percent"),
                "is_complete": week.get("is_complete", True),
                "note": week.get("note") or "",
                "at_x": TREND_LEFT + (TREND_RIGHT - TREND_LEFT) * index / max(len(weeks) - 1, 1),
            }
        )
    known = [week["percent"] for week in placed if week["percent"] is not None]
    low = _lowest(placed)
    for week in placed:
        value = low if week["percent"] is None else week["percent"]
        week["at_y"] = TREND_BOTTOM - (TREND_BOTTOM - TREND_TOP) * (value - low) / (100 - low)
        week["x"], week["y"] = _n(week["at_x"]), _n(week["at_y"]) if known else ""
    for index, week in enumerate(placed):
        if week["percent"] is None:  # its note goes under the dotted line between its neighbours
            before = [w["at_y"] for w in placed[:index] if w["percent"] is not None][-1:]
            after = [w["at_y"] for w in placed[index:] if w["percent"] is not None][:1]
            near = before + after
            week["at_y"] = sum(near) / len(near) if near else TREND_BOTTOM
    return placed


WAY_OF_STATE = {
    "talked": "talked",
    "at_home": "talked",
    "waiting": "quiet",
    "unknown": "quiet",
    "asked_again": "late",
    "not_yet": "late",
    "nobody": "none",
    "needs_help": "none",
}


# A sparkline of weeks: 0 % at the foot of the box, 100 % at the top, with this much room around it.
SPARK_WIDTH, SPARK_HEIGHT, SPARK_ROOM = 200, 56, 6


def spark_paths(
    spans: Sequence[tuple[int, int] | None],
    width: int = SPARK_WIDTH,
    height: int = SPARK_HEIGHT,
    places: int = 0,
) -> dict[str, str]:
    """Return the drawing of a series of percentage ranges, as vertical strokes with a line through their
    middles.

    Unknown weeks are dots. Also returned are the place of the last known week, and foot and top. `places` is
    the number of weeks on the axis, if it has room for more than these.
    """
    step = (width - 2 * SPARK_ROOM) / max((places or len(spans)) - 1, 1)

    def y(percent: float) -> float:
        return height - SPARK_ROOM - (height - 2 * SPARK_ROOM) * percent / 100

    known = [(place, SPARK_ROOM + step * place, span) for place, span in enumerate(spans) if span]
    ranges = "".join(f"M{_n(x)} {_n(y(low))}V{_n(y(high))}" for _, x, (low, high) in known)
    points = [(place, f"{_n(x)} {_n(y((low + high) / 2))}") for place, x, (low, high) in known]
    line, dots = "", ""
    for (before, start), (place, end) in pairwise(points):
        if place == before + 1:
            line += f"M{start}L{end}"
        else:
            dots += f"M{start}L{end}"
    x, y_last = points[-1][1].split() if points else ("", "")
    if points and points[-1][0] < len(spans) - 1:  # unknown since then
        dots += f"M{points[-1][1]}H{_n(SPARK_ROOM + step * (len(spans) - 1))}"
    across = f"H{width - SPARK_ROOM}"
    frame = f"M{SPARK_ROOM} {_n(y(100))}{across}M{SPARK_ROOM} {_n(y(0))}{across}"
    box = f"0 0 {width} {height}"
    middles = dict(points)
    marks = _marks(
        (_n(SPARK_ROOM + step * place), middles.get(place, " ").split(" ")[1])
        for place in range(len(spans))
    )
    drawn = {
        "ranges": ranges,
        "line": line,
        "dots": dots,
        "frame": frame,
        "box": box,
        "marks": marks,
    }
    return drawn | {"x": x, "y": y_last}


def family_bridges(states: Sequence[str]) -> dict[str, Any]:
    """Return the house and a bridge to each parent away (none to three), drawn by the state of contact."""
    rows = max(len(states), 1)
    height = max(MAP_ROW * rows, 84)
    middle = height / 2
    bridges = []
    for index, state in enumerate(states):
        end_y = height * (index + 0.5) / rows
        start_y = middle + (4 if end_y >= middle + 1 else -4 if end_y <= middle - 1 else 0)
        lift = 26 if end_y <= middle + 1 else -14
        one = (42.0, start_y)
        two = (76.0, (start_y + end_y) / 2 - lift)
        three = (126.0, end_y - lift * 0.8)
        four = (164.0, end_y)
        parts = _drawn(state, (one, two, three, four))
        way = WAY_OF_STATE.get(state, "quiet")
        bridges.append({**parts, "way": way, "end_y": _n(end_y)})
    return {
        "width": str(MAP_WIDTH),
        "height": _n(height),
        "house_y": _n(middle - 64),
        "bridges": bridges,
    }


# The family around a child: a box 1000 wide, stretched to the page, with a column for each adult.
AROUND_WIDTH, AROUND_HEIGHT = 1000.0, 100.0


def arcs_around(states: Sequence[str]) -> list[dict[str, str]]:
    """Return an arc for each column, from the child in the middle of the foot to the middle of the column
    above.
    """
    arcs = []
    for index, state in enumerate(states):
        end = AROUND_WIDTH * (index + 0.5) / len(states)
        foot = (AROUND_WIDTH / 2, AROUND_HEIGHT)
        points = (
            foot,
            ((foot[0] + end) / 2, AROUND_HEIGHT),
            (end, AROUND_HEIGHT * 0.7),
            (end, 0.0),
        )
        arcs.append({**_drawn(state, points), "way": WAY_OF_STATE.get(state, "quiet")})
    return arcs


Point = tuple[float, float]


def _drawn(state: str, points: tuple[Point, Point, Point, Point]) -> dict[str, str]:
    """Return a whole arc if they talked, a half-built one if they have not yet, and dots if it is unknown."""
    if state in ("talked", "at_home"):
        return {"line": _curve(*points), "dots": ""}
    if state in ("asked_again", "not_yet", "nobody", "needs_help"):
        first, second = _split(*points, 0.34)
        return {"line": _curve(*first), "dots": _curve(*second)}
    return {"line": "", "dots": _curve(*points)}


def _curve(one: Point, two: Point, three: Point, four: Point) -> str:
    points = " ".join(f"{_n(x)} {_n(y)}" for x, y in (two, three, four))
    return f"M{_n(one[0])} {_n(one[1])}C{points}"


def _split(one: Point, two: Point, three: Point, four: Point, at: float) -> tuple[Any, Any]:
    """Cut a Bézier curve in two at `at` (0 to 1), by de Casteljau's algorithm."""

    def between(a: Point, b: Point) -> Point:
        return (a[0] + (b[0] - a[0]) * at, a[1] + (b[1] - a[1]) * at)

    a, b, c = between(one, two), between(two, three), between(three, four)
    d, e = between(a, b), between(b, c)
    middle = between(d, e)
    return (one, a, d, middle), (middle, e, c, four)


def share_lines(counts: Sequence[int]) -> list[dict[str, str]]:
    """Cut one bar of length 100 into shares; the position in `counts` decides colour and mark."""
    total = sum(counts)
    start, parts = 0.0, []
    for index, count in enumerate(counts):
        if not count:
            continue
        end = start + 100 * count / total
        parts.append({"tone": str(index), "d": f"M{_n(start)} 5H{_n(max(end - 0.6, start))}"})
        start = end
    return parts


@register.simple_tag
def planks(total: int, missing: int) -> dict[str, str]:
    return plank_paths(int(total or 0), int(missing or 0))


@register.simple_tag
def trend_drawing(weeks: Sequence[Any]) -> dict[str, Any]:
    return trend_points(weeks or [])


@register.simple_tag
def spark_drawing(
    spans: Sequence[tuple[int, int] | None], width: int = 0, height: int = 0, places: int = 0
) -> dict[str, str]:
    return spark_paths(spans, width or SPARK_WIDTH, height or SPARK_HEIGHT, places)


@register.simple_tag
def family_drawing(parents: Sequence[Any]) -> dict[str, Any]:
    states = [p["state"] if isinstance(p, dict) else p.state for p in parents or []]
    return family_bridges([str(state) for state in states[:3]])


@register.simple_tag
def family_arcs(rows: Sequence[Any]) -> list[dict[str, str]]:
    return arcs_around([str(row.state) for row in rows])


@register.simple_tag
def shares(*counts: int) -> list[dict[str, str]]:
    return share_lines([int(count or 0) for count in counts])


@register.simple_tag
def deck_path(done: int, total: int) -> str:
    """Return the path of the done part of a bar of length 100."""
    return f"M0 2h{_n(100 * int(done or 0) / int(total))}" if total else "M0 2h0"


@register.simple_tag
def deck_paths(shares: Iterable[tuple[int, int]]) -> list[str]:
    """Return the path of the done part of a bar of length 100 for each (done, total)."""
    return [deck_path(done, total) for done, total in shares]


@register.filter
def surname(name: str) -> str:
    name = (name or "").strip()
    return name[:1] if name[:2] not in COMPOUND_SURNAMES else name[:2]


@register.filter
def avatar_tone(surname: str) -> int:
    """Return a soft colour by code point: always the same for a surname, and without any other meaning."""
    return ord(surname[0]) % AVATAR_TONES if surname else AVATAR_TONES - 1

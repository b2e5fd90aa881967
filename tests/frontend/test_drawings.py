"""Drawings are counted, not eyed: one plank for each child, nothing unknown drawn as a drop."""

from __future__ import annotations

import re

import pytest

from doors.templatetags import drawings


@pytest.mark.parametrize(("total", "missing"), [(318, 19), (1, 0), (1, 1), (12, 12), (0, 0)])
def test_one_plank_for_each_child(total: int, missing: int) -> None:
    paths = drawings.plank_paths(total, missing)
    assert paths["set"].count("M") == total - missing
    assert paths["unset"].count("M") == missing


def test_planks_stay_in_their_box() -> None:
    numbers = re.findall(r"-?\d+\.?\d*", drawings.plank_paths(200, 3)["set"])
    x, y = [float(n) for n in numbers[::2]], [float(n) for n in numbers[1::2]]
    assert min(x) >= -8
    assert max(x) <= 1008
    assert min(y) >= 0
    assert max(y) <= 176


def _week(percent: int | None, *, is_complete: bool = True, note: str = "") -> dict[str, object]:
    return {"label": "1", "percent": percent, "is_complete": is_complete, "note": note}


def test_complete_weeks_are_joined_by_a_solid_line() -> None:
    drawn = drawings.trend_points([_week(80), _week(90), _week(95)])
    assert drawn["solid"].count("L") == 2
    assert drawn["dotted"] == ""


def test_an_unknown_week_is_dotted_over_and_never_a_point() -> None:
    drawn = drawings.trend_points([_week(80), _week(None, is_complete=False), _week(90)])
    assert drawn["solid"] == ""
    assert drawn["dotted"].count("L") == 1
    assert [point["percent"] for point in drawn["points"]] == [80, 90]


def test_the_week_under_way_is_dotted() -> None:
    drawn = drawings.trend_points([_week(80), _week(85), _week(60, is_complete=False)])
    assert drawn["solid"].count("L") == 1
    assert drawn["dotted"].count("L") == 1


@pytest.mark.parametrize("weeks", [[], [_week(None, is_complete=False)], [_week(0)], [_week(100)]])
def test_little_or_nothing_known_draws_without_a_failure(weeks: list[dict[str, object]]) -> None:
    drawings.trend_points(weeks)


def test_a_higher_share_is_drawn_higher() -> None:
    low, high = drawings.trend_points([_week(40), _week(95)])["points"]
    assert float(high["y"]) < float(low["y"])


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_one_bridge_for_each_parent_away(count: int) -> None:
    assert len(drawings.family_bridges(["talked"] * count)["bridges"]) == count


def test_a_bridge_shows_its_state_by_its_shape() -> None:
    whole, half, dotted = drawings.family_bridges(["talked", "asked_again", "waiting"])["bridges"]
    assert whole["line"]
    assert not whole["dots"]
    assert half["line"]
    assert half["dots"]
    assert dotted["dots"]
    assert not dotted["line"]


def test_shares_cover_the_bar_in_order() -> None:
    parts = drawings.share_lines([50, 0, 25, 25])
    assert [part["tone"] for part in parts] == ["0", "2", "3"]
    assert parts[0]["d"].startswith("M0 ")
    assert drawings.share_lines([0, 0]) == []


@pytest.mark.parametrize(
    ("name", "family"), [("徐梦瑶", "徐"), ("欧阳雪", "欧阳"), ("Anna", "A"), ("", "")]
)
def test_surname(name: str, family: str) -> None:
    assert drawings.surname(name) == family


def test_one_surname_has_one_colour() -> None:
    tones = {drawings.avatar_tone("徐") for _ in range(3)}
    assert len(tones) == 1
    assert tones <= set(range(drawings.AVATAR_TONES))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_an_arc_leads_from_the_child_to_the_middle_of_each_column(count: int) -> None:
    arcs = drawings.arcs_around(["talked"] * count)
    ends = [re.findall(r"-?\d+\.?\d*", arc["line"]) for arc in arcs]
    assert [numbers[:2] for numbers in ends] == [["500", "100"]] * count
    middles = [1000 * (index + 0.5) / count for index in range(count)]
    assert [float(numbers[-2]) for numbers in ends] == pytest.approx(middles, abs=0.1)


def test_an_arc_is_whole_only_where_they_talk() -> None:
    whole, half, unknown = drawings.arcs_around(["talked", "not_yet", "unknown"])
    assert (bool(whole["line"]), bool(whole["dots"])) == (True, False)
    assert (bool(half["line"]), bool(half["dots"])) == (True, True)
    assert (bool(unknown["line"]), bool(unknown["dots"])) == (False, True)


def test_a_small_line_stands_on_an_honest_axis_and_leaves_out_what_nobody_knows():
    drawn = drawings.spark_paths([(0, 10), (90, 100), None, (50, 75), None], width=212, height=112)
    # 100 points high from foot to top, a week every 50.
    assert drawn["ranges"] == "M6 106V96M56 16V6M156 56V31"
    assert drawn["line"] == "M6 101L56 11"
    assert drawn["dots"] == "M56 11L156 43.5M156 43.5H206"
    assert (drawn["x"], drawn["y"]) == ("156", "43.5")
    assert drawings.spark_paths([None])["line"] == drawings.spark_paths([])["ranges"] == ""


@pytest.mark.parametrize("first", range(60, 101, 2))
@pytest.mark.parametrize("last", range(60, 101, 2))
def test_the_foot_of_the_axis_stands_on_no_figure(first: int, last: int) -> None:
    """Type is 22 units high on a phone."""
    drawn = drawings.trend_points([_week(first), *[_week(70)] * 10, _week(last)])
    foot = drawn["foot"]
    is_at_the_end = float(foot["x"]) > 560
    beside = drawn["last_y"] if is_at_the_end else drawn["first_y"]
    assert abs(float(foot["y"]) - float(beside)) >= 22


def test_the_first_figure_keeps_clear_of_the_days() -> None:
    """A line that begins low had its figure printed over the first day."""
    for first in range(60, 100):
        drawn = drawings.trend_points([_week(first), _week(90)])
        assert float(drawn["first_y"]) + 22 <= 204, (
            first
        )  # the row of days; 22 is a phone's letters

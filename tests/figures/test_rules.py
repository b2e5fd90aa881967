"""Attacks on what a county publishes: of everything that looks the same, no count is surely 1 to 9.

An attacker knows the rules and each published span. Schools or weeks that were published alike are the same
to them; so for each look all counts behind it are gathered, and what they have in common is what is known.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from figures import rules
from figures.models import PublishedFigure, PublishedWeek
from figures.publishing import spans
from figures.weekly import Count

Counts = tuple[int, ...]
Look = tuple


def look(counts: Iterable[Count]) -> Look:
    """What a reader gets to see."""
    rows = spans(PublishedWeek(), counts)
    return tuple((row.key, row.low, row.high, row.gap) for row in rows)


def looks(
    worlds: Iterable[Counts], counted: Callable[..., list[Count]]
) -> dict[Look, list[Counts]]:
    found = defaultdict(list)
    for world in worlds:
        found[look(counted(*world))].append(world)
    return found


def is_told(values: Iterable[int]) -> bool:
    """Whether it is known that the count is one of 1 to 9."""
    values = list(values)
    return min(values) >= 1 and max(values) <= 9


def told(groups: dict[Look, list[Counts]], derive: Callable[..., Counts]) -> list:
    """The looks from which one of the derived counts follows."""
    return [
        (seen, column)
        for seen, worlds in groups.items()
        for column in zip(*(derive(*world) for world in worlds), strict=True)
        if is_told(column)
    ]


def parts_of(most: int) -> Iterator[Counts]:
    return ((part, whole) for whole in range(most) for part in range(whole + 1))


def shares(part: int, whole: int) -> list[Count]:
    return [Count("away", whole), Count("connected", part, whole)]


def test_neither_a_part_nor_the_rest_is_told():
    groups = looks(parts_of(330), shares)
    assert not told(groups, lambda part, whole: (part, whole - part, whole))


def test_the_test_sees_what_a_bare_share_would_tell():
    """Whole per cents of a hundred children, as many a county publishes them."""
    groups = defaultdict(list)
    for part, whole in parts_of(130):
        groups[(whole // 10, part * 100 // whole if whole else 0)].append((part, whole))
    assert told(groups, lambda part, whole: (part, whole - part))


@pytest.mark.parametrize("is_used", [True, False])
def test_nor_by_a_share_that_is_left_out_because_nobody_recorded(is_used):
    def counted(part: int, whole: int) -> list[Count]:
        known = rules.is_known(part, whole, is_used)
        return [Count("away", whole), Count("connected", part, whole, known)]

    groups = looks(parts_of(230), counted)
    assert not told(groups, lambda part, whole: (part, whole - part, whole))


def test_two_weeks_do_not_tell_how_many_came_or_went():
    groups = looks(parts_of(125), shares)
    spans_of = [
        [(min(column), max(column)) for column in zip(*rows, strict=True)]
        for rows in (
            [(part, whole - part, whole) for part, whole in worlds] for worlds in groups.values()
        )
    ]
    for before, after in product(spans_of, repeat=2):
        for (low, high), (low_then, high_then) in zip(after, before, strict=True):
            assert not is_told([low - high_then, high - low_then])


def test_of_concerns_the_whole_and_one_part_do_not_tell_the_other():
    groups = looks(
        parts_of(130),
        lambda part, whole: [Count("with_concern", whole), Count("long_concern", part)],
    )
    assert not told(groups, lambda part, whole: (part, whole - part, whole))


def test_three_spans_of_one_sum_would_tell():
    """Why outcomes stand without their sum."""
    worlds = [(a, b, c) for a in range(10) for b in range(25) for c in range(25)]
    with_sum = looks(
        worlds,
        lambda a, b, c: [Count(*one) for one in zip("abcs", (a, b, c, a + b + c), strict=True)],
    )
    assert told(with_sum, lambda *counts: counts)
    alone = looks(worlds, lambda *counts: [Count(*one) for one in zip("abc", counts, strict=True)])
    assert not told(alone, lambda a, b, c: (a, b, c, a + b + c))


def test_the_ledgers_status_does_not_tell_who_has_it_not():
    worlds = (
        (pupils, yes, unknown)
        for pupils in range(45)
        for yes in range(pupils + 1)
        for unknown in range(pupils - yes + 1)
    )
    groups = looks(
        worlds,
        lambda pupils, yes, unknown: [
            Count("pupils", pupils),
            Count("left_behind", yes),
            Count("left_behind_unknown", unknown),
        ],
    )
    assert not told(groups, lambda pupils, yes, unknown: (yes, unknown, pupils - yes - unknown))


def test_overdue_visits_do_not_tell_how_many_are_left():
    worlds = (
        (owed, done, overdue)
        for owed in range(64)
        for done in range(owed + 1)
        for overdue in range(owed - done + 1)
    )
    groups = looks(
        worlds,
        lambda owed, done, overdue: [Count("visits", done, owed), Count("overdue", overdue)],
    )
    assert not told(groups, lambda owed, done, overdue: (owed, done, overdue, owed - done))


def test_two_shares_of_the_same_children_do_not_narrow_each_other():
    worlds = (
        (whole, one, other)
        for whole in range(48)
        for one in range(whole + 1)
        for other in range(whole + 1)
    )
    groups = looks(
        worlds,
        lambda whole, one, other: [
            Count("away", whole),
            Count("connected", one, whole),
            Count("reached", other, whole),
        ],
    )
    assert not told(
        groups, lambda whole, one, other: (whole, one, whole - one, other, whole - other)
    )


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_a_span_holds_its_count_and_a_step_is_ten_children(part, whole):
    part = min(part, whole)
    low, high = rules.band(whole)
    assert low <= whole <= high
    span = rules.share(part, whole)
    assert (span is None) == (whole < 20)
    if span is not None:
        assert span[0] * whole <= part * 100 <= span[1] * whole
        assert (span[1] - span[0]) * low >= 1000


def test_large_groups_get_whole_per_cents():
    assert rules.share(913, 1000) == (91, 92)
    assert rules.share(289, 320) == (90, 95)
    assert rules.share(45, 45) == (75, 100)
    assert rules.share(0, 100) == (0, 10)
    assert rules.share(19, 19) is None


def test_the_county_is_counted_from_what_schools_published():
    assert rules.together([]) is None
    assert rules.together([((80, 90), (100, 109))]) == (80, 90)
    assert rules.together([((80, 90), (100, 109)), ((50, 75), (40, 49))]) == (71, 86)


def test_what_makes_sending_fail():
    assert not rules.is_failing(9, 9)
    assert rules.is_failing(1, 10)
    assert not rules.is_failing(1, 11)
    assert PublishedFigure.Gap.FEW == "few"


@pytest.mark.parametrize(
    ("whole", "step"),
    [
        (0, None),
        (9, None),
        (19, None),
        (20, 50),
        (39, 50),
        (40, 25),
        (50, 20),
        (100, 10),
        (1000, 1),
    ],
)
def test_no_step_of_a_share_is_fewer_than_ten_children(whole, step):
    assert rules.step_for(whole) == step


def test_the_weeks_between_two_ends():
    first = date(2026, 11, 1)
    assert rules.weeks_from(first, first) == [first]
    assert rules.weeks_from(first, first + timedelta(days=6)) == [first]
    assert rules.weeks_from(first, first + timedelta(days=7)) == [first, date(2026, 11, 8)]
    assert rules.weeks_from(first, first - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("day", "hour", "is_final"), [(1, 23, False), (2, 11, False), (2, 12, True), (3, 0, True)]
)
def test_a_week_is_final_from_noon_on_monday(day, hour, is_final):
    sunday = date(2026, 11, 1)
    assert rules.is_frozen(sunday, datetime(2026, 11, day, hour)) is is_final

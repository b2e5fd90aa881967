"""Published tables reproduced from their printed figures; SciPy's own tests as the judge of raw values."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from surveys import rules, statistics
from surveys.statistics import CannotCompare, Group, many_means, shares, two_means

POINTS = st.lists(st.integers(0, 27), min_size=3, max_size=40)


def test_support_of_children_left_behind_and_not():
    # s12888-021-03160-y, table 2: n=86 20.79±3.23, n=236 19.29±3.65, F about 11.3.
    groups = Group(86, 20.79, 3.23), Group(236, 19.29, 3.65)
    found = many_means(groups, test=statistics.POOLED)
    assert round(found.f, 1) == 11.3
    assert (found.df_between, found.df_within) == (1, 320)
    assert found.p < 0.001
    two = two_means(*groups, test=statistics.POOLED)
    assert two.f == pytest.approx(found.f)
    assert round(two.effect.value, 2) == 0.42
    assert found.groups == groups  # what it was counted from is told


def test_levels_of_support():
    # The same table: 12/49/25 against 50/141/45.
    found = shares([[12, 49, 25], [50, 141, 45]])
    assert (round(found.chi_squared, 3), found.df, round(found.p, 3)) == (4.695, 2, 0.096)


def test_self_harm():
    # fpsyt.2022.901627: 551 of 3,359 against 216 of 1,667.
    found = shares([[551, 3359 - 551], [216, 1667 - 216]])
    assert (round(found.chi_squared, 3), round(found.p, 4)) == (10.232, 0.0014)


def test_difficulties():
    # s12889-019-8066-5, table 2, from means and spreads: not the printed p.
    found = two_means(Group(1444, 12.87, 6.01), Group(2683, 12.26, 6.05), test=statistics.POOLED)
    assert round(found.t, 3) == 3.096
    assert round(found.p, 3) == 0.002
    assert found.effect.low > 0


def test_the_limits_of_an_effect():
    # d = .50 of 20 and 20: −.13 to 1.13 before the correction (Smithson 2003, Confidence Intervals).
    found = two_means(Group(20, 0.5, 1), Group(20, 0, 1), test=statistics.POOLED).effect
    correction = 1 - 3 / (4 * 38 - 1)
    assert found.value == pytest.approx(0.5 * correction)
    assert found.low == pytest.approx(-0.131 * correction, abs=0.005)
    assert found.high == pytest.approx(1.126 * correction, abs=0.005)


@pytest.mark.parametrize("difference", [-1, -0.3, -0.02, 0, 0.02, 0.3, 1])
def test_the_limits_hold_the_effect_and_turn_with_it(difference):
    first, second = Group(200, 3 + difference, 1), Group(150, 3, 1)
    found, turned = two_means(first, second).effect, two_means(second, first).effect
    assert found.low < found.value < found.high
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-6)
    # Of so many people the limits lie about 1.96 standard errors to either side.
    error = (1 / 200 + 1 / 150 + found.value**2 / 700) ** 0.5
    assert found.high - found.low == pytest.approx(2 * 1.96 * error, rel=0.02)


@given(POINTS, POINTS, POINTS)
def test_raw_values_give_what_scipy_gives(first, second, third):
    values = [first, second, third]
    assume(all(len(set(one)) > 1 for one in values[:2]))  # of equal values SciPy warns
    groups = [statistics.group(one) for one in values]
    for test in (statistics.WELCH, statistics.POOLED):
        ours = two_means(*groups[:2], test=test)
        theirs = stats.ttest_ind(first, second, equal_var=test == statistics.POOLED)
        limits = theirs.confidence_interval()
        assert ours.t == pytest.approx(theirs.statistic, abs=1e-9)
        assert ours.p == pytest.approx(theirs.pvalue, abs=1e-9)
        assert (ours.low, ours.high) == pytest.approx((limits.low, limits.high), abs=1e-6)
        assert ours.effect.low <= ours.effect.value <= ours.effect.high
    ours = many_means(groups, test=statistics.POOLED)
    theirs = stats.f_oneway(*values)
    assert ours.f == pytest.approx(theirs.statistic, abs=1e-9)
    if ours.f > 1e-9:  # of equal means SciPy says that it does not know
        assert ours.p == pytest.approx(theirs.pvalue, abs=1e-9)
    assert 0 <= ours.effect.low <= ours.effect.high < 1
    assume(len(set(third)) > 1)
    ours, theirs = many_means(groups), stats.f_oneway(*values, equal_var=False)
    assert ours.f == pytest.approx(theirs.statistic, abs=1e-6)
    if ours.f > 1e-9:
        assert ours.p == pytest.approx(theirs.pvalue, abs=1e-6)


@given(st.lists(st.tuples(*[st.integers(0, 60)] * 3), min_size=2, max_size=5))
def test_tables_give_what_scipy_gives(rows):
    columns = [column for column in zip(*rows, strict=True) if sum(column)]
    assume(len(columns) > 1 and all(map(sum, rows)))
    theirs = stats.chi2_contingency(list(zip(*columns, strict=True)), correction=False)
    ours = shares(rows)
    assert ours.chi_squared == pytest.approx(theirs.statistic, abs=1e-9)
    assert (ours.p, ours.df) == (pytest.approx(theirs.pvalue, abs=1e-9), theirs.dof)
    assert 0 <= ours.effect.low <= ours.effect.high <= 1


@pytest.mark.parametrize(
    "work",
    [
        lambda: statistics.group([1]),
        lambda: two_means(Group(1, 2, 0), Group(5, 2, 1)),
        lambda: two_means(Group(5, 2, 0), Group(5, 3, 0)),  # nobody differs within a group
        lambda: many_means([Group(5, 2, 1)]),
        lambda: many_means([]),
        lambda: many_means([Group(5, 2, 1), Group(5, 3, 0), Group(5, 4, 1)]),  # Welch's weights
        lambda: shares([[5, 5]]),
        lambda: shares([[5, 0], [7, 0]]),
        lambda: shares([[5, 5], [0, 0]]),
        lambda: shares([]),
    ],
)
def test_what_cannot_be_compared_is_said(work):
    with pytest.raises(CannotCompare):
        work()


@given(st.lists(st.lists(st.integers(0, 40), min_size=2, max_size=2), max_size=7))
def test_no_small_group_is_seen_or_left_over_when_the_sum_is_known(sizes):
    kept = rules.groups_shown(sizes)
    assert all(min(row) >= rules.SHOWN_FROM for row, seen in zip(sizes, kept, strict=True) if seen)
    left = [row for row, seen in zip(sizes, kept, strict=True) if not seen]
    if left and any(kept):
        assert all(sum(column) >= rules.SHOWN_FROM for column in zip(*left, strict=True))


@pytest.mark.parametrize(
    ("sizes", "kept"),
    [
        ([30, 40, 12], [True, True, True]),
        ([30, 40, 3], [False, True, False]),
        ([30, 4, 3], [False, False, False]),
        ([30, 6, 4], [True, False, False]),  # ten together: no small number
        ([], []),
    ],
)
def test_groups_that_may_be_seen(sizes, kept):
    assert rules.groups_shown([[one] for one in sizes]) == kept

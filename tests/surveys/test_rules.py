from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import rules, shipped
from surveys.instruments import Accuracy, Item, Option
from surveys.pulses import rules as pulses


def items(*names: str) -> list[Item]:
    return [Item(name, (Option("1"),)) for name in names]


@pytest.mark.parametrize(
    ("at_least", "flagged", "rightly"),
    # domain.md: at 5 % prevalence, from 11 on 258 of 1,000 and 17 of 100; from 15 on 84 and 43.
    [(11, 258, 17), (15, 84, 43)],
)
def test_honest_error_of_phq_9(at_least, flagged, rightly):
    study = next(one for one in shipped.instruments()["phq-9"].accuracy if one.at_least == at_least)
    told = rules.honesty(study)
    assert (told.flagged, told.rightly_of_hundred) == (flagged, rightly)


@pytest.mark.parametrize(
    ("children", "talks_per_week", "talks", "is_too_much"),
    # A tenth of the children, two weeks.
    [
        (30, 1, 3, True),
        (20, 1, 2, False),
        (21, 1, 3, True),
        (0, 0, 0, False),
        (1, 0, 1, True),
        (583, 30, 59, False),
    ],
)
def test_a_round_fits_what_can_be_followed_up(children, talks_per_week, talks, is_too_much):
    load = rules.load_of(shipped.instruments()["weekly-mood"], children, talks_per_week)
    assert (load.talks, load.is_too_much) == (talks, is_too_much)


@given(st.integers(0, 2000), st.integers(0, 200))
def test_the_number_that_fits_fits_and_one_more_does_not(children, talks):
    for key in ("weekly-mood", "phq-9"):
        one = shipped.instruments()[key]
        fitting = rules.children_that_fit(one, talks)
        assert rules.load_of(one, children, talks).is_too_much == (children > fitting)


def test_a_study_outweighs_a_smaller_guess():
    one = shipped.instruments()["phq-9"]
    assert round(rules.share_of(one), 3) == 0.258
    assert rules.share_of(replace(one, follow_up_share=0.5)) == 0.5


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ([30, 40, 12], [30, 40, 12]),
        (
            [30, 40, 3],
            [None, 40, None],
        ),  # the neighbour goes with a single one
        ([30, 4, 3], [None, None, None]),  # 37 less 30: seven gave one of the two
        ([30, 6, 5], [30, None, None]),
        ([30, 40, 1, 0, 2], [None, 40, None, None, None]),
        ([30, 0, 40], [None, None, 40]),  # nought tells as much as three
        ([9], [None]),
        ([10], [10]),
        ([], []),
    ],
)
def test_small_numbers_and_their_complements_are_left_out(counts, shown):
    assert rules.shown(counts) == shown


@given(st.lists(st.integers(0, 60), max_size=8))
def test_nobody_works_out_a_small_number_from_the_sum(counts):
    shown = rules.shown(counts)
    hidden = [count for count, seen in zip(counts, shown, strict=True) if seen is None]
    assert all(seen is None or seen >= rules.SHOWN_FROM for seen in shown)
    assert len(hidden) != 1 or len(counts) == 1
    # The sum of all is known, so what is left out together is no small number either.
    assert not hidden or len(hidden) == len(counts) or sum(hidden) >= rules.SHOWN_FROM


def test_the_next_question_and_the_one_before():
    three = items("a", "b", "c")
    assert rules.next_item(three, set()).id == "a"
    assert rules.next_item(three, {"a"}, "a").id == "b"
    assert (
        rules.next_item(three, {"b", "c"}, "c").id == "a"
    )  # what was jumped over comes at the end
    assert rules.next_item(three, {"a", "b", "c"}, "c") is None
    assert rules.next_item(three, set(), "gone").id == "a"
    assert rules.item_before(three, "b").id == "a"
    assert rules.item_before(three, "a") is None


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (9, None), (10, 10), (19, 10), (20, 20), (101, 100)]
)
def test_a_count_is_shown_in_tens_and_not_at_all_below_ten(count, shown):
    assert rules.in_tens(count) == shown


def test_the_share_that_is_flagged_rightly_or_wrongly():
    accuracy = Accuracy("total", 5, sensitivity=0.8, specificity=0.9, prevalence=0.25, source="x")
    assert rules.flagged_share(accuracy) == pytest.approx(0.2 + 0.075)


@pytest.mark.parametrize(("seconds", "may"), [(None, True), (0, True), (600, True), (601, False)])
def test_a_child_may_change_an_answer_for_ten_minutes(seconds, may):
    at = datetime(2026, 11, 25, 4, tzinfo=UTC)
    finished_at = None if seconds is None else at - timedelta(seconds=seconds)
    assert pulses.may_change(finished_at, at) is may

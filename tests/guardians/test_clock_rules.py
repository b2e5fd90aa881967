"""Whose words contradict each other, and whose confirm each other."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardians.clock.rules import (
    Denial,
    Talk,
    Told,
    is_confirmed,
    mismatches,
    told_by,
)

TODAY = date(2026, 11, 25)
MOTHER, FATHER = 1, 2


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def parent_says(days: int, adult: int = MOTHER, pk: int = 1) -> Talk:
    return Talk(pk, adult, ago(days), "parent")


def child_denies(days: int = 0, adult: int | None = MOTHER, said_by: str = "child") -> Denial:
    return Denial(1, adult, ago(days), said_by)


@pytest.mark.parametrize(
    ("denial", "talks", "is_mismatch"),
    [
        (child_denies(), [parent_says(2)], True),
        (child_denies(said_by="carer"), [parent_says(2)], True),
        (child_denies(adult=None), [parent_says(2)], True),
        (child_denies(), [], False),
        (child_denies(), [parent_says(2, FATHER)], False),
        (child_denies(), [parent_says(6)], True),
        (child_denies(), [parent_says(7)], False),
        (child_denies(3), [parent_says(2)], False),
        (child_denies(), [parent_says(2), Talk(2, MOTHER, ago(5), "carer")], False),
        (child_denies(), [parent_says(2), Talk(2, MOTHER, ago(5), "staff")], False),
        (child_denies(), [parent_says(2), Talk(2, FATHER, ago(5), "child")], True),
        (child_denies(said_by="parent"), [parent_says(2)], False),
        (child_denies(13), [parent_says(14)], True),
        (child_denies(14), [parent_says(14)], False),
    ],
)
def test_a_denial_that_only_the_parent_contradicts(denial, talks, is_mismatch):
    assert bool(mismatches([denial], talks, TODAY)) is is_mismatch


def test_of_several_denials_about_one_parent_the_latest_is_asked_about():
    denials = [Denial(1, MOTHER, ago(3), "child"), Denial(2, MOTHER, ago(1), "carer")]
    found = mismatches(denials, [parent_says(4)], TODAY)
    assert [one.denial.pk for one in found] == [2]


def test_the_latest_of_the_contradicted_talks_comes_first():
    talks = [parent_says(4, pk=1), parent_says(2, pk=2), parent_says(4, pk=3)]
    (found,) = mismatches([child_denies()], talks, TODAY)
    assert [talk.pk for talk in found.talks] == [2, 3, 1]


words = st.builds(
    Talk,
    pk=st.integers(1, 50),
    adult_id=st.sampled_from([MOTHER, FATHER]),
    on=st.dates(ago(30), TODAY),
    said_by=st.sampled_from(["parent", "carer", "child", "staff"]),
)


@given(st.lists(words, max_size=8), st.sampled_from(["carer", "child"]))
def test_only_parents_words_of_the_same_days_are_ever_doubted(talks, said_by):
    for one in mismatches([child_denies(said_by=said_by)], talks, TODAY):
        assert {talk.said_by for talk in one.talks} == {"parent"}
        assert {talk.adult_id for talk in one.talks} == {MOTHER}
        assert all(talk.on > ago(7) for talk in one.talks)


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (Talk(2, MOTHER, ago(2), "child"), Told.BOTH),
        (Talk(2, MOTHER, ago(5), "staff"), Told.BOTH),
        (Talk(2, MOTHER, ago(6), "child"), Told.AWAY),
        (Talk(2, FATHER, ago(2), "child"), Told.AWAY),
        (Talk(2, MOTHER, ago(2), "parent"), Told.AWAY),
    ],
)
def test_one_sided_stays_one_sided(other, told):
    assert told_by(parent_says(2), [parent_says(2), other]) is told


def test_what_the_school_saw_needs_nobody():
    seen = Talk(1, MOTHER, ago(2), "staff")
    assert told_by(seen, [seen]) is Told.STAFF


@pytest.mark.parametrize(
    ("talks", "expected"),
    [
        ([parent_says(3)], False),
        ([parent_says(3), Talk(2, MOTHER, ago(4), "child")], True),
        ([parent_says(3), Talk(2, FATHER, ago(3), "child")], False),
        ([Talk(1, MOTHER, ago(3), "staff")], True),
        ([Talk(1, MOTHER, ago(3), "line")], True),
        ([Talk(1, MOTHER, ago(6), "staff")], True),  # on the first day
        ([Talk(1, MOTHER, ago(0), "staff")], True),  # on the last
        ([Talk(1, MOTHER, ago(7), "staff")], False),  # on the day before
        ([Talk(1, MOTHER, ago(-1), "staff")], False),  # on the day after
        # The parent's word lies in the week, the child's before it: the talk is confirmed.
        ([parent_says(6), Talk(2, MOTHER, ago(8), "child")], True),
    ],
)
def test_a_week_is_confirmed_by_one_confirmed_talk_in_it(talks, expected):
    assert is_confirmed(talks, ago(6), TODAY) is expected

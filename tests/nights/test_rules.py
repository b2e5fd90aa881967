"""Who is asked next, until when, and never too late."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardians.nearby.rules import Missing, missing
from nights import rules
from nights.rules import CARER, CHAIN, DUTY, SECOND, THIRD, VILLAGE, Person

CHINA = ZoneInfo("Asia/Shanghai")
EVENING = datetime(2026, 11, 30, 18, 0, tzinfo=CHINA)
ALL = {CARER: Person(1), SECOND: Person(2), THIRD: Person(3)}


def after(step, people=ALL, *, is_urgent=False, has_village=True, local=EVENING):
    return rules.next_step(step, people, is_urgent=is_urgent, has_village=has_village, local=local)


def test_one_after_the_other():
    steps, step = [], ""
    while step := after(step).step:
        steps.append(step)
    assert steps == list(CHAIN)


def test_urgent_begins_with_the_neighbours():
    assert after("", is_urgent=True).step == SECOND


@pytest.mark.parametrize(
    ("people", "clock", "is_urgent", "next_step", "why"),
    [
        ({}, time(18), False, DUTY, rules.NOBODY),
        ({SECOND: Person(2, was_asked=True)}, time(18), False, DUTY, rules.ASKED_ALREADY),
        ({SECOND: Person(2)}, time(21, 29), False, SECOND, ""),
        ({SECOND: Person(2)}, time(21, 30), False, DUTY, rules.LATE),
        ({SECOND: Person(2)}, time(2), False, DUTY, rules.LATE),
        ({SECOND: Person(2)}, time(2), True, SECOND, ""),
    ],
)
def test_who_is_passed_by(people, clock, is_urgent, next_step, why):
    local = EVENING.replace(hour=clock.hour, minute=clock.minute)
    found = after(CARER, people, is_urgent=is_urgent, local=local)
    assert found.step == next_step
    assert dict(found.passed).get(SECOND, "") == why


def test_the_village_is_passed_by_where_nobody_is_posted():
    assert after(DUTY).step == VILLAGE
    assert after(DUTY, has_village=False).step == ""


def test_silence_of_a_carer_counts_from_eight_and_never_within_half_an_hour():
    early = rules.step_ends_at(CARER, EVENING.astimezone(UTC), CHINA)
    assert early == EVENING.replace(hour=20)
    late = EVENING.replace(hour=19, minute=55)
    assert rules.step_ends_at(CARER, late.astimezone(UTC), CHINA) == late + timedelta(minutes=30)


def test_after_midnight_it_is_still_the_evening_before():
    assert rules.evening_of(datetime(2026, 12, 1, 5, 59)) == date(2026, 11, 30)
    assert rules.evening_of(datetime(2026, 12, 1, 6, 0)) == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("is_agreed", "wants", "is_told", "left"),
    [
        (True, True, True, ()),
        (False, None, False, (Missing.PARENT, Missing.CHILD, Missing.VILLAGE)),
        (True, False, True, ()),
        (True, True, False, (Missing.VILLAGE,)),
    ],
)
def test_what_is_missing(is_agreed, wants, is_told, left):
    assert missing(is_agreed=is_agreed, child_wants=wants, is_told=is_told) == left


people = st.dictionaries(
    st.sampled_from([CARER, SECOND, THIRD]),
    st.builds(Person, adult_id=st.integers(1, 9), was_asked=st.booleans()),
)
moments = st.times().map(lambda at: datetime.combine(date(2026, 11, 30), at, CHINA))


@given(
    step=st.sampled_from(["", *CHAIN]),
    people=people,
    is_urgent=st.booleans(),
    has_village=st.booleans(),
    local=moments,
)
def test_always(step, people, is_urgent, has_village, local):
    found = after(step, people, is_urgent=is_urgent, has_village=has_village, local=local)
    # In order, each at most once, and it ends.
    if found.step:
        assert not step or CHAIN.index(found.step) > CHAIN.index(step)
    passed = [one for one, _why in found.passed]
    assert passed == [one for one in CHAIN if one in passed]
    # A person is asked only where somebody is there, and nobody twice as a neighbour.
    if found.step in (CARER, SECOND, THIRD):
        assert found.step in people
        assert found.step == CARER or not people[found.step].was_asked
        until = rules.ASK_UNTIL if found.step == CARER else rules.NEARBY_UNTIL
        assert is_urgent or rules.ASK_FROM <= local.time() < until
    # Before duty is told, nothing ends.
    if found.step == "":
        assert step in (DUTY, VILLAGE)


@given(step=st.sampled_from(CHAIN), local=moments)
def test_each_step_ends_after_it_began(step, local):
    ends_at = rules.step_ends_at(step, local, CHINA)
    assert (ends_at is None) == (step == VILLAGE)
    assert ends_at is None or ends_at > local


@pytest.mark.parametrize(
    ("hour", "minute", "may"),
    [(16, 59, False), (17, 0, True), (19, 59, True), (20, 0, False), (0, 0, False)],
)
def test_carers_are_asked_between_five_and_eight(hour, minute, may):
    assert rules.may_ask_carers(EVENING.replace(hour=hour, minute=minute)) is may


def test_a_night_ends_on_the_next_morning_there():
    ends_at = rules.night_ends_at(date(2026, 11, 30), CHINA)
    assert ends_at == datetime(2026, 12, 1, 6, tzinfo=CHINA)

"""The State Council's definition as a table: every combination of what may be known of two parents."""

from datetime import date
from itertools import product

import pytest

from guardians.rules import (
    LegalStatus,
    ParentFacts,
    age_on,
    any_parent_away,
    days_since,
    legal_status,
)

ON = date(2026, 11, 24)
EIGHT = date(2018, 3, 1)
KNOWN = [True, False]
ASKED = [True, False, None]


def expected(parents):
    """The definition in words, for parents of whom everything is known and who both live."""
    away = [parent.is_away for parent in parents]
    if not any(away):
        return LegalStatus.NO
    if all(away):
        return LegalStatus.YES
    at_home = next(parent for parent in parents if not parent.is_away)
    return LegalStatus.NO if at_home.has_capacity else LegalStatus.YES


@pytest.mark.parametrize(
    "parents",
    [
        (ParentFacts(*one), ParentFacts(*other))
        for one, other in product(product(KNOWN, KNOWN), repeat=2)
    ],
)
def test_everything_known(parents):
    assert legal_status(EIGHT, parents, ON) is expected(parents)


@pytest.mark.parametrize(
    "parents",
    [
        (ParentFacts(*one), ParentFacts(*other))
        for one, other in product(product(ASKED, ASKED), repeat=2)
    ],
)
def test_unknown_exactly_where_it_makes_a_difference(parents):
    worlds = {
        expected((ParentFacts(*one), ParentFacts(*other)))
        for one, other in product(*(possible(parent) for parent in parents))
    }
    verdict = legal_status(EIGHT, parents, ON)
    assert verdict is (worlds.pop() if len(worlds) == 1 else LegalStatus.UNKNOWN)


def possible(parent):
    return product(
        KNOWN if parent.is_away is None else [parent.is_away],
        KNOWN if parent.has_capacity is None else [parent.has_capacity],
    )


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (ParentFacts(True, True), LegalStatus.YES),
        (ParentFacts(False, True), LegalStatus.NO),
        (ParentFacts(False, False), LegalStatus.NO),
        (ParentFacts(None, None), LegalStatus.UNKNOWN),
    ],
)
def test_a_dead_parent_leaves_the_other_to_decide(other, verdict):
    dead = ParentFacts(None, None, is_alive=False)
    assert legal_status(EIGHT, [dead, other], ON) is verdict


def test_a_parent_who_is_not_recorded_is_one_nobody_asked_about():
    assert legal_status(EIGHT, [ParentFacts(True, True)], ON) is LegalStatus.UNKNOWN
    assert legal_status(EIGHT, [ParentFacts(False, True)], ON) is LegalStatus.NO
    assert legal_status(EIGHT, [], ON) is LegalStatus.UNKNOWN


BOTH_AWAY = [ParentFacts(True, True), ParentFacts(True, True)]


@pytest.mark.parametrize(
    ("born_on", "verdict"),
    [
        (date(2010, 11, 25), LegalStatus.YES),
        (date(2010, 11, 24), LegalStatus.NO),
        (date(2010, 11, 23), LegalStatus.NO),
        (None, LegalStatus.UNKNOWN),
    ],
)
def test_sixteen_ends_it_on_the_birthday(born_on, verdict):
    assert legal_status(born_on, BOTH_AWAY, ON) is verdict


def test_without_a_birthday_a_clear_no_stays_no():
    at_home = [ParentFacts(False, True), ParentFacts(False, True)]
    assert legal_status(None, at_home, ON) is LegalStatus.NO


@pytest.mark.parametrize(
    ("born_on", "on", "age"),
    [
        (date(2016, 2, 29), date(2026, 2, 28), 9),
        (date(2016, 2, 29), date(2026, 3, 1), 10),
        (date(2016, 11, 24), date(2026, 11, 24), 10),
        (date(2016, 11, 25), date(2026, 11, 24), 9),
    ],
)
def test_age_in_completed_years(born_on, on, age):
    assert age_on(born_on, on) == age


def test_any_parent_away_asks_nothing_about_capacity():
    assert any_parent_away([ParentFacts(True, None), ParentFacts(False, True)])
    assert not any_parent_away([ParentFacts(None, None), ParentFacts(False, True)])
    assert not any_parent_away([ParentFacts(True, None, is_alive=False)])


@pytest.mark.parametrize(
    ("last_on", "days"),
    [(None, None), (ON, 0), (date(2026, 11, 17), 7), (date(2026, 11, 25), 0)],
)
def test_days_since_is_never_negative(last_on, days):
    assert days_since(last_on, ON) == days

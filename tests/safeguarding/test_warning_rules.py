"""Early warning: what makes a hint, and above all what never does."""

from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeguarding.early_warning import rules
from safeguarding.early_warning.rules import Domain, Facts, Last, State

ON = date(2026, 11, 25)
TWO_WEEKS = ON - timedelta(days=14)
DAYS = st.integers(0, 400).map(lambda days: ON - timedelta(days=days))
MAYBE_DAY = st.none() | DAYS

# One fact of each domain that is a signal by itself.
SIGNALS = {
    Domain.ATTENDANCE: {"registers": 20, "absent": 3, "registered_on": ON},
    Domain.HOMEWORK: {"homework_missed": 3, "homework_on": ON},
    Domain.NOTES: {"notes": 2, "noted_on": ON},
    Domain.SCORE: {"score_is_worse": True, "scored_on": ON - timedelta(days=9)},
    Domain.HOME: {"silent_since": ON - timedelta(days=15)},
}
ANY = st.builds(
    Facts,
    registers=st.integers(0, 25),
    absent=st.integers(0, 25),
    registered_on=MAYBE_DAY,
    homework_missed=st.integers(0, 14),
    homework_on=MAYBE_DAY,
    notes=st.integers(0, 9),
    noted_on=MAYBE_DAY,
    score_is_worse=st.booleans(),
    scored_on=MAYBE_DAY,
    low_on=MAYBE_DAY,
    silent_since=MAYBE_DAY,
    talked_on=MAYBE_DAY,
    unreachable_since=MAYBE_DAY,
)
# What a parent's being away can bring, however long and however badly the family is reached.
STATUS_ALONE = st.builds(
    Facts, silent_since=MAYBE_DAY, talked_on=MAYBE_DAY, unreachable_since=MAYBE_DAY
)


@pytest.mark.parametrize("domain", Domain)
def test_one_domain_alone_is_no_hint(domain):
    found = rules.judge(Facts(**SIGNALS[domain]), ON)
    assert found.domains == [domain]
    assert not found.is_raised


# What each domain reads: all of a hint's facts, and none of them twice.
READ_BY = {
    Domain.ATTENDANCE: {"registers", "absent", "registered_on"},
    Domain.HOMEWORK: {"homework_missed", "homework_on"},
    Domain.NOTES: {"notes", "noted_on"},
    Domain.SCORE: {"score_is_worse", "scored_on", "low_on"},
    Domain.HOME: {"silent_since", "talked_on", "unreachable_since"},
}


def test_there_is_no_fact_that_belongs_to_no_domain():
    known = [name for names in READ_BY.values() for name in names]
    assert sorted(known) == sorted(one.name for one in fields(Facts))


@given(facts=ANY, domain=st.sampled_from(Domain))
def test_whatever_one_domain_says_it_is_no_hint_alone(facts, domain):
    alone = Facts(**{name: getattr(facts, name) for name in READ_BY[domain]})
    assert not rules.judge(alone, ON).is_raised


@given(before=st.lists(ANY, max_size=4), domain=st.sampled_from(Domain))
def test_nor_day_after_day(before, domain):
    """Judged afresh each night: earlier nights add nothing to one domain."""
    for day, facts in enumerate(before):
        alone = Facts(**{name: getattr(facts, name) for name in READ_BY[domain]})
        assert not rules.judge(alone, ON + timedelta(days=day)).is_raised


@pytest.mark.parametrize("one", Domain)
@pytest.mark.parametrize("other", Domain)
def test_two_domains_are(one, other):
    found = rules.judge(Facts(**(SIGNALS[one] | SIGNALS[other])), ON)
    assert found.is_raised is (one != other)


@pytest.mark.parametrize(
    ("facts", "domain", "state"),
    [
        ({"registers": 4, "absent": 4}, Domain.ATTENDANCE, State.UNKNOWN),
        ({"registers": 5, "absent": 1}, Domain.ATTENDANCE, State.NO),
        ({"registers": 20, "absent": 2}, Domain.ATTENDANCE, State.YES),
        ({"registers": 21, "absent": 2}, Domain.ATTENDANCE, State.NO),
        ({"homework_missed": 9}, Domain.HOMEWORK, State.UNKNOWN),
        ({"homework_missed": 2, "homework_on": ON}, Domain.HOMEWORK, State.NO),
        ({"notes": 1, "noted_on": ON}, Domain.NOTES, State.NO),
        ({}, Domain.NOTES, State.UNKNOWN),
        ({"scored_on": ON - timedelta(days=181)}, Domain.SCORE, State.UNKNOWN),
        ({"scored_on": ON - timedelta(days=180)}, Domain.SCORE, State.NO),
        ({"silent_since": TWO_WEEKS, "talked_on": TWO_WEEKS}, Domain.HOME, State.NO),
        ({"silent_since": TWO_WEEKS}, Domain.HOME, State.UNKNOWN),
        ({"silent_since": ON - timedelta(days=15)}, Domain.HOME, State.YES),
        ({"unreachable_since": ON - timedelta(days=6)}, Domain.HOME, State.UNKNOWN),
        ({"unreachable_since": ON - timedelta(days=7)}, Domain.HOME, State.YES),
        ({}, Domain.HOME, State.UNKNOWN),
    ],
)
def test_each_limit(facts, domain, state):
    (signal,) = [one for one in rules.judge(Facts(**facts), ON).signals if one.domain == domain]
    assert signal.state is state


@pytest.mark.parametrize(
    ("name", "facts", "domain"),
    [
        ("missed_percent", {"registers": 100, "absent": 15}, Domain.ATTENDANCE),
        ("homework_misses", {"homework_missed": 4, "homework_on": ON}, Domain.HOMEWORK),
        ("notes", {"notes": 4, "noted_on": ON}, Domain.NOTES),
        ("gap_days", {"silent_since": ON - timedelta(days=20)}, Domain.HOME),
        ("unreachable_days", {"unreachable_since": ON - timedelta(days=20)}, Domain.HOME),
    ],
)
def test_a_school_may_move_each_limit(name, facts, domain):
    value = {"missed_percent": 15, "homework_misses": 4, "notes": 4}.get(name, 20)
    # "More than" so many days without a talk; of the others the limit itself counts.
    least = value - (name == "gap_days")

    def speaks(limit: int) -> bool:
        limits = replace(rules.USUAL, **{name: limit})
        return domain in rules.judge(Facts(**facts), ON, limits).domains

    assert speaks(least)
    assert not speaks(least + 1)
    low, high = rules.RANGES[name]
    assert low <= getattr(rules.USUAL, name) <= high


@given(facts=STATUS_ALONE)
def test_no_parents_being_away_ever_makes_a_hint_alone(facts):
    assert not rules.judge(facts, ON).is_raised


@given(facts=ANY)
def test_whatever_the_facts_two_domains_are_needed(facts):
    found = rules.judge(facts, ON)
    assert found.is_raised is (len(found.domains) >= 2)
    assert len(set(found.domains)) == len(found.domains)
    assert 0 <= found.missing_share <= 1


@given(facts=ANY)
def test_what_is_not_known_is_never_a_signal_and_never_fine(facts):
    blind = replace(
        facts,
        registers=0,
        homework_on=None,
        noted_on=None,
        scored_on=None,
        low_on=None,
    )
    found = rules.judge(blind, ON)
    assert not found.is_raised
    assert {one.state for one in found.signals if one.domain != Domain.HOME} == {State.UNKNOWN}


@given(facts=ANY)
def test_the_quick_look_misses_nothing(facts):
    if rules.judge(facts, ON).is_raised:
        assert rules.may_be_raised(facts)


DOMAINS = st.lists(st.sampled_from(list(Domain)), min_size=2, unique=True)


@given(was=DOMAINS, now=DOMAINS, days=st.integers(0, 90), helped=st.booleans())
def test_a_settled_hint_rests_unless_something_new_joins(was, now, days, helped):
    last = Last(was, ON - timedelta(days=days), did_not_help=not helped)
    rest = rules.REST_DAYS if helped else rules.NOT_HELPFUL_REST_DAYS
    is_new = bool(set(now) - set(was))
    assert rules.is_raised_again(now, last, ON) is (is_new or days >= rest)

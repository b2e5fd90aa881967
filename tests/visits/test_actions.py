from datetime import timedelta
from uuid import uuid4

import pytest

from guardians.models import Contact
from students.models import Enrolment
from tests.factories.visits import make_visit
from visits import actions, queries
from visits.actions.visits import Agreed
from visits.models import Agreement, CallLog, Visit


@pytest.fixture
def visit(cast) -> Visit:
    return make_visit(cast.students["mengyao"])


@pytest.fixture
def facts(cast, visit, at, today) -> dict:
    return {
        "visit": visit,
        "by": cast.users["teacher"],
        "at": at,
        "visited_on": today,
        "outcome": "met_carer",
        "met": [cast.adults["grandmother"]],
        "facts": ["desk", "food"],
        "words": "奶奶在喂鸡",
        "agreed": [Agreed("carer", "每晚九点睡觉", today + timedelta(days=7))],
        "key": uuid4(),
    }


def test_an_outcome_that_arrives_twice_is_written_once(facts):
    actions.record_visit(**facts)
    again = actions.record_visit(**facts)
    assert again.words == "奶奶在喂鸡"
    assert Agreement.objects.count() == 1
    assert Visit.objects.count() == 1


def test_another_word_about_the_same_visit_changes_nothing(facts, cast):
    actions.record_visit(**facts)
    other = facts | {"key": uuid4(), "by": cast.users["principal"], "words": "另一句"}
    with pytest.raises(actions.AlreadyRecorded) as told:
        actions.record_visit(**other)
    assert told.value.visit.recorded_by == cast.users["teacher"]
    facts["visit"].refresh_from_db()
    assert facts["visit"].words == "奶奶在喂鸡"


@pytest.mark.parametrize(("days_before", "is_taken"), [(0, False), (1, True)])
def test_after_the_child_left_only_what_was_before_is_taken(
    facts, cast, today, days_before, is_taken
):
    left_on = today - timedelta(days=1)
    Enrolment.objects.filter(student=cast.students["mengyao"]).update(ends_on=left_on)
    facts["visited_on"] = today - timedelta(days=days_before)
    if is_taken:
        assert actions.record_visit(**facts).outcome == "met_carer"
    else:
        with pytest.raises(actions.ChildLeft) as told:
            actions.record_visit(**facts)
        assert told.value.left_on == left_on
        assert not Agreement.objects.exists()


def test_what_was_agreed_last_is_known_the_next_time(facts, cast, at, today):
    actions.record_visit(**facts)
    newer = make_visit(cast.students["mengyao"])
    actions.record_visit(
        **facts | {"visit": newer, "key": uuid4(), "agreed": [Agreed("school", "配老花镜")]}
    )
    found = queries.agreed_last([cast.students["mengyao"].pk])
    assert [row.what for row in found[cast.students["mengyao"].pk]] == ["配老花镜"]


def test_the_next_visit_that_was_agreed_is_open(facts, cast, today):
    actions.record_visit(**facts | {"next_on": today + timedelta(days=20)})
    assert queries.next_visit(cast.students["mengyao"]).due_on == today + timedelta(days=20)


def test_several_visits_become_one_walk_that_can_be_put_in_order(cast, today):
    visits = [make_visit(cast.students[key]) for key in ("mengyao", "xiaobao")]
    actions.plan_visits(
        visits=visits, on=today, by=cast.users["teacher"], goes=None, by_village=False
    )
    walk = walk_of(cast, today)
    assert walk == visits
    actions.move_in_walk(visit=walk[0], others=walk, earlier=False)
    assert walk_of(cast, today) == visits[::-1]
    actions.move_in_walk(visit=walk[0], others=walk_of(cast, today), earlier=False)
    assert walk_of(cast, today) == visits[::-1]
    for _twice in range(2):  # the second finds it in the first place
        actions.move_in_walk(visit=walk[0], others=walk_of(cast, today), earlier=True)
        assert walk_of(cast, today) == visits


def walk_of(cast, today):
    return queries.walk_of(Visit.objects.all(), today, today, cast.students["mengyao"].village)


def test_a_recorded_visit_cannot_be_planned_again(facts, cast, today):
    actions.record_visit(**facts)
    count = actions.plan_visits(
        visits=[facts["visit"]], on=today, by=cast.users["teacher"], goes=None, by_village=False
    )
    assert count == 0


@pytest.fixture
def call(cast, at) -> CallLog:
    return actions.start_call(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        by=cast.users["teacher"],
        at=at,
        key=uuid4(),
    )


def test_a_double_tap_is_one_call(cast, call, at):
    again = actions.start_call(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        by=cast.users["teacher"],
        at=at + timedelta(seconds=1),
        key=call.key,
    )
    assert again == call
    assert CallLog.objects.get().started_at == at


def test_a_call_in_which_the_child_spoke_is_a_contact_once(call, at):
    for _ in range(2):
        actions.end_call(call=call, outcome="talked", at=at, minutes=6, child_spoke=True)
    contact = Contact.objects.get()
    assert (contact.reported_by, contact.kind, contact.minutes) == ("staff", "call", 6)


@pytest.mark.parametrize(("who", "outcome"), [("grandmother", "talked"), ("mother", "no_answer")])
def test_no_contact_where_nobody_spoke_with_a_parent(cast, at, who, outcome):
    actions.log_call(
        student=cast.students["mengyao"],
        adult=cast.adults[who],
        by=cast.users["teacher"],
        at=at,
        started_at=at,
        key=uuid4(),
        outcome=outcome,
        child_spoke=True,
    )
    assert CallLog.objects.get().child_spoke is False
    assert not Contact.objects.exists()


def test_another_outcome_of_the_same_call_is_refused(call, at):
    actions.end_call(call=call, outcome="no_answer", at=at)
    with pytest.raises(actions.CallAlreadyEnded):
        actions.end_call(call=call, outcome="talked", at=at)
    call.refresh_from_db()
    assert call.outcome == "no_answer"

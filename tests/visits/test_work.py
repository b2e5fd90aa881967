from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from privacy.models import Purpose
from schools.worklist import Lane
from students.actions import change_class
from students.timeline import EventKind
from tests.factories.visits import make_visit, refuse
from visits import actions
from visits.actions.visits import Agreed
from visits.models import CallLog, Visit
from visits.timeline import timeline
from visits.work import work_for


def work(cast, who, at) -> dict[str, object]:
    items = work_for(cast.users[who], at)
    assert all(item.lane is Lane.DUE for item in items)
    return {item.key: item for item in items}


def test_a_planned_visit_is_on_today_of_whoever_goes(cast, at, today):
    visit = make_visit(cast.students["mengyao"], planned_on=today, goes=cast.users["principal"])
    key = f"visit-{visit.pk}"
    item = work(cast, "principal", at)[key]
    assert item.act_url == reverse("visits:record", args=[visit.pk])
    assert key not in work(cast, "counsellor", at)
    assert key not in work(cast, "next_teacher", at)


def test_overdue_visits_of_the_own_class_a_few_a_day(cast, at, today):
    for _ in range(5):
        make_visit(cast.students["mengyao"], due_on=today - timedelta(days=3))
    assert len(work(cast, "teacher", at)) == 3
    assert work(cast, "principal", at) == {}


def test_put_off_it_comes_back_on_its_day(cast, at, today, as_user):
    visit = make_visit(cast.students["mengyao"], due_on=today - timedelta(days=3))
    until = today + timedelta(days=2)
    url = reverse("visits:put_off", args=[visit.pk])
    client = as_user("teacher")
    for bad in ("1900-01-01", "2100-01-01", today.isoformat(), "x"):
        assert client.post(url, {"on": bad}, HTTP_HX_REQUEST="true").status_code == 422
    assert client.post(url, {"until_on": until}, HTTP_HX_REQUEST="true").status_code == 200
    assert work(cast, "teacher", at) == {}
    assert f"visit-{visit.pk}" in work(cast, "teacher", at + timedelta(days=2))


def test_a_visit_that_the_family_does_not_want_the_village_to_make_goes_back(cast, at):
    visit = make_visit(cast.students["mengyao"], by_village=True)
    assert work(cast, "teacher", at) == {}
    refuse(cast.students["mengyao"], cast.adults["mother"], Purpose.VILLAGE, at)
    assert f"visit-{visit.pk}" in work(cast, "teacher", at)


def test_a_call_that_nobody_ended_asks_how_it_went(cast, at):
    call = actions.start_call(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        by=cast.users["teacher"],
        at=at - timedelta(minutes=30),
        key=uuid4(),
    )
    assert f"call-log-{call.pk}" in work(cast, "teacher", at)
    assert work(cast, "principal", at) == {}
    actions.end_call(call=call, outcome="talked", at=at)
    assert work(cast, "teacher", at) == {}


def test_what_the_school_promised_is_on_today_until_it_is_done(cast, at, today, as_user):
    visit = record(cast, at, today, agreed=[Agreed("school", "配老花镜", today)])
    row = visit.agreements.get()
    key = f"agreed-{row.pk}"
    assert "配老花镜" in work(cast, "teacher", at)[key].why
    assert key not in work(cast, "next_teacher", at)
    response = as_user("teacher").post(
        reverse("visits:keep_agreement", args=[row.pk]), HTTP_HX_REQUEST="true"
    )
    assert response.status_code == 200
    assert work(cast, "teacher", at) == {}


def test_a_promise_goes_with_the_child_to_another_class(cast, at, today):
    visit = record(cast, at, today, agreed=[Agreed("school", "配老花镜", today)])
    key = f"agreed-{visit.agreements.get().pk}"
    change_class(
        student=cast.students["mengyao"],
        school_class=cast.next_class,
        starts_on=today,
        by=cast.users["admin"],
    )
    assert key not in work(cast, "teacher", at)
    assert key in work(cast, "next_teacher", at)


def record(cast, at, today, **facts) -> Visit:
    return actions.record_visit(
        visit=make_visit(cast.students["mengyao"]),
        by=cast.users["teacher"],
        at=at,
        visited_on=today,
        outcome="met_carer",
        key=uuid4(),
        words="奶奶在喂鸡",
        **facts,
    )


def test_a_row_of_today_opens_the_whole_page(cast, as_user):
    visit = make_visit(cast.students["mengyao"])
    url = reverse("visits:record", args=[visit.pk])
    response = as_user("teacher").get(
        url, HTTP_HX_REQUEST="true", HTTP_HX_TARGET=f"inplace-visit-{visit.pk}"
    )
    assert response["HX-Redirect"] == url


def test_the_worklist_costs_the_same_for_ten(cast, at, today):
    def fill(n: int) -> int:
        for _ in range(n):
            make_visit(cast.students["mengyao"], planned_on=today)
            make_visit(cast.students["xiaobao"], by_village=True)
        with CaptureQueriesContext(connection) as queries:
            work_for(cast.users["teacher"], at)
        return len(queries)

    assert fill(1) == fill(9)


@pytest.fixture
def events(cast, at, today):
    def read(who: str, limit: int = 10):
        return timeline(cast.students["mengyao"], cast.users[who], at, limit)

    return read


def test_visits_and_calls_stand_in_the_timeline_newest_first(cast, at, today, events):
    record(cast, at, today - timedelta(days=3))
    call = actions.start_call(
        student=cast.students["mengyao"],
        adult=cast.adults["mother"],
        by=cast.users["teacher"],
        at=at,
        key=uuid4(),
    )
    # a call in progress is not an event yet
    assert [event.icon for event in events("teacher")] == ["home"]
    actions.end_call(call=call, outcome="talked", at=at, minutes=4, words="厂里忙")
    found = events("teacher")
    assert [event.icon for event in found] == ["phone", "home"]
    assert {event.kind for event in found} == {EventKind.VISIT}
    assert "奶奶在喂鸡" in found[1].text


def test_what_was_seen_at_home_is_for_those_who_visit(cast, at, today, events):
    record(cast, at, today)
    assert "奶奶在喂鸡" in events("teacher")[0].text
    assert events("admin")[0].title == events("teacher")[0].title
    assert events("admin")[0].text == ""


def test_a_thousand_events_cost_what_ten_do(cast, at, today, events):
    def cost(limit: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert len(events("teacher", limit)) <= limit
        return len(queries)

    record(cast, at, today)
    few = cost(10)
    CallLog.objects.bulk_create(
        CallLog(
            school=cast.school,
            student=cast.students["mengyao"],
            adult=cast.adults["mother"],
            started_at=at - timedelta(hours=n),
            outcome="talked",
            key=uuid4(),
            called_by=cast.users["teacher"],
        )
        for n in range(1000)
    )
    assert cost(10) == few

"""What Today asks, what the timeline shows, and what the class list shows."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from classroom import actions, messages
from classroom.rules import GOOD_NEWS_SHOWN, Mark
from classroom.timeline import timeline
from classroom.work import work_for
from core import clock
from schools.worklist import Lane
from students.timeline import EventKind
from tests.factories.classroom import WORDS, fill_class, make_letter, make_note, make_request
from tests.factories.outbox import standing


def work(cast, role="teacher", lane=None):
    items = work_for(cast.users[role], clock.now())
    return [item for item in items if lane is None or item.lane is lane]


def owed(cast, role="teacher"):
    return {item.student_name for item in work(cast, role, Lane.GOOD_NEWS)}


def test_good_news_is_owed_by_fortnight(cast):
    make_note(cast, "mengyao", tell_family=True, at=clock.now() - timedelta(days=16))
    make_note(cast, "xiaobao", tell_family=True, at=clock.now() - timedelta(days=2))
    (item,) = work(cast, lane=Lane.GOOD_NEWS)
    assert item.student_name == "徐梦瑶"
    assert "16" in item.why
    make_letter(cast, sent_at=clock.now())
    assert owed(cast) == set()


def test_a_note_that_the_family_does_not_see_pays_nothing(cast):
    make_note(cast, "mengyao", tell_family=False)
    assert "徐梦瑶" in owed(cast)


def test_what_the_family_does_not_know_yet_is_said_and_comes_first(cast):
    fill_class(cast, 8)
    make_note(cast, "xiaobao", words="给麻雀搭了一个窝")
    first = work(cast, lane=Lane.GOOD_NEWS)[0]
    assert (first.student_name, "给麻雀搭了一个窝" in first.why) == ("徐小宝", True)
    # Once the family has heard something, that is enough for now.
    make_note(cast, "xiaobao", tell_family=True)
    assert "徐小宝" not in owed(cast)


@pytest.mark.parametrize(
    ("days", "note"),
    [
        (0, {"tell_family": True}),
        (0, {"themes": ["home"]}),
        (0, {"strengths": []}),
        (20, {}),
        (0, {"is_reported": True}),  # from another system: nobody has looked
    ],
)
def test_of_other_notes_nothing_is_said(cast, days, note):
    then = clock.now() - timedelta(days=days)
    make_note(cast, "xiaobao", words="给麻雀搭了一个窝", happened_at=then, **note)
    assert "麻雀" not in "".join(item.why for item in work(cast, lane=Lane.GOOD_NEWS))


def test_a_few_a_day_and_only_the_class_teacher_is_asked(cast):
    fill_class(cast, 8)
    assert len(work(cast, lane=Lane.GOOD_NEWS)) == GOOD_NEWS_SHOWN
    for role in ("principal", "counsellor", "admin", "far_teacher", "village", "county"):
        assert not {"徐梦瑶", "徐小宝"} & owed(cast, role)


def absent(cast, reason=""):
    actions.save_register(
        school_class=cast.school_class,
        on=timezone.localdate(),
        was={},
        now={cast.students["mengyao"].pk: Mark("absent", reason)},
        by=cast.users["teacher"],
        at=clock.now(),
    )


def test_absent_for_no_known_reason_asks_the_class_teacher(cast, sign_in):
    absent(cast)
    (item,) = work(cast, lane=Lane.DUE)
    assert item.student_name == "徐梦瑶"
    assert work(cast, "next_teacher", Lane.DUE) == []
    sign_in("teacher").post(item.act_url, {"reason": "ill"})
    assert work(cast, lane=Lane.DUE) == []


def test_absent_for_a_known_reason_asks_nobody(cast):
    absent(cast, "ill")
    assert work(cast, lane=Lane.DUE) == []


def test_cannot_and_overdue_come_to_who_asked(cast):
    row = make_request(cast, days=3)
    assert not [item for item in work(cast) if item.key.startswith("request")]
    actions.answer_request(request=row, answer="cannot", words="没有钱", at=clock.now())
    (item,) = work(cast, lane=Lane.AWAITING_ANSWER)
    assert item.key == f"request-{row.pk}"
    actions.answer_request(request=row, answer="will_do", words="", at=clock.now())
    assert work(cast, lane=Lane.AWAITING_ANSWER) == []
    late = work_for(cast.users["teacher"], clock.now() + timedelta(days=5))
    assert [i.key for i in late if i.lane is Lane.DUE] == [f"request-{row.pk}"]
    actions.close_request(request=row, by=cast.users["teacher"], at=clock.now())
    late = work_for(cast.users["teacher"], clock.now() + timedelta(days=5))
    assert [i.key for i in late if i.lane is Lane.DUE] == []


def test_the_act_of_today_opens_the_whole_page(cast, sign_in):
    item = work(cast, lane=Lane.GOOD_NEWS)[0]
    response = sign_in("teacher").get(item.act_url, headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == item.act_url
    stranger = sign_in("next_teacher").get(item.act_url, headers={"HX-Request": "true"})
    assert stranger.status_code == 404


def events(cast, role="teacher", limit=20):
    return timeline(cast.students["mengyao"], cast.users[role], clock.now(), limit)


def test_the_timeline_tells_what_its_reader_may_see(cast):
    make_note(cast)
    make_note(cast, strengths=[], themes=["withdrawal"], at=clock.now() - timedelta(hours=1))
    absent(cast, "ill")
    kinds = [event.kind for event in events(cast)]
    assert sorted(kinds) == sorted([EventKind.PRAISE, EventKind.OBSERVATION, EventKind.ATTENDANCE])
    assert [event.kind for event in events(cast, "admin")] == [EventKind.ATTENDANCE]


def test_the_latest_come_first_and_no_more_than_asked(cast):
    for days in range(5):
        make_note(cast, words=str(days), at=clock.now() - timedelta(days=days))
    assert [event.text for event in events(cast, limit=3)] == ["0", "1", "2"]


def test_taken_back_it_is_told_no_more(cast):
    note = make_note(cast)
    assert [event.text for event in events(cast)] == [WORDS]
    actions.retract(notes=[note], by=cast.users["teacher"], at=clock.now())
    assert events(cast) == []


def cost(call) -> int:
    with CaptureQueriesContext(connection) as made:
        call()
    return len(made)


def grow(cast, number):
    for days in range(number):
        make_note(cast, tell_family=True, at=clock.now() - timedelta(days=days))
        make_note(cast, "xiaobao", tell_family=True, at=clock.now() - timedelta(days=days + 20))
        make_request(cast, days=1)


def from_families(cast):
    from classroom.family import family_lines

    at = clock.now() + timedelta(minutes=20)
    family_lines([child.pk for child in cast.students.values()], [cast.adults["mother"]], at)
    messages.queue_reminders(at=at)
    standing(at)


@pytest.mark.parametrize(
    "ask",
    [
        lambda cast, client: work_for(cast.users["teacher"], clock.now() + timedelta(days=3)),
        lambda cast, client: events(cast),
        lambda cast, client: from_families(cast),
        lambda cast, client: client.get("/children/", {"see": "notes"}),
        lambda cast, client: client.get("/class/observe/"),
        lambda cast, client: client.get("/class/requests/"),
        lambda cast, client: client.get("/class/homework/"),
    ],
    ids=["today", "timeline", "family", "class", "pick", "requests", "homework"],
)
def test_ten_cost_what_one_costs(cast, sign_in, kept_rail, ask):
    client = sign_in("teacher")
    grow(cast, 1)
    ask(cast, client)
    one = cost(lambda: ask(cast, client))
    grow(cast, 9)
    fill_class(cast, 9)
    assert cost(lambda: ask(cast, client)) == one


def test_my_class_shows_whom_nobody_has_looked_at(cast, sign_in):
    make_note(cast, "xiaobao")
    page = sign_in("teacher").get("/children/", {"see": "notes", "only": "unseen"})
    assert [row.name for row in page.context["rows"]] == ["徐梦瑶"]
    assert page.context["filter_tabs"][0]["count"] == 2
    page = sign_in("teacher").get("/children/", {"see": "notes", "only": "owed"})
    assert len(page.context["rows"]) == 2


def test_a_principal_has_the_classes_of_the_school_and_no_teacher_is_named(cast, sign_in):
    make_note(cast)
    asked = {"see": "notes", "class": cast.school_class.pk}
    page = sign_in("principal").get("/children/", asked)
    assert {row.name for row in page.context["rows"]} == {"徐梦瑶", "徐小宝"}
    assert "张丽华" not in page.content.decode()
    far = asked | {"class": cast.far_class.pk}
    assert sign_in("principal").get("/children/", far).status_code == 404

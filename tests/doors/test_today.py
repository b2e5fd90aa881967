"""Today: what leads, what is folded away, and what never is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.template import Context, engines
from django.urls import reverse

from core import clock
from doors.staff.today import GOOD_NEWS_SHOWN, IN_SIGHT_OF_A_LANE, ROWS_SHOWN, lanes, row, work_of
from safeguarding.actions import raise_worry
from schools.worklist import Lane, Urgency, WorkItem

AT = datetime(2026, 11, 24, 2, 20, tzinfo=UTC)


def items(lane: Lane, count: int, child: int | None = None) -> list[WorkItem]:
    """Each about a child of its own, or all about `child`."""
    return [
        WorkItem(
            key=f"{lane.value}-{n}",
            lane=lane,
            student_id=child or n + 1,
            student_name="徐梦瑶",
            why="",
            since_at=AT - timedelta(hours=n),
            act_label="",
            act_url="",
        )
        for n in range(count)
    ]


def shown(found: list, key: str) -> tuple[int, str]:
    [lane] = [one for one in found if one.key == key]
    return len(lane.rows), lane.more


def test_a_lane_shows_its_first_rows_and_how_many_there_are_more():
    found = lanes([*items(Lane.DUE, 9), *items(Lane.GOOD_NEWS, 5)], AT, "Asia/Shanghai")
    assert shown(found, "due") == (IN_SIGHT_OF_A_LANE, "还有 6 件")
    assert shown(found, "good_news") == (2, "还有 3 件")
    [due] = [one for one in found if one.key == "due"]
    assert due.count == 9


def test_what_comes_after_two_screens_of_a_phone_is_a_fold_with_its_count():
    filled = [Lane.ADULT_NOW, Lane.AWAITING_ANSWER, Lane.NOT_REACHED, Lane.DUE, Lane.GOOD_NEWS]
    numbers = dict(zip(filled, (2, 9, 4, 9, 5), strict=True))
    found = lanes(
        [item for lane, number in numbers.items() for item in items(lane, number)],
        AT,
        "Asia/Shanghai",
    )
    assert [len(lane.rows) for lane in found if not lane.is_fold] == [2, 3]
    assert [(lane.key, lane.count) for lane in found if lane.is_fold] == [
        ("not_reached", 4),
        ("due", 9),
        ("good_news", 5),
    ]
    assert len(found[-1].rows) == GOOD_NEWS_SHOWN  # once it is opened
    many = [*items(Lane.ADULT_NOW, 9), *items(Lane.DUE, 2)]
    assert [lane.is_fold for lane in lanes(many, AT, "Asia/Shanghai")] == [False, True]
    assert [lane.is_fold for lane in lanes(many, AT, "Asia/Shanghai", "due")] == [False, False]


def test_a_heading_is_red_only_where_everything_under_it_needs_an_adult_now():
    later = Urgency("notice", "notice", "可以等")
    calm = [replace(item, urgency=later) for item in items(Lane.ADULT_NOW, 1, child=5)]
    urgent = items(Lane.ADULT_NOW, 1)
    for own, has_now, is_red in (
        (urgent, True, True),
        (urgent + calm, True, False),
        (calm, False, False),
    ):
        [lane] = lanes(own, AT, "Asia/Shanghai")
        assert (lane.has_now, lane.is_red) == (has_now, is_red)


def test_a_child_has_one_place_and_two_reasons():
    mine = items(Lane.DUE, 3, child=77)
    found = lanes([mine[0], *items(Lane.DUE, 2), *mine[1:]], AT, "Asia/Shanghai")
    assert shown(found, "due") == (4, "还有 1 件")
    [due] = found
    assert [row["is_also"] for row in due.rows] == [False, True, False, False]
    assert [row["key"] for row in due.rows][:2] == [mine[0].key, mine[1].key]
    [due] = lanes(mine, AT, "Asia/Shanghai", "due")
    assert len(due.rows) == 3


def test_the_rest_opens():
    found = lanes(items(Lane.DUE, 9), AT, "Asia/Shanghai", "due")
    assert shown(found, "due") == (9, "")


def test_nobody_who_needs_an_adult_now_is_folded_away():
    found = lanes(items(Lane.ADULT_NOW, 9), AT, "Asia/Shanghai")
    assert shown(found, "adult_now") == (9, "")


@pytest.mark.django_db
def test_what_needs_an_adult_now_stands_before_what_has_waited_longer(cast):
    at = clock.now()
    for child, is_urgent, hours in (("xiaobao", False, 5), ("mengyao", True, 0)):
        raise_worry(
            student=cast.students[child], by=cast.users["teacher"], words="近来不大说话",
            is_urgent=is_urgent, at=at - timedelta(hours=hours), key=child,
        )  # fmt: skip
    rows = [row for row in work_of(cast.users["counsellor"], at) if row.urgency]
    assert [row.student_id for row in rows] == [
        cast.students["mengyao"].pk,
        cast.students["xiaobao"].pk,
    ]


@pytest.mark.django_db
def test_the_page_leads_to_the_rest_and_shows_it(client, cast, monkeypatch):
    monkeypatch.setattr("doors.staff.views.work_of", lambda user, at, also=(): items(Lane.DUE, 9))
    client.force_login(cast.users["teacher"])
    page = client.get(reverse("staff:today"))
    [lane] = page.context["lanes"]
    assert f'href="{lane.more_url}#lane-due"' in page.content.decode()
    assert len(lane.rows) == ROWS_SHOWN
    [whole] = client.get(lane.more_url).context["lanes"]
    assert len(whole.rows) == 9


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("student_id", "is_person", "is_thing"),
    [(7, False, False), (0, True, False), (0, False, True)],
)
def test_only_a_person_has_the_circle_with_a_surname(student_id, is_person, is_thing):
    """A roster, a form and a phone number are named without one."""
    item = WorkItem(
        key="k",
        lane=Lane.DUE,
        student_id=student_id,
        student_name="值班表",
        why="",
        since_at=clock.now(),
        act_label="",
        act_url="",
        is_person=is_person,
    )
    shown, page = row(item, clock.now(), "Asia/Shanghai"), Context({"csrf_token": "t"})
    assert shown["is_thing"] == is_thing
    part = engines["parts"].from_string(
        '{% from "components/work_parts.html" import work %}{{ work(row, page) }}'
    )
    assert ("值</span>" in part.render({"row": shown, "page": page})) != is_thing

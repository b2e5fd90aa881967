"""The duty roster: one screen, nothing of the past is touched, a gap is shown plainly."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from core import clock
from core.phones import readable
from doors.staff.today import work_of
from schools.duty import actions, queries
from schools.duty.work import own_lines
from schools.models import DutyTurn, Post, School
from tests.factories.cast import make_post, make_user
from tests.factories.duty import put

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
MONDAY = date(2026, 11, 23)
NOON = datetime.combine(MONDAY, time(12), ZONE)


@pytest.fixture
def admin(client, cast):
    client.force_login(cast.users["admin"])
    return client


@pytest.fixture
def today(cast) -> date:
    return queries.duty_day_of(cast.school, clock.now())


def said(cast, who: str, on: date, **more) -> dict:
    return {"user": cast.users[who].pk, "starts_on": on.isoformat(), "part": "whole"} | more


def turns() -> list[tuple]:
    rows = DutyTurn.objects.filter(off_at=None).order_by("on", "starts_at", "pk")
    return [(row.user.username, row.on, row.part) for row in rows.select_related("user")]


def test_the_principal_writes_somebody_down_for_a_span_of_days(client, cast, today):
    client.force_login(cast.users["principal"])
    last = today + 2 * DAY
    facts = said(cast, "teacher", today, ends_on=last.isoformat(), part="night")
    answer = client.post(reverse("schools:duty_put"), facts, follow=True)
    assert turns() == [("teacher", today + n * DAY, "night") for n in range(3)]
    assert cast.users["teacher"].name in answer.content.decode()
    again = client.post(reverse("schools:duty_put"), facts, follow=True)
    assert again.status_code == 200
    assert len(turns()) == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user": ""}, "user"),
        ({"user": "999999"}, "user"),
        ({"starts_on": "2026-13-77"}, "starts_on"),
        ({"starts_on": "0001-01-01"}, "starts_on"),
        ({"starts_on": "9999-12-31"}, "starts_on"),
        ({"ends_on": "0001-01-01"}, "ends_on"),
        ({"ends_on": "9999-12-31"}, "ends_on"),
        ({"ends_on": "x"}, "ends_on"),
        ({"part": "noon"}, "part"),
    ],
)
def test_nonsense_is_refused_at_its_field(admin, cast, today, change, field):
    answer = admin.post(reverse("schools:duty_put"), said(cast, "teacher", today) | change)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert turns() == []


def test_past_days_cannot_be_written(admin, cast, today):
    answer = admin.post(reverse("schools:duty_put"), said(cast, "teacher", today - DAY))
    assert list(answer.context["form"].errors) == ["starts_on"]
    with pytest.raises(actions.IsOver):
        put(cast, "teacher", MONDAY - DAY, at=NOON)
    assert turns() == []


def test_nobody_is_written_down_beyond_the_end_of_a_post(admin, cast, today):
    Post.objects.filter(user=cast.users["teacher"]).update(ends_on=today)
    facts = said(cast, "teacher", today, ends_on=(today + DAY).isoformat())
    assert list(admin.post(reverse("schools:duty_put"), facts).context["form"].errors) == ["user"]
    assert turns() == []


@pytest.mark.parametrize("who", ["admin", "village", "far_teacher", "ended", "mother"])
def test_only_who_may_take_a_childs_call_can_be_picked(admin, cast, today, who):
    answer = admin.post(reverse("schools:duty_put"), said(cast, who, today))
    assert list(answer.context["form"].errors) == ["user"]


def test_what_is_over_is_not_changed_by_any_act(cast):
    turn = put(cast, "teacher", MONDAY, at=NOON)
    other = put(cast, "counsellor", MONDAY + DAY, at=NOON)
    late, by = NOON + DAY, cast.users["admin"]
    for act in (
        lambda: actions.take_off(turn=turn, by=by, at=late),
        lambda: actions.give(turn=turn, user=cast.users["counsellor"], by=by, at=late),
        lambda: actions.swap(turn=other, other=turn, by=by, at=late),
    ):
        with pytest.raises(actions.IsOver):
            act()
    assert turns() == [("teacher", MONDAY, "whole"), ("counsellor", MONDAY + DAY, "whole")]


@pytest.mark.parametrize("change", [{"on": MONDAY}, {"ends_at": NOON + 9 * DAY}])
def test_the_database_keeps_each_row_as_it_was_written(cast, change):
    turn = put(cast, "teacher", MONDAY + DAY, at=NOON)
    with pytest.raises(InternalError), transaction.atomic():
        DutyTurn.objects.filter(pk=turn.pk).update(**change)
    with pytest.raises(InternalError), transaction.atomic():
        turn.delete()
    actions.take_off(turn=turn, by=cast.users["admin"], at=NOON)
    with pytest.raises(InternalError), transaction.atomic():
        DutyTurn.objects.filter(pk=turn.pk).update(off_at=None, off_by=None)


def test_a_turn_that_runs_is_given_away_from_now_on(cast):
    turn = put(cast, "teacher", MONDAY, at=NOON - DAY)
    actions.give(turn=turn, user=cast.users["counsellor"], by=cast.users["admin"], at=NOON)
    turn.refresh_from_db()
    later = DutyTurn.objects.get(user=cast.users["counsellor"])
    assert (turn.runs_until, later.starts_at, later.ends_at) == (NOON, NOON, turn.ends_at)


def test_two_swap_on_one_day_and_across_days(cast):
    day = put(cast, "teacher", MONDAY + DAY, "day", at=NOON)
    night = put(cast, "counsellor", MONDAY + DAY, "night", at=NOON)
    by = cast.users["admin"]
    actions.swap(turn=day, other=night, by=by, at=NOON)
    assert turns() == [("counsellor", MONDAY + DAY, "day"), ("teacher", MONDAY + DAY, "night")]
    far = put(cast, "principal", MONDAY + 4 * DAY, "day", at=NOON)
    near = DutyTurn.objects.get(user=cast.users["teacher"], off_at=None)
    actions.swap(turn=near, other=far, by=by, at=NOON)
    assert turns() == [
        ("counsellor", MONDAY + DAY, "day"),
        ("principal", MONDAY + DAY, "night"),
        ("teacher", MONDAY + 4 * DAY, "day"),
    ]
    assert DutyTurn.objects.exclude(off_at=None).count() == 4  # who had been down is on record
    with pytest.raises(actions.SamePerson):
        actions.swap(turn=night_now(), other=night_now(), by=by, at=NOON)


def night_now() -> DutyTurn:
    return DutyTurn.objects.get(part="night", off_at=None)


def test_a_swap_that_one_of_the_two_cannot_keep_changes_nothing(cast):
    mine = put(cast, "teacher", MONDAY + DAY, at=NOON)
    theirs = put(cast, "counsellor", MONDAY + 4 * DAY, at=NOON)
    Post.objects.filter(user=cast.users["teacher"]).update(ends_on=MONDAY + DAY)
    with pytest.raises(actions.NoPost):
        actions.swap(turn=mine, other=theirs, by=cast.users["admin"], at=NOON)
    assert DutyTurn.objects.filter(off_at=None).count() == 2


def spans() -> list[tuple]:
    rows = DutyTurn.objects.filter(off_at=None).order_by("starts_at", "pk")
    return [(row.user.username, row.part, row.starts_at, row.ends_at) for row in rows]


def new_hours(cast, day_from: time, night_from: time) -> None:
    actions.set_hours(school=cast.school, day_from=day_from, night_from=night_from)


def test_a_running_turn_given_away_lasts_as_long_as_it_was_written_whatever_the_hours_now(cast):
    evening = NOON + timedelta(hours=6, minutes=30)
    turn = put(cast, "teacher", MONDAY, "day", at=NOON)
    new_hours(cast, time(7), time(18))  # by today's hours it would be over at half past six
    facts = {"turn": turn, "user": cast.users["counsellor"], "by": cast.users["admin"]}
    actions.give(**facts, at=evening)
    assert spans() == [("counsellor", "day", evening, NOON + timedelta(hours=7))]


def test_a_swap_keeps_the_hours_of_each_turn(cast):
    mine = put(cast, "teacher", MONDAY, "day", at=NOON)
    theirs = put(cast, "counsellor", MONDAY + DAY, "day", at=NOON)
    new_hours(cast, time(8), time(18))
    evening = NOON + timedelta(hours=6, minutes=30)
    actions.swap(turn=mine, other=theirs, by=cast.users["admin"], at=evening)
    assert spans() == [
        ("counsellor", "day", evening, mine.ends_at),
        ("teacher", "day", theirs.starts_at, theirs.ends_at),
    ]


def test_whoever_is_down_for_a_part_gets_the_rest_and_nobody_leaves_a_gap(cast):
    whole = put(cast, "teacher", MONDAY + DAY, at=NOON)
    day = put(cast, "counsellor", MONDAY + DAY, "day", at=NOON)
    facts = {"user": cast.users["counsellor"], "by": cast.users["admin"], "at": NOON}
    actions.give(turn=whole, **facts)
    assert spans() == [
        ("counsellor", "day", whole.starts_at, day.ends_at),
        ("counsellor", "night", day.ends_at, whole.ends_at),
    ]
    early = put(cast, "teacher", MONDAY + 2 * DAY, "night", at=NOON)
    new_hours(cast, time(7), time(20))
    put(cast, "counsellor", MONDAY + 2 * DAY, "night", at=NOON)  # comes an hour later
    with pytest.raises(actions.LeavesGap):
        actions.give(turn=early, **facts)
    early.refresh_from_db()
    assert early.off_at is None


def test_what_would_leave_a_gap_is_said_and_nothing_is_done(admin, cast, today):
    turn = put(cast, "teacher", today + DAY, "night")
    new_hours(cast, time(7), time(20))
    cast.school.refresh_from_db()
    put(cast, "counsellor", today + DAY, "night")
    given = {"user": cast.users["counsellor"].pk}
    assert admin.post(reverse("schools:duty_give", args=[turn.pk]), given).status_code == 422
    turn.refresh_from_db()
    assert turn.off_at is None


@pytest.mark.parametrize(("part", "is_gap"), [("day", False), ("night", True), ("whole", True)])
def test_a_post_that_ends_at_midnight_holds_no_night(cast, part, is_gap):
    user = cast.users["teacher"]
    put(cast, user, MONDAY, part, at=NOON)
    Post.objects.filter(user=user).update(ends_on=MONDAY)
    (turn,) = queries.turns_between([cast.school.pk], MONDAY, MONDAY)
    assert turn.is_here is not is_gap
    parts = queries.parts_kept([cast.school.pk], MONDAY)[cast.school.pk]
    here = [turn] if turn.is_here else []
    found = queries.gaps_in(cast.school, here, parts, MONDAY, 1, NOON)
    assert bool(found) is is_gap
    (line,) = own_lines(user, NOON) if part != "night" else [{"is_now": True}]
    assert line["is_now"]  # by day it is their turn all the same
    if is_gap:
        with pytest.raises(actions.NoPost):
            put(cast, user, MONDAY, "night", at=NOON)


def test_on_the_page_stands_who_cannot_be_reached(admin, cast, today):
    User.objects.filter(pk=cast.users["teacher"].pk).update(phone="", email="")
    put(cast, "teacher", today)
    for page in ("schools:duty", "counselling:levels"):
        client = admin
        if page != "schools:duty":
            client.force_login(cast.users["principal"])
        text = client.get(reverse(page)).content.decode()
        assert "没有电话和邮箱" in text


@pytest.mark.parametrize(
    ("error", "field"), [(actions.IsOver, "starts_on"), (actions.NoPost, "user")]
)
def test_what_changed_behind_the_form_is_said_at_its_field(
    admin, cast, today, monkeypatch, error, field
):
    def late(**_facts):
        raise error

    monkeypatch.setattr(actions, "put_down", late)
    answer = admin.post(reverse("schools:duty_put"), said(cast, "teacher", today))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]


def test_the_page_of_a_turn_gives_swaps_and_takes_off(admin, cast, today):
    turn = put(cast, "teacher", today + DAY)
    other = put(cast, "counsellor", today + 2 * DAY)
    page = admin.get(reverse("schools:duty_turn", args=[turn.pk])).content.decode()
    assert cast.users["teacher"].name in page
    answer = admin.post(reverse("schools:duty_swap", args=[turn.pk]), {"other": other.pk})
    assert answer.status_code == 302
    assert turns() == [("counsellor", today + DAY, "whole"), ("teacher", today + 2 * DAY, "whole")]
    late = admin.post(reverse("schools:duty_off", args=[turn.pk]))
    assert late.status_code == 422  # swapped already
    now = DutyTurn.objects.get(user=cast.users["teacher"], off_at=None)
    principal = {"user": cast.users["principal"].pk}
    assert admin.post(reverse("schools:duty_give", args=[now.pk]), principal).status_code == 302
    assert admin.post(reverse("schools:duty_give", args=[now.pk]), {"user": "x"}).status_code == 422
    given = DutyTurn.objects.get(user=cast.users["principal"], off_at=None)
    assert admin.post(reverse("schools:duty_off", args=[given.pk])).status_code == 302
    assert turns() == [("counsellor", today + DAY, "whole")]


def test_a_turn_of_another_school_is_not_there(client, cast, today):
    turn = put(cast, "teacher", today + DAY)
    user = make_user("far_admin", "外校管理员")
    make_post(user, "school_admin", school=cast.other_school)
    client.force_login(user)
    for page in ("duty_turn", "duty_give", "duty_swap", "duty_off"):
        address = reverse(f"schools:{page}", args=[turn.pk])
        assert client.get(address).status_code in (404, 405)
        assert client.post(address).status_code in (404, 405)
    assert turns() == [("teacher", today + DAY, "whole")]


def test_a_week_is_taken_over_where_its_days_are_empty(cast):
    for number, who in enumerate(["teacher", "counsellor", "next_teacher"]):
        put(cast, who, MONDAY + number * DAY, "night", at=NOON - DAY)
    taken = put(cast, "principal", MONDAY + 7 * DAY, at=NOON)
    Post.objects.filter(user=cast.users["next_teacher"]).update(ends_on=MONDAY + 6 * DAY)
    facts = {"school": cast.school, "monday": MONDAY + 7 * DAY, "by": cast.users["admin"]}
    assert actions.copy_week(**facts, at=NOON) == (1, 1)
    assert actions.copy_week(**facts, at=NOON) == (0, 1)
    next_week = [row for row in turns() if row[1] >= MONDAY + 7 * DAY]
    assert next_week == [
        ("principal", taken.on, "whole"),
        ("counsellor", MONDAY + 8 * DAY, "night"),
    ]


def test_the_button_takes_a_week_over(admin, cast, today):
    monday = today - today.weekday() * DAY + 7 * DAY
    put(cast, "teacher", today)
    answer = admin.post(reverse("schools:duty_copy"), {"week": monday.isoformat()}, follow=True)
    assert ("teacher", today + 7 * DAY, "whole") in turns()
    assert answer.status_code == 200
    before = turns()
    for nonsense in ({}, {"week": "x"}, {"week": "9999-12-31"}):
        assert admin.post(reverse("schools:duty_copy"), nonsense).url == reverse("schools:duty")
    assert turns() == before


def gap_rows(user, at) -> list:
    return [item for item in work_of(user, at) if item.key.startswith("duty-")]


def test_a_gap_stands_on_the_page_and_on_todays_of_those_who_write_the_roster(admin, cast, today):
    at = clock.now()
    for number in (0, 1, 2, 4, 5):
        put(cast, "teacher", today + number * DAY)
    gap = today + 3 * DAY
    for who in ("admin", "principal"):
        (row,) = gap_rows(cast.users[who], at)
        assert f"from={gap.isoformat()}" in row.act_url
    assert not gap_rows(cast.users["teacher"], at)
    assert not gap_rows(cast.users["counsellor"], at)
    page = admin.get(f"{reverse('schools:duty')}?from={gap.isoformat()}")
    days = {day.on: day.gap_part for day in page.context["days"]}
    assert days[gap] == "whole"
    assert page.context["form"].initial["starts_on"] == gap
    put(cast, "counsellor", gap, "day")
    (row,) = gap_rows(cast.users["admin"], at)
    assert row.act_url.endswith("part=night")
    put(cast, "counsellor", gap, "night")
    assert not gap_rows(cast.users["admin"], at)


def test_a_school_without_a_roster_is_told_of_no_gap(admin, cast):
    assert not gap_rows(cast.users["admin"], clock.now())
    page = admin.get(reverse("schools:duty"))
    assert not any(day.gap for day in page.context["days"])


def test_a_colleague_who_has_left_or_may_not_sign_in_is_a_gap(admin, cast, today):
    at, teacher = clock.now(), cast.users["teacher"]
    for number in range(5):
        put(cast, teacher, today + number * DAY)
    assert not gap_rows(cast.users["admin"], at)
    Post.objects.filter(user=teacher).update(ends_on=today + DAY)
    (row,) = gap_rows(cast.users["admin"], at)
    assert f"from={(today + DAY).isoformat()}" in row.act_url  # its night goes on without a post
    Post.objects.filter(user=teacher).update(ends_on=None)
    teacher.is_active = False
    teacher.save()
    (row,) = gap_rows(cast.users["admin"], at)
    assert f"from={today.isoformat()}" in row.act_url


def test_the_row_of_today_leads_to_the_page(admin):
    headers = {"HX-Request": "true", "HX-Target": "inplace-duty-1"}
    answer = admin.get(reverse("schools:duty"), headers=headers)
    assert answer.headers["HX-Redirect"] == reverse("schools:duty")


def test_whoever_is_on_duty_reads_it_on_today(client, cast, today):
    teacher = cast.users["teacher"]
    client.force_login(teacher)
    assert client.get(reverse("staff:today")).context["duty"] == []
    put(cast, teacher, today + 2 * DAY)
    (line,) = client.get(reverse("staff:today")).context["duty"]
    assert not line["is_now"]
    put(cast, teacher, today)
    (line,) = client.get(reverse("staff:today")).context["duty"]
    assert line["is_now"]
    assert readable(teacher.phone).replace(" ", "\N{NO-BREAK SPACE}") in line["text"]
    assert line["text"] in client.get(reverse("staff:today")).content.decode()


def test_whoever_cannot_be_reached_on_duty_is_told_so(cast):
    teacher = cast.users["teacher"]
    teacher.phone = teacher.email = ""
    teacher.save()
    put(cast, teacher, MONDAY, at=NOON)
    (line,) = own_lines(teacher, NOON)
    assert line["is_unreached"]
    assert own_lines(teacher, NOON + DAY) == []


def test_other_hours_hold_from_now_on(admin, cast, today):
    before = put(cast, "teacher", today + DAY)
    address = reverse("schools:duty_hours")
    bad = {"duty_day_from": "19:00", "duty_night_from": "07:00"}
    assert admin.post(address, bad).status_code == 422
    good = {"duty_day_from": "08:00", "duty_night_from": "18:30"}
    assert admin.post(address, good).status_code == 302
    cast.school = School.objects.get(pk=cast.school.pk)
    after = put(cast, "counsellor", today + 2 * DAY)
    before.refresh_from_db()
    hours = [row.starts_at.astimezone(ZONE).time() for row in (before, after)]
    assert hours == [time(7), time(8)]


@pytest.mark.parametrize("address", ["?week=x", "?week=0001-01-01", "?from=9999-12-31", "?part=x"])
def test_an_address_of_nonsense_shows_this_week(admin, address):
    url = reverse("schools:duty")
    response = admin.get(url + address)
    assert response.status_code == 200
    assert response.context["monday"] == admin.get(url).context["monday"]


def test_a_full_week_costs_what_an_empty_one_does(admin, cast, today):
    def cost(address: str) -> int:
        admin.get(address)
        with CaptureQueriesContext(connection) as asked:
            assert admin.get(address).status_code == 200
        return len(asked)

    pages = [reverse("schools:duty"), reverse("staff:today")]
    put(cast, "teacher", today)
    few = [cost(page) for page in pages]
    for number in range(7):
        for who in ("teacher", "next_teacher", "counsellor", "principal"):
            put(cast, who, today + number * DAY)
    assert [cost(page) for page in pages] == few

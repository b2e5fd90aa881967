"""A colleague asks the class teacher, from the board, to get in touch with a family."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from guardians.actions import record_contact
from messaging import actions
from messaging.models import FollowUp, Reminder
from schools.models import Post
from students.models import Barrier
from tests.factories.cast import Cast

ASKS = "马校长请您联系一下这家人"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def board(client, cast: Cast):
    """Who has signed in sees the child's panel on the board."""
    child = cast.students["mengyao"]
    principal = cast.users["principal"]
    principal.name = "马校长"
    principal.save()

    def see(who: str) -> str:
        client.force_login(cast.users[who])
        return client.get(f"/check-ins/?child={child.pk}").content.decode()

    return see


def remind(client, cast, who, child="mengyao"):
    client.force_login(cast.users[who])
    url = reverse("messaging:remind", args=[cast.students[child].pk])
    return client.post(url, follow=True)


def today(client, cast, who="teacher") -> str:
    client.force_login(cast.users[who])
    return client.get("/").content.decode()


def test_the_class_teacher_finds_it_on_today_with_the_child_and_who_asks(client, cast, board):
    assert ASKS not in today(client, cast)
    assert "提醒班主任" in board("principal")
    page = remind(client, cast, "principal").content.decode()
    assert "会在“今天”里看到" in page
    row = today(client, cast)
    assert ASKS in row
    assert cast.students["mengyao"].name in row
    assert ASKS not in today(client, cast, "next_teacher")
    assert "提醒班主任" not in board("principal")  # once a day


def test_once_a_day_for_each_who_asks(client, cast, board, at):
    for _again in range(2):
        remind(client, cast, "principal")
    assert Reminder.objects.count() == 1
    remind(client, cast, "counsellor")
    assert Reminder.objects.count() == 2
    child, by = cast.students["mengyao"], cast.users["principal"]
    assert actions.remind_teacher(student=child, by=by, at=at + timedelta(days=1))


def test_it_names_everybody_who_finds_it_and_nobody_else(client, cast, board, at):
    """Of two class teachers only the one longer in office was named, also where that account was closed."""
    names = ("李老师", "停用老师")
    for name, is_active in zip(names, (True, False), strict=True):
        user = User.objects.create_user(f"teacher-{is_active}", name=name, is_active=is_active)
        Post.objects.create(
            user=user,
            school=cast.school,
            role="class_teacher",
            school_class=cast.school_class,
            starts_on=timezone.localdate(at) - timedelta(days=3000),
        )
        cast.users[name] = user
    teacher = cast.users["teacher"].name
    assert f"李老师、{teacher}会在“今天”里看到" in board("principal")
    assert (
        f"李老师、{teacher}会在“今天”里看到" in remind(client, cast, "principal").content.decode()
    )
    assert ASKS in today(client, cast)
    assert ASKS in today(client, cast, "李老师")


@pytest.mark.parametrize("why", ["own class", "barred", "no teacher", "teacher barred"])
def test_not_where_nobody_else_would_be_asked_or_the_child_may_not_be_seen(
    client, cast, board, why, at
):
    who, child = "principal", cast.students["mengyao"]
    if why == "own class":
        who = "teacher"
    elif why == "no teacher":
        cast.users["teacher"].posts.update(ends_on=timezone.localdate(at) - timedelta(days=1))
    else:
        barred = cast.users["teacher" if why == "teacher barred" else who]
        Barrier.objects.create(
            school=cast.school,
            student=child,
            user=barred,
            reason="调查中",
            set_by=cast.users["admin"],
            set_at=at,
        )
    assert remind(client, cast, who).status_code == 404
    if why != "barred":
        assert "提醒班主任" not in board(who)
    assert not Reminder.objects.exists()


def test_done_on_today_and_taken_back(client, cast, board):
    remind(client, cast, "principal")
    reminder = Reminder.objects.get()
    client.force_login(cast.users["teacher"])
    row = client.post(reverse("messaging:reminder_done", args=[reminder.pk]), **HTMX)
    assert reverse("messaging:reminder_undo", args=[reminder.pk]) in row.content.decode()
    assert ASKS not in today(client, cast)
    assert "办好了" in board("principal")
    client.force_login(cast.users["teacher"])
    client.post(reverse("messaging:reminder_undo", args=[reminder.pk]), **HTMX)
    assert ASKS in today(client, cast)


@pytest.mark.parametrize("by", ["a talk", "a task closed"])
def test_what_was_asked_for_has_happened(client, cast, board, by, at):
    remind(client, cast, "principal")
    child, teacher = cast.students["mengyao"], cast.users["teacher"]
    if by == "a talk":
        record_contact(
            student=child,
            adult=cast.adults["mother"],
            happened_on=timezone.localdate(at),
            reported_by="staff",
            at=at,
            school_id=cast.school.pk,
            source_key="t",
            by=teacher,
        )
    else:
        later = timezone.now() + timedelta(minutes=1)
        task = FollowUp.objects.create(school=cast.school, student=child, opened_at=at)
        actions.close_follow_up(follow_up=task, by=teacher, outcome="nobody", at=later)
    assert ASKS not in today(client, cast)

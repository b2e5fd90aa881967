"""All pages about one parent say the same: asked and silent, or that nothing got through."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from delivery.models import OutboxMessage
from messaging import actions
from messaging.models import CheckIn, FollowUp
from messaging.queries.sent import sent_for
from tests.factories import notices

SILENT = "问过王芳，还没有回答"
NOTHING_CAME = "发给王芳的消息都没有送到"
MEND = "改号码"


@pytest.fixture
def asked(cast):
    """The mother was asked; the teacher has the task to reach her."""
    at = clock.now()
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    check_in = CheckIn.objects.get(adult=cast.adults["mother"])
    check_in.state, check_in.next_step_at = CheckIn.State.NOBODY_REACHED, None
    check_in.save()
    point = cast.adults["mother"].contact_points.get(kind="phone")
    sent_for([check_in.pk]).update(contact_point=point, channel="sms")
    FollowUp.objects.create(
        school=cast.school,
        student=cast.students["mengyao"],
        check_in=check_in,
        cause=FollowUp.Cause.NO_ANSWER,
        opened_at=at,
    )
    return check_in


def pages(cast) -> dict[str, str]:
    teacher = Client()
    teacher.force_login(cast.users["teacher"])
    child, task = cast.students["mengyao"].pk, FollowUp.objects.get().pk
    addresses = {
        "today": reverse("staff:today"),
        "child": reverse("staff:child", args=[child]),
        "board": f"{reverse('messaging:board')}?child={child}",
        "task": reverse("messaging:follow_up", args=[task]),
        "call sheet": f"{reverse('messaging:call_sheet')}?for=class-{cast.school_class.pk}",
    }
    found = {name: teacher.get(url) for name, url in addresses.items()}
    assert {name: page.status_code for name, page in found.items()} == dict.fromkeys(found, 200)
    return {
        name: unescape(re.sub(r"<(?!a )[^>]+>", "", page.content.decode()))
        for name, page in found.items()
    }


@pytest.mark.parametrize(
    ("state", "cause", "point"),
    [
        ("delivered", "", {}),
        ("accepted", "", {}),
    ],
)
def test_who_was_reached_is_said_to_be_silent(cast, asked, state, cause, point):
    sent_for([asked.pk]).update(state=state, cause=cause)
    for name, page in pages(cast).items():
        assert SILENT in page, name
        assert NOTHING_CAME not in page, name
        assert MEND not in page, name


@pytest.mark.parametrize(
    ("state", "cause", "is_disputed"),
    [
        ("failed", "no_such_number", False),
        ("failed", "no_way", False),
        ("unknown", "lost_reply", False),
        ("delivered", "", True),
    ],
)
def test_who_was_not_reached_is_not_blamed_and_the_number_can_be_mended(
    cast, asked, state, cause, is_disputed
):
    sent_for([asked.pk]).update(state=state, cause=cause)
    mother = cast.adults["mother"]
    if is_disputed:
        mother.contact_points.update(disputed_at=clock.now())
    own_page = reverse("guardians:family_adult", args=[cast.students["mengyao"].pk, mother.pk])
    for name, page in pages(cast).items():
        assert NOTHING_CAME in page, name
        assert "没有回答" not in page, name
        assert re.search(rf'<a [^>]*href="{own_page}"[^>]*>{MEND}', page), name


def test_the_school_s_own_trouble_is_called_so(cast, asked):
    sent_for([asked.pk]).update(state="failed", cause="no_channel")
    for name, page in pages(cast).items():
        assert "学校没能把问题发给王芳" in page, name
        assert MEND not in page, name


def test_a_notice_that_did_not_come_is_not_waiting_for_the_family(cast):
    notice = notices.sent(cast)
    teacher = Client()
    teacher.force_login(cast.users["teacher"])
    messages = OutboxMessage.objects.filter(kind="notice")
    for state, words in (("accepted", "还没看过"), ("unknown", "没有送到"), ("failed", "没有送到")):
        messages.update(state=state)
        page = teacher.get(reverse("notices:board", args=[notice.pk])).content.decode()
        row = page[page.index("徐梦瑶") :][:900]
        assert words in row, (state, row)


def test_the_ladder_writes_down_that_the_first_question_did_not_come(cast, asked):
    """What led to asking another adult is told as it was."""
    from messaging.actions.ladder import Climbing, _take_step
    from messaging.queries.climb_facts import lines_to_ask, read_climbs
    from messaging.rules import Ladder

    at = clock.now()
    asked.state, asked.last_sent, asked.last_cause = "waiting", "unknown", "lost_reply"
    asked.last_expires_at = at
    work = Climbing(at)
    facts = read_climbs([asked], lines_to_ask(at, check_in=asked), at)
    _take_step(asked, Ladder(other_way=None, other_adult=None), facts, work)
    assert [row.cause for row in work.steps] == ["not_delivered"]

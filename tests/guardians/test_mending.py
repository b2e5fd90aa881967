"""Wherever a number is said to fail, a link corrects it."""

import re
from html import unescape

import pytest
from django.urls import reverse

from core import clock
from delivery.models import OutboxMessage
from messaging import actions
from messaging.models import CheckIn
from messaging.queries.sent import sent_for
from tests.factories import notices

MEND = "改号码"


def links(page) -> set[str]:
    """Return the addresses behind every “correct the number” of the page."""
    shown = unescape(page.content.decode())
    return set(re.findall(rf'<a [^>]*href="([^"]+)"[^>]*>{MEND}', shown))


@pytest.fixture
def failing(cast):
    """The only number of 王芳, the mother, is out of service."""
    point = cast.adults["mother"].contact_points.get(kind="phone")
    point.failing_since, point.failing_cause = clock.now(), "out_of_service"
    point.save()
    return point


@pytest.fixture
def teacher(client, cast):
    client.force_login(cast.users["teacher"])
    return client


def test_today_child_drawing_and_family_lead_to_the_number(teacher, cast, failing):
    child, mother = cast.students["mengyao"].pk, cast.adults["mother"].pk
    form = reverse("guardians:family_way", args=[child, mother, failing.pk])
    family = reverse("guardians:family", args=[child])
    page = teacher.get(reverse("staff:child", args=[child]))
    assert links(page) == {form}
    shown = page.content.decode()
    assert form in shown[shown.index('"family-far"') :].split("</header>")[0]
    assert form in shown[shown.index('class="reach"') :]
    assert links(teacher.get(family)) == {form}
    eldest = {
        reverse("guardians:family_way", args=[cast.students[name].pk, mother, failing.pk])
        for name in ("mengyao", "xiaobao")
    }
    today = links(teacher.get(reverse("staff:today")))
    assert today
    assert today <= eldest
    assert teacher.get(form).status_code == 200


def test_who_may_not_edit_the_file_gets_no_such_link(client, cast, failing):
    client.force_login(cast.users["counsellor"])
    page = client.get(reverse("staff:child", args=[cast.students["mengyao"].pk]))
    assert page.status_code == 200
    assert not links(page)


def test_the_board_s_panel_before_there_is_a_task(teacher, cast):
    at = clock.now()
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    check_in = CheckIn.objects.get(adult=cast.adults["mother"])
    child = cast.students["mengyao"].pk
    own_page = reverse("guardians:family_adult", args=[child, cast.adults["mother"].pk])
    panel = f"{reverse('messaging:board')}?child={child}"
    sent_for([check_in.pk]).update(state="failed", cause="no_such_number")
    assert links(teacher.get(panel)) == {own_page}
    sent_for([check_in.pk]).update(state="accepted", cause="")
    assert not links(teacher.get(panel))


def test_a_notice_that_did_not_get_through(teacher, cast):
    notice = notices.sent(cast)
    messages = OutboxMessage.objects.filter(kind="notice")
    board = reverse("notices:board", args=[notice.pk])
    messages.update(state="accepted")
    assert not links(teacher.get(board))
    messages.update(state="failed")
    family = reverse("guardians:family", args=[cast.students["mengyao"].pk])
    assert family in links(teacher.get(board))

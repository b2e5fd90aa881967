"""The week by e-mail: asked for on the dashboard, sent once on a Monday, of counts alone."""

from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client

from dashboards.models import WeeklyMail
from dashboards.weekly import actions, rules
from dashboards.weekly.policies import still_read
from delivery import dispatch
from delivery.models import ChannelAccount, OutboxMessage
from guardians.actions import record_contact
from schools.models import Post
from schools.roles import Role
from students.models import Barrier
from tests.factories.cast import make_post, make_user
from tests.sinks import SmtpSink

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 30, 8, 5, tzinfo=CHINA)
SUNDAY = date(2026, 11, 29)


@pytest.fixture
def principal(cast, time_machine):
    time_machine.move_to(MONDAY)
    with connection.cursor() as cursor:  # and the clock of dispatch, for this transaction
        moved = "SELECT set_config('jiaqiao.clock_offset', (%s - now())::text, true)"
        cursor.execute(moved, [MONDAY + timedelta(minutes=1)])
    user = cast.users["principal"]
    user.email = "ma@school.example"
    user.save()
    return user


@pytest.fixture
def mail(cast):
    with SmtpSink() as sink:
        ChannelAccount.objects.create(school=cast.school, kind="email", config=sink.config())
        yield sink


def asks(user) -> None:
    page = Client()
    page.force_login(user, "django.contrib.auth.backends.ModelBackend")
    answer = page.post("/dashboard/weekly/", {"wanted": "yes"}, follow=True)
    assert user.email in answer.content.decode()


def read(sink: SmtpSink) -> list[tuple[str, str]]:
    mails = [message_from_bytes(one.content, policy=policy.default) for one in sink.mails]
    return [(one["Subject"], one.get_content()) for one in mails]


@pytest.mark.parametrize(
    ("local", "week"),
    [
        (datetime(2026, 11, 30, 7, 29, tzinfo=CHINA), None),
        (datetime(2026, 11, 30, 7, 30, tzinfo=CHINA), SUNDAY),
        (datetime(2026, 12, 2, 7, 29, tzinfo=CHINA), SUNDAY),
        (datetime(2026, 12, 2, 7, 30, tzinfo=CHINA), None),
        (datetime(2026, 12, 6, 23, 59, tzinfo=CHINA), None),
    ],
)
def test_a_week_is_told_from_monday_morning_for_two_days(local, week):
    assert rules.week_to_tell(local) == week


def test_it_comes_once_in_counts_and_names_nobody(cast, principal, mail):
    record_contact(
        student=cast.students["mengyao"], adult=cast.adults["mother"], happened_on=SUNDAY,
        reported_by="parent", at=MONDAY - timedelta(days=1),
    )  # fmt: skip
    asks(principal)
    assert actions.queue_due(at=MONDAY) == 1
    assert actions.queue_due(at=MONDAY + timedelta(hours=1)) == 0
    dispatch.drain()
    dispatch.drain()
    ((subject, body),) = read(mail)
    assert subject == "黄羊川中心小学：截至11月29日的一周"
    assert "父母在外的3个孩子里，这周有1个（33%）和父母通过话" in body
    assert "/dashboard/" in body
    for one in (*cast.students.values(), *cast.adults.values()):
        assert one.name not in body
    assert OutboxMessage.objects.get(user=principal).state == "accepted"


def test_the_next_week_comes_again(cast, principal, mail):
    asks(principal)
    assert actions.queue_due(at=MONDAY) == 1
    assert actions.queue_due(at=MONDAY + timedelta(days=7)) == 1


def test_it_counts_nothing_of_a_child_whose_file_is_closed_to_its_reader(cast, principal, mail):
    asks(principal)
    Barrier.objects.create(
        school=cast.school, student=cast.students["mengyao"], user=principal,
        set_by=cast.users["admin"], set_at=MONDAY,
    )  # fmt: skip
    actions.queue_due(at=MONDAY)
    assert "父母在外的2个孩子" in OutboxMessage.objects.get(user=principal).payload["body"]


def test_no_longer_wanted_it_stays_here_also_when_it_waits_already(cast, principal, mail):
    asks(principal)
    actions.queue_due(at=MONDAY)
    actions.switch(user=principal, school=cast.school, is_wanted=False, at=MONDAY)
    dispatch.drain()
    assert OutboxMessage.objects.get(user=principal).state == "suppressed"
    assert actions.queue_due(at=MONDAY + timedelta(days=7)) == 0
    assert mail.mails == []


def test_whose_post_has_ended_gets_none(cast, principal, mail):
    asks(principal)
    actions.queue_due(at=MONDAY)
    Post.objects.filter(user=principal).update(ends_on=SUNDAY)
    dispatch.drain()
    assert OutboxMessage.objects.get(user=principal).state == "suppressed"
    assert actions.queue_due(at=MONDAY + timedelta(days=7)) == 0
    assert mail.mails == []


def test_without_an_address_one_is_asked_for_it_first(cast, principal):
    principal.email = ""
    principal.save()
    page = Client()
    page.force_login(principal, "django.contrib.auth.backends.ModelBackend")
    answer = page.post("/dashboard/weekly/", {"wanted": "yes"})
    assert answer.url == "/account/"
    assert not WeeklyMail.objects.exists()


def test_it_never_goes_as_a_text_message(cast, principal):
    """The principal has a number, too; there is a gateway for it and none for mail."""
    asks(principal)
    ChannelAccount.objects.create(
        school=cast.school, kind="sms", config={"url": "http://127.0.0.1:9/"}
    )
    actions.queue_due(at=MONDAY)
    dispatch.drain()
    message = OutboxMessage.objects.get(user=principal)
    assert (message.state, message.cause, message.attempt_count) == ("failed", "no_channel", 0)


def test_ten_mails_are_asked_about_with_as_many_queries_as_one(
    cast, principal, django_assert_num_queries
):
    asks(principal)
    for number in range(9):
        user = make_user(f"head-{number}", f"校长{number}")
        make_post(user, Role.PRINCIPAL, school=cast.school)
        WeeklyMail.objects.create(user=user, school=cast.school, since=MONDAY)
    rows = list(WeeklyMail.objects.all())
    for asked in (rows[:1], rows):
        with django_assert_num_queries(1):
            assert still_read(asked, MONDAY) == asked

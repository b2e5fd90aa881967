"""A school begins to write to its families when somebody says so, and then only with what holds now."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from delivery import dispatch
from delivery.actions import queue_notices, room_notice
from delivery.models import ChannelAccount, OutboxMessage
from delivery.work import work_for
from doors.staff.first_hour import first_hour
from guardians.models import Adult, Migration
from messaging import actions, tasks
from messaging.models import CheckIn, CheckInPlan, FollowUp
from schools.models import School
from students.models import Enrolment
from tests.factories.cast import make_adult, make_cast, make_guardianship, make_student
from tests.factories.factors import sign_in
from tests.factories.founding import make_class_day

State = OutboxMessage.State


@pytest.fixture
def cast(db):
    made = make_cast()
    School.objects.filter(pk=made.school.pk).update(sending_started_at=None)
    made.school.refresh_from_db()
    actions.ensure_plans(at=clock.now())
    return made


@pytest.fixture
def tested(cast):
    """SMS in use, over which a test has arrived."""
    account = ChannelAccount.objects.create(school=cast.school, kind="sms", is_enabled=True)
    now = clock.now()
    OutboxMessage.objects.create(
        school=cast.school, dedupe_key="test:1", kind="test", account=account, state="delivered",
        address="+8613900000000", due_at=now, expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    return account


def signed_in(user):
    client = Client(headers={"accept-language": "en"})
    sign_in(client, user)
    return client


def page(cast, who, name="staff:today"):
    return signed_in(cast.users[who]).get(reverse(name)).content.decode()


def begun(cast) -> bool:
    return School.objects.get(pk=cast.school.pk).sending_started_at is not None


@pytest.mark.parametrize("who", ["admin", "principal"])
def test_today_shows_what_is_left_to_whoever_may_start(cast, who):
    shown = page(cast, who)
    assert "Before the school begins" in shown
    assert reverse("staff:start") in shown


@pytest.mark.parametrize("who", ["teacher", "counsellor"])
def test_others_read_who_can_start(cast, who):
    shown = page(cast, who)
    assert "Before the school begins" not in shown
    assert "The school administrator or the principal can start." in shown


@pytest.mark.parametrize(
    "name", ["messaging:board", "messaging:next", "dashboards:school", "delivery:operation"]
)
def test_every_page_says_it_in_one_voice(cast, name):
    assert "The school has not begun to write to families." in page(cast, "admin", name)
    School.objects.update(sending_started_at=clock.now())
    assert "has not begun" not in page(cast, "admin", name)


def test_the_list_goes_away_with_the_start(cast, tested):
    client = signed_in(cast.users["admin"])
    client.post(reverse("staff:start"))
    assert begun(cast)
    assert "Before the school begins" not in page(cast, "admin")
    assert client.get(reverse("staff:start")).url == reverse("staff:today")


def test_without_a_tested_channel_it_refuses_and_says_why(cast):
    ChannelAccount.objects.create(school=cast.school, kind="sms", is_enabled=True)
    answer = signed_in(cast.users["admin"]).post(reverse("staff:start"))
    assert answer.status_code == 422
    assert "No test message has arrived over a channel yet." in answer.content.decode()
    assert not begun(cast)


def test_a_staff_group_is_no_channel_to_families(cast, tested):
    ChannelAccount.objects.filter(pk=tested.pk).update(kind="apprise")
    assert signed_in(cast.users["admin"]).post(reverse("staff:start")).status_code == 422


def test_without_children_it_refuses(cast, tested):
    Enrolment.objects.all().delete()
    answer = signed_in(cast.users["admin"]).post(reverse("staff:start"))
    assert "No child is on the roster yet." in answer.content.decode()
    assert not begun(cast)


def test_a_channel_that_reaches_none_of_the_families_is_named(cast, tested):
    ChannelAccount.objects.filter(pk=tested.pk).update(kind="email")
    answer = signed_in(cast.users["admin"]).post(reverse("staff:start"))
    assert (
        "No channel reaches the numbers or addresses of these families." in answer.content.decode()
    )


def test_the_page_says_how_many_are_asked_and_they_are(cast, tested):
    client = signed_in(cast.users["principal"])
    assert "2 adults are asked" in client.get(reverse("staff:start")).content.decode()
    tasks.ask_due_check_ins()
    assert not CheckIn.objects.exists()
    client.post(reverse("staff:start"))
    tasks.ask_due_check_ins()
    assert CheckIn.objects.filter(school=cast.school).count() == 2
    assert not FollowUp.objects.exists()


def test_the_start_says_whom_it_asks_and_when(cast, tested):
    client = signed_in(cast.users["principal"])
    said = client.post(reverse("staff:start"), follow=True).content.decode()
    assert "2 adults are asked, the first at the earliest" in said


def test_where_no_parent_is_away_every_page_says_that_nobody_is_asked(cast, tested):
    Migration.objects.all().delete()
    actions.ensure_plans(at=clock.now())
    assert "no child has a parent away on record" in page(cast, "principal")
    first_week = page(cast, "principal", "messaging:next")
    assert "No child has a parent away on record" in first_week
    assert "Nobody is left out." not in first_week
    assert "no parent who is away can be reached" in page(cast, "principal", "staff:start")


def test_every_child_whom_no_plan_asks_stands_there_with_the_reason(cast, tested):
    child = make_student(cast.school_class, "何雨欣")
    make_guardianship(child, make_adult(cast.school, "何强"), "father")
    make_student(cast.school_class, "梁志豪")
    answer = signed_in(cast.users["principal"]).get(reverse("messaging:next"))
    groups = {group["why"]: group for group in answer.context["left_out"]}
    unknown = groups[
        "We do not know whether a parent is away. Ask, and record it on the family's page."
    ]
    assert [one["name"] for one in unknown["children"]] == ["何雨欣"]
    assert reverse("guardians:family", args=[child.pk]) in answer.content.decode()
    asked = set(CheckInPlan.objects.filter(ended_on=None).values_list("student_id", flat=True))
    of_school = Enrolment.objects.filter(school=cast.school, ends_on=None)
    at_home = of_school.exclude(student__in=asked).count() - 1
    assert groups["No parent away on record"]["count"] == at_home


def test_the_start_says_that_the_demo_phone_reaches_nobody(cast, tested, settings):
    settings.TEST_PHONE = True
    said = "reach no family"
    ChannelAccount.objects.create(school=cast.school, kind="demo_phone", is_enabled=True)
    assert said not in page(cast, "principal", "staff:start")
    ChannelAccount.objects.filter(pk=tested.pk).update(is_enabled=False)
    assert said in page(cast, "principal", "staff:start")


def test_nothing_old_falls_due_at_the_start(cast, tested):
    now = clock.now()
    CheckInPlan.objects.update(next_due_on=now.date() - timedelta(days=40), occasion="birthday")
    for kind in ("notice", "thread"):
        OutboxMessage.objects.create(
            school=cast.school, dedupe_key=kind, kind=kind, adult=cast.adults["mother"],
            due_at=now - timedelta(days=1), expires_at=now + timedelta(days=1),
        )  # fmt: skip
    signed_in(cast.users["admin"]).post(reverse("staff:start"))
    notice = OutboxMessage.objects.get(kind="notice")
    assert (notice.state, notice.cause) == (State.SUPPRESSED, "before_start")
    assert OutboxMessage.objects.get(kind="thread").state == State.DUE
    mine = CheckInPlan.objects.filter(school=cast.school)
    assert {(plan.occasion, plan.next_due_on) for plan in mine} == {("", mine[0].next_due_on)}
    assert mine[0].next_due_on >= now.date()


def test_a_reminder_whose_time_is_still_to_come_is_not_lost(cast, tested):
    """The room's task decides on it again, under the same key."""
    now = clock.now()
    notice = room_notice(
        about="details", about_id=1, key="x", school_id=cast.school.pk, words="w", path="/f/",
        adult_id=cast.adults["mother"].pk, due_at=now, expires_at=now + timedelta(days=3),
    )  # fmt: skip
    queue_notices([notice])
    signed_in(cast.users["admin"]).post(reverse("staff:start"))
    assert OutboxMessage.objects.get(kind="notice").cause == "before_start"
    notice.due_at = now + timedelta(days=1)
    queue_notices([notice])
    row = OutboxMessage.objects.get(kind="notice")
    assert (row.state, row.cause, row.due_at) == (State.DUE, "", notice.due_at)


def test_a_second_start_changes_nothing(cast, tested):
    client = signed_in(cast.users["admin"])
    client.post(reverse("staff:start"))
    first = School.objects.get(pk=cast.school.pk).sending_started_at
    client.post(reverse("staff:start"))
    assert not actions.start_sending(
        school=cast.school, by=cast.users["admin"], at=clock.now() + timedelta(hours=1)
    )
    assert School.objects.get(pk=cast.school.pk).sending_started_at == first


def test_a_school_without_a_channel_has_one_row_on_its_administrators_today(cast):
    School.objects.update(sending_started_at=clock.now())
    tasks.ask_due_check_ins()
    words = "No channel is in use: no family receives anything"
    assert page(cast, "admin").count(words) == 1
    assert words not in page(cast, "teacher")
    ChannelAccount.objects.create(school=cast.school, kind="email", is_enabled=True)
    assert words not in page(cast, "admin")


def test_families_whom_no_channel_reaches_are_one_row_for_the_school(cast):
    School.objects.update(sending_started_at=clock.now())
    ChannelAccount.objects.create(school=cast.school, kind="email", is_enabled=True)
    tasks.ask_due_check_ins()
    OutboxMessage.objects.update(due_at=clock.now())
    dispatch.drain()
    words = "No channel reaches the numbers or addresses of 2 adults: their messages wait"
    assert page(cast, "admin").count(words) == 1


def test_messages_that_the_schools_own_account_may_not_send_are_one_row(cast):
    """A signature that ran out or a spent limit: the provider answers, so nothing rests and nobody hears."""
    at = clock.now()
    School.objects.update(sending_started_at=at)
    account = ChannelAccount.objects.create(school=cast.school, kind="email", is_enabled=True)
    words = {"school": cast.school, "account": account, "kind": "check_in", "expires_at": at}
    for name in ("mother", "father"):
        OutboxMessage.objects.create(
            **words, dedupe_key=name, adult=cast.adults[name], due_at=at - timedelta(hours=2),
            state="failed", cause="template_refused", finished_at=at - timedelta(hours=2),
        )  # fmt: skip
    told = "Messages to 2 adults were refused: The provider refuses the template or the signature"
    assert page(cast, "admin").count(told) == 1
    # Ahead of thirty numbers to correct: until it is mended, no family receives anything.
    assert [row.leads for row in work_for(cast.users["admin"], at)] == [True]
    assert told not in page(cast, "teacher")
    OutboxMessage.objects.create(
        **words, dedupe_key="later", adult=cast.adults["mother"], due_at=at, sending_at=at,
        state="accepted",
    )  # fmt: skip
    assert told not in page(cast, "admin")


def test_every_page_leads_to_the_next_step_and_today_does_not_lead_to_itself(cast):
    School.objects.update(phone="0935-5112233")
    shown = page(cast, "admin", "delivery:operation")
    assert "What is left to do" in shown
    assert "Next: School and calendar" in shown
    assert "Next: School and calendar" not in page(cast, "admin", "schools:calendar")
    assert "What is left to do" not in page(cast, "admin")


def test_the_sign_in_page_of_an_empty_installation_says_how_to_begin(db, client):
    client.cookies["django_language"] = "en"
    first = client.get(reverse("account_login"), headers={"accept-language": "en"}).content.decode()
    assert "create_school" in first
    make_cast()
    later = client.get(reverse("account_login"), headers={"accept-language": "en"}).content.decode()
    assert "create_school" not in later
    assert later.count("Forgot your password?") == 1  # ours, without allauth's own beside it


@pytest.mark.parametrize(("host", "is_offered"), [("127.0.0.1:8300", False), ("localhost", True)])
def test_a_passkey_is_not_offered_where_no_browser_makes_one(
    cast, client, settings, host, is_offered
):
    settings.ALLOWED_HOSTS = ["*"]
    user = cast.users["admin"]
    user.set_password("a long enough one")
    user.save()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    user.authenticator_set.all().delete()
    shown = client.get(reverse("second_step"), headers={"host": host}).content.decode()
    assert (reverse("mfa_add_webauthn") in shown) is is_offered
    assert reverse("mfa_activate_totp") in shown
    client.logout()
    shown += client.get(reverse("account_login"), headers={"host": host}).content.decode()
    assert (reverse("mfa_login_webauthn") in shown) is is_offered
    assert "通行密钥" not in shown or is_offered  # nor is anything said of it


def test_an_invitation_that_opens_here_only_says_so(cast, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:8300"
    client = signed_in(cast.users["admin"])
    said = {"name": "孙老师", "username": "13900000009", "role": "class_teacher"}
    said |= {"school_class": cast.next_class.pk, "starts_on": "2026-11-01"}
    slip = client.post(reverse("schools:add_post"), said).url
    assert "./start --lan" in client.post(slip).content.decode()


def test_a_school_without_a_channel_is_led_to_the_demo_phone(cast, settings):
    settings.TEST_PHONE = True
    door = reverse("delivery:new_channel", args=["demo_phone"])
    assert "Add the demo phone" in page(cast, "admin", "delivery:channels")
    assert door in page(cast, "admin", "delivery:channels")
    ChannelAccount.objects.create(school=cast.school, kind="sms", is_enabled=True)
    assert "Add the demo phone" not in page(cast, "admin", "delivery:channels")


@pytest.mark.parametrize("is_somebody_missing", [True, False])
def test_while_classes_wait_the_first_week_is_ready_only_if_all_can_be_asked(
    cast, tested, is_somebody_missing
):
    make_class_day(2, cast.school_class, cast.next_class)
    if is_somebody_missing:
        mengyao = cast.students["mengyao"]
        Adult.objects.filter(guardianships__student=mengyao).update(legal_basis="none")
    viewer = SimpleNamespace(
        school=cast.school, user=cast.users["principal"], on=clock.local_date(clock.now()),
        at=clock.now(), can=lambda permission: True,
    )  # fmt: skip
    step = first_hour(viewer).steps[-1]
    assert step.is_done != is_somebody_missing
    assert ("There is nobody to ask" in page(cast, "principal")) == is_somebody_missing

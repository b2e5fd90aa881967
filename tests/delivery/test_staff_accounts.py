"""What staff are told about their accounts, and over which ways a code for a forgotten password goes."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.actions import record_credential_event, set_reach
from accounts.models import CredentialEvent, User
from core import clock
from delivery import actions, dispatch
from delivery.models import DemoPhoneMessage, OneTimeCode, OutboxMessage
from delivery.sign_in import codes
from schools.models import School
from schools.roles import Role
from tests.factories.cast import PASSWORD, make_post

pytestmark = pytest.mark.django_db
NEW = "a quite new pass phrase"
KEY = uuid4()


@pytest.fixture
def teacher(cast) -> User:
    """With an old phone and an old e-mail that stood for a day."""
    user = cast.users["teacher"]
    user.phone, user.email = "+8613893511111", "old@school.example"
    user.save()
    return user


@pytest.fixture
def own_mail(settings, mail_server):
    """The installation's own mail server."""
    host, port = mail_server.config()["host"], mail_server.config()["port"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = host, port
    return mail_server


def told(user: User) -> dict[str, list[str]]:
    rows = OutboxMessage.objects.filter(user=user, kind="account").order_by("pk")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.payload["address"], []).append(row.payload["words"])
    return found


@pytest.mark.django_db(transaction=True)
def test_a_new_phone_is_told_to_the_old_one_and_the_old_mailbox(teacher, at):
    set_reach(user=teacher, phone="+8613893512222", email="new@evil.example", by=teacher)
    actions.queue_account_notices(at=at)
    said = told(teacher)
    assert set(said) == {"+8613893511111", "old@school.example"}
    assert "phone or e-mail" in said["+8613893511111"][0]
    actions.queue_account_notices(at=at)
    assert told(teacher) == said


def test_whatever_is_recorded_is_told_once_and_without_an_address(cast, at):
    for kind in CredentialEvent.Kind:
        record_credential_event(user=cast.users["counsellor"], kind=kind, by=cast.users["admin"])
    kinds = len(CredentialEvent.Kind)
    assert actions.queue_account_notices(at=at) == kinds
    assert actions.queue_account_notices(at=at) == 0
    words = told(cast.users["counsellor"])["+8613909350001"]
    assert len(words) == kinds
    assert all(words)


def test_it_goes_over_the_schools_gateway_at_any_hour_and_names_no_page(cast, sms, gateway, at):
    teacher = cast.users["teacher"]
    record_credential_event(user=teacher, kind="password_changed", by=teacher)
    actions.queue_account_notices(at=at)
    dispatch.drain()
    (taken,) = gateway.taken
    assert taken.phone == "+8613909350001"
    assert "您账号的密码改了" in taken.text
    assert "http" not in taken.text
    assert teacher.name not in taken.text


def test_a_code_never_goes_over_a_channel_that_a_school_set_up(cast, sms, gateway, teacher, at):
    """The administrator of a school reads along in its gateway, or writes an address of their own there."""
    actions.queue_password_code(ask_key=KEY, username="teacher", means="phone", at=at)
    dispatch.drain()
    assert gateway.taken == []
    assert OutboxMessage.objects.get(kind="code").state == "failed"


def test_a_code_goes_over_the_installations_own_sms(cast, gateway, settings, teacher, at):
    settings.STAFF_SMS = {"kind": "sms", "config": gateway.config()}
    owner = Client()
    owner.post(reverse("account_reset_password"), {"username": "TEACHER", "means": "phone"})
    dispatch.drain()
    (taken,) = gateway.taken
    code = codes.digits_of(OneTimeCode.objects.get())
    assert code in taken.text
    said = {"username": "teacher", "code": code, "password1": NEW, "password2": NEW}
    assert owner.post(reverse("account_reset_code"), said).status_code == 302
    teacher.refresh_from_db()
    assert teacher.check_password(NEW)
    assert owner.post(reverse("account_reset_code"), said).status_code == 422
    kinds = CredentialEvent.objects.filter(user=teacher).values_list("kind", flat=True)
    assert list(kinds.order_by("number")) == ["reset_asked", "password_changed"]


def test_a_code_by_mail_goes_over_the_installations_own_server(own_mail, teacher, at):
    actions.queue_password_code(ask_key=KEY, username="teacher", means="email", at=at)
    dispatch.drain()
    assert OutboxMessage.objects.get(kind="code").state == "accepted"


def test_the_demo_phone_takes_codes_only_where_all_of_an_account_is_for_trying_out(
    cast, teacher, at
):
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    actions.queue_password_code(ask_key=KEY, username="teacher", means="phone", at=at)
    dispatch.drain()
    assert DemoPhoneMessage.objects.filter(user=teacher).count() == 1
    make_post(teacher, Role.VILLAGE_WORKER, school=cast.other_school)
    actions.queue_password_code(
        ask_key=KEY, username="teacher", means="phone", at=at + timedelta(seconds=1)
    )
    dispatch.drain()
    assert DemoPhoneMessage.objects.filter(user=teacher).count() == 1


def test_a_code_is_void_when_the_address_was_changed_meanwhile(teacher, at):
    actions.queue_password_code(ask_key=KEY, username="teacher", means="email", at=at)
    code = codes.digits_of(OneTimeCode.objects.get())
    set_reach(user=teacher, phone="", email="new@school.example", by=teacher)
    is_set = actions.set_password_by_code(
        ask_key=KEY, username="teacher", given=code, password=NEW, at=clock.now()
    )
    teacher.refresh_from_db()
    assert not is_set
    assert teacher.check_password(PASSWORD)


@pytest.mark.parametrize("username", ["family-mother", "superuser", "nobody"])
def test_a_code_is_only_for_staff(cast, at, username):
    User.objects.filter(username=username).update(email="x@example.org", phone="+8613893513333")
    actions.queue_password_code(ask_key=KEY, username=username, means="email", at=at)
    assert not OneTimeCode.objects.exists()

"""Notices on a phone's screen, against a push service that opens them as the browser would."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth import SESSION_KEY
from django.urls import reverse

from delivery import dispatch, links
from delivery.channels import push as channel
from delivery.channels.base import LostReply, Message, PermanentFailure, TemporaryFailure
from delivery.channels.push.keys import is_service
from delivery.dispatch.ways import opened
from delivery.models import ChannelAccount, Device, OutboxMessage, PushSubscription, SignInLink
from guardians.models import ContactPoint
from guardians.policies import SESSION_ADDRESS
from guardians.queries import usable_contact_points
from surveys.policies import LESSON, SEAT
from tests.delivery.test_wechat import ask
from tests.doors.test_pupil import CODE, tap
from tests.factories.cast import PASSWORD
from tests.factories.surveys import seat_of
from tests.messaging.test_board import sign_in
from tests.providers.server import Say

URL = "/f/me/screen/"
NUMBER = "+8613893510001"


@pytest.fixture
def account(make_account, push) -> ChannelAccount:
    return make_account("push", push)


@pytest.fixture
def mother(client, cast):
    """Signed in on her own phone by a link to her number."""
    user = cast.users["mother"]
    client.force_login(user)
    session = client.session
    session[SESSION_ADDRESS] = cast.adults["mother"].contact_points.get().address
    session.save()
    return client


def screens(cast, name="mother"):
    return cast.adults[name].contact_points.filter(kind="push")


def test_a_question_comes_to_the_screen_and_names_no_child(cast, push, account, mother, at):
    assert mother.post(URL, push.browser).url == URL
    message = ask(cast, at)
    dispatch.drain()
    message.refresh_from_db()
    assert (message.state, message.channel) == ("accepted", "push")
    told = push.taken[0].values
    assert told["title"] == cast.school.name
    assert "/f/c/" in told["url"]
    assert told["tag"] == str(message.idempotency_key)
    for child in cast.school.students.all():
        assert child.given_name not in str(told)
        assert child.name not in str(told)


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten_and_an_sms_goes(
    cast, push, account, mother, sms, gateway, at, status
):
    mother.post(URL, push.browser)
    push.says = [Say(status=status)]
    message = ask(cast, at)
    dispatch.drain()
    message.refresh_from_db()
    assert (message.state, message.channel) == ("accepted", "sms")
    assert len(gateway.taken) == 1
    assert not PushSubscription.objects.exists()
    assert not screens(cast).exists()


@pytest.mark.parametrize(
    ("say", "failure", "cause"),
    [
        (Say(status=429, headers={"Retry-After": "60"}), TemporaryFailure, "provider_busy"),
        (Say(status=500), TemporaryFailure, "provider_error"),
        (Say(status=413), PermanentFailure, "provider_refused"),
        (Say(status=201, delay=1.5), LostReply, "timeout"),
        (Say(status=201, hangs_up=True), LostReply, "lost_reply"),
    ],
)
def test_what_a_push_service_may_answer(cast, push, account, say, failure, cause):
    subscription = push.switched_on(account, cast.adults["mother"])
    push.says = [say]
    message = Message(key=str(uuid4()), address=subscription.point.address, text="…")
    with pytest.raises(failure) as caught:
        channel.send(message, opened(account))
    assert caught.value.cause == cause
    if say.status == 429:
        assert caught.value.retry_after == 60
    assert PushSubscription.objects.exists()


@pytest.mark.parametrize(
    ("endpoint", "is_good"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", True),
        ("https://web.push.apple.com/x", True),
        ("https://wns2-sg2p.notify.windows.com/w/?token=x", True),
        ("http://fcm.googleapis.com/fcm/send/x", False),
        ("https://fcm.googleapis.com:8080/x", False),
        ("https://fcm.googleapis.com.example.org/x", False),
        ("https://evilfcm.googleapis.com.cn/x", False),
        ("https://127.0.0.1/x", False),
        ("https://x@169.254.169.254/fcm.googleapis.com", False),
        ("https://[", False),
    ],
)
def test_a_browser_sends_us_to_push_services_only(endpoint, is_good):
    assert is_service(endpoint) is is_good


def test_what_no_browser_said_is_refused(push, account, mother):
    for wrong in (
        {"endpoint": "https://127.0.0.1/x"},
        {"p256dh": "AAAA"},
        {"auth": "short"},
        {"auth": ""},
    ):
        assert mother.post(URL, push.browser | wrong).status_code == 422
    assert not PushSubscription.objects.exists()


def test_switched_off_signed_out_or_another_person_on_the_phone(cast, push, account, mother):
    mother.post(URL, push.browser)
    mother.post(f"{URL}off/")
    assert not screens(cast).exists()
    for page in ("/f/me/devices/end/", "/f/sign-out/"):
        mother.post(URL, push.browser)
        assert screens(cast).count() == 1
        mother.post(page)
        assert not screens(cast).exists()
        mother.force_login(cast.users["mother"])
    push.switched_on(account, cast.adults["grandmother"])
    mother.post(URL, push.browser)
    assert not screens(cast, "grandmother").exists()
    assert screens(cast).count() == 1


def sign_in_by_link(client, adult, at) -> None:
    address = adult.contact_points.get(kind="phone").address
    link = SignInLink.objects.create(
        adult=adult, address=address, created_at=at, expires_at=at + timedelta(minutes=30)
    )
    token = links.sign_in_token_for(link_id=link.pk, adult_id=adult.pk)
    client.post(reverse("family:use_link", args=[token]))


def test_signing_in_again_leaves_the_screen_on_until_one_signs_out(cast, push, account, mother, at):
    sign_in_by_link(mother, cast.adults["mother"], at)
    mother.post(URL, push.browser)
    sign_in_by_link(mother, cast.adults["mother"], at)
    assert screens(cast).count() == 1
    assert Device.objects.count() == 1
    mother.post("/f/sign-out/")
    assert not screens(cast).exists()


@pytest.mark.parametrize("page", [f"{URL}off/", "/f/me/devices/end/", "/f/sign-out/", "one"])
def test_the_screen_of_another_phone_stays_on(cast, push, account, mother, at, page):
    push.switched_on(account, cast.adults["grandmother"])
    PushSubscription.objects.update(endpoint=f"{push.url}/push/2", session_key="of another phone")
    sign_in_by_link(mother, cast.adults["mother"], at)
    mother.post(URL, push.browser)
    assert screens(cast).exists()
    mother.post(f"/f/me/devices/{Device.objects.get().pk}/end/" if page == "one" else page)
    assert not screens(cast).exists()
    assert screens(cast, "grandmother").exists()


def test_another_person_who_signs_in_ends_the_screen_of_the_one_before(
    cast, push, account, mother, at
):
    sign_in_by_link(mother, cast.adults["mother"], at)
    mother.post(URL, push.browser)
    sign_in_by_link(mother, cast.adults["grandmother"], at)
    assert not screens(cast).exists()
    cast.adults["grandmother"].refresh_from_db()
    assert [device.user for device in Device.objects.all()] == [cast.adults["grandmother"].user]


def test_signing_out_at_the_staff_door_or_a_child_who_comes_in_ends_it_too(
    cast, push, account, mother, at
):
    def leave_for_a_colleague():
        said = {"login": cast.users["teacher"].username, "password": PASSWORD}
        mother.post("/accounts/login/", said)
        # Nobody signs in there over somebody else.
        assert mother.session[SESSION_KEY] == str(cast.adults["mother"].user_id)
        mother.post("/accounts/logout/")

    def sign_in_as_child():
        tap(mother, cast.school_class.door_code, CODE)
        assert mother.session["pupil_id"] == cast.students["mengyao"].pk

    def take_a_seat():
        mother.post(reverse("seat:enter"), {"code": seat.code})
        assert mother.session[SEAT] == seat.pk

    def fetch_a_lesson():
        mother.post(reverse("seat:enter"), {"code": seat.sitting.tablet_code})
        assert mother.session[LESSON] == seat.sitting_id

    seat = seat_of(cast)
    for ends in (leave_for_a_colleague, sign_in_as_child, take_a_seat, fetch_a_lesson):
        sign_in_by_link(mother, cast.adults["mother"], at)
        cast.adults["mother"].refresh_from_db()
        mother.post(URL, push.browser)
        assert screens(cast).count() == 1
        ends()
        assert not screens(cast).exists()
        assert not Device.objects.exists()


def test_the_screen_of_a_person_at_another_school_ends_too(cast, push, account, mother):
    far = cast.adults["far_mother"]
    other = ChannelAccount.objects.create(
        school=far.school, kind="push", config=push.config(), priority=1
    )
    push.switched_on(other, far)
    mother.post(URL, push.browser)
    assert not screens(cast, "far_mother").exists()
    assert screens(cast).count() == 1


def test_it_falls_with_the_number_and_comes_to_no_blocked_adult(cast, push, account, mother):
    mother.post(URL, push.browser)
    number = cast.adults["mother"].contact_points.get(kind="phone")
    usable = usable_contact_points().filter(kind="push")
    assert usable.exists()
    number.disputed_at = "2026-11-01T00:00Z"
    number.save()
    assert not usable.exists()


def test_it_is_offered_after_an_answer_where_the_school_has_it(cast, push, client, at, sms):
    message = ask(cast, at)
    path = message_path(cast, message)
    client.post(path, {"key": str(uuid4()), "answer": "talked"})
    assert URL not in client.get(f"{path}done/").content.decode()
    account = ChannelAccount.objects.create(
        school=cast.school, kind="push", config=push.config(), priority=9
    )
    assert URL in client.get(f"{path}done/").content.decode()
    wechat = client.get(f"{path}done/", HTTP_USER_AGENT="MicroMessenger").content.decode()
    assert URL not in wechat
    push.switched_on(account, cast.adults["mother"])
    assert URL not in client.get(f"{path}done/").content.decode()


def message_path(cast, message: OutboxMessage) -> str:
    from messaging.links import token_for

    token = token_for(
        check_in_id=message.about_id,
        adult_id=message.adult_id,
        contact_point_id=message.contact_point_id,
    )
    return f"/f/c/{token}/"


def test_keys_are_made_once_and_never_shown(client, cast):
    admin = sign_in(client, cast, "admin")
    page = "/check-ins/channels/"
    admin.post(f"{page}new/push/", {"is_enabled": "on"})
    account = ChannelAccount.objects.get()
    secret = opened(account).secret
    admin.post(f"{page}{account.pk}/", {"is_enabled": "on", "name": "屏幕"})
    account.refresh_from_db()
    assert opened(account).secret == secret
    again = admin.post(f"{page}new/push/", {"is_enabled": "on"})
    assert again.url == f"{page}{account.pk}/"
    assert ChannelAccount.objects.count() == 1
    assert f"{page}new/push/" not in admin.get(page).content.decode()
    text = admin.get(f"{page}{account.pk}/").content.decode()
    assert secret["private_key"] not in text
    assert admin.post(f"{page}{account.pk}/test/").status_code == 404
    assert ContactPoint.objects.filter(kind="push").count() == 0

"""The language of staff: chosen once, theirs on every device, and the one they read messages in."""

import pytest
from django.test import Client

from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "jiaqiao-demo"


@pytest.fixture
def teacher(cast) -> User:
    user = cast.users["teacher"]
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(user: User, on: Client | None = None, choosing: str = "") -> Client:
    who = on or Client()
    if choosing:
        choose(who, choosing)
    answer = who.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return who


def choose(who: Client, language: str) -> None:
    assert who.post("/i18n/setlang/", {"language": language, "next": "/"}).status_code == 302


def language_of(who: Client) -> str:
    return who.get("/", follow=True).headers["Content-Language"]


def kept(user: User) -> str:
    return User.objects.get(pk=user.pk).language


def test_a_choice_goes_along_to_another_device(teacher):
    first = signed_in(teacher)
    assert (language_of(first), kept(teacher)) == ("zh-hans", "zh-hans")
    choose(first, "en")
    assert (language_of(first), kept(teacher)) == ("en", "en")
    assert language_of(signed_in(teacher)) == "en"


def test_a_shared_computer_speaks_the_language_of_whoever_signs_in(teacher, cast):
    other = cast.users["far_teacher"]
    other.set_password(PASSWORD)
    other.save()
    signed_in(other)
    shared = signed_in(teacher)
    choose(shared, "en")
    shared.post("/accounts/logout/")
    signed_in(other, on=shared)
    assert (language_of(shared), kept(other)) == ("zh-hans", "zh-hans")


def test_who_signs_in_for_the_first_time_keeps_what_was_chosen_at_the_door(teacher):
    assert language_of(signed_in(teacher, choosing="en")) == "en"
    assert kept(teacher) == "en"
    assert language_of(signed_in(teacher)) == "en"


def test_a_choice_at_the_door_wins_at_every_later_sign_in_too(teacher):
    first = signed_in(teacher)
    choose(first, "en")
    first.post("/accounts/logout/")
    again = signed_in(teacher, on=first, choosing="zh-hans")
    assert (language_of(again), kept(teacher)) == ("zh-hans", "zh-hans")


def test_one_choice_at_the_door_is_for_one_sign_in(teacher, cast):
    other = cast.users["far_teacher"]
    other.set_password(PASSWORD)
    other.save()
    signed_in(other)
    shared = signed_in(teacher, choosing="en")
    shared.post("/accounts/logout/")
    signed_in(other, on=shared)
    assert (language_of(shared), kept(other)) == ("zh-hans", "zh-hans")


def tap_link(who: Client, page: str, **headers: str) -> None:
    answer = who.get("/f/view/", {"language": "en", "next": page}, headers=headers)
    assert answer.status_code == 302
    assert answer.headers["Location"] == page


def test_a_village_worker_s_link_is_a_choice_for_good(cast):
    worker = cast.users["village"]
    worker.set_password(PASSWORD)
    worker.save()
    phone = Client()
    tap_link(phone, "/v/sign-in/", referer="http://testserver/v/sign-in/")
    signed_in(worker, on=phone)
    assert kept(worker) == "en"
    choose(phone, "zh-hans")
    tap_link(phone, "/v/", referer="http://testserver/v/")
    assert kept(worker) == "en"


@pytest.mark.parametrize("headers", [{}, {"referer": "https://elsewhere.example/"}])
def test_somebody_else_s_link_changes_no_account(teacher, headers):
    who = signed_in(teacher)
    tap_link(who, "/v/", **headers)
    assert kept(teacher) == "zh-hans"


@pytest.mark.parametrize("language", ["", "xx", "en\r\nSet-Cookie: a=b", "zh_Hans"])
def test_no_other_language_is_kept(teacher, language):
    who = signed_in(teacher)
    choose(who, language)
    assert kept(teacher) == "zh-hans"


def test_a_family_that_taps_it_changes_no_message(cast):
    mother = cast.adults["mother"].user
    phone = Client()
    phone.force_login(mother)
    choose(phone, "en")
    assert kept(mother) == "zh-hans"

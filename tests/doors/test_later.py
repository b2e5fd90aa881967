"""Any row of Today is put off by one person, and taken up again."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from core import clock
from doors.staff.today import work_of
from schools.models import PutOff
from tests.factories.reunions import make_question

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def key(cast):
    return f"info-{make_question(cast).pk}"


def keys(cast, role):
    return [item.key for item in work_of(cast.users[role], clock.now())]


def signed_in(client, cast, role):
    client.force_login(cast.users[role], "django.contrib.auth.backends.ModelBackend")
    return client


def day(ahead):
    return (timezone.localdate(clock.now()) + timedelta(days=ahead)).isoformat()


def test_put_off_it_is_gone_for_me_and_there_for_others(client, cast, key):
    url = reverse("staff:later", args=[key])
    page = signed_in(client, cast, "teacher").post(url, {"until_on": day(3)}, **HX)
    assert "is-put_off" in page.content.decode()
    assert key not in keys(cast, "teacher")
    assert key in keys(cast, "counsellor")


def test_it_comes_back_on_its_day(client, cast, key):
    signed_in(client, cast, "teacher").post(
        reverse("staff:later", args=[key]), {"until_on": day(3)}
    )
    PutOff.objects.update(until_on=timezone.localdate(clock.now()))
    assert key in keys(cast, "teacher")


def test_taken_up_again_at_once(client, cast, key):
    signed_in(client, cast, "teacher").post(
        reverse("staff:later", args=[key]), {"until_on": day(3)}
    )
    page = client.post(reverse("staff:take_up", args=[key]), **HX)
    assert "is-rest" in page.content.decode()
    assert key in keys(cast, "teacher")


@pytest.mark.parametrize("until", ["", "gestern", "1900-01-01", "2100-01-01", "today"])
def test_a_day_that_is_none_is_told_and_nothing_is_put_off(client, cast, key, until):
    until = day(0) if until == "today" else until
    page = signed_in(client, cast, "teacher").post(
        reverse("staff:later", args=[key]), {"until_on": until}, **HX
    )
    assert page.status_code == 422
    assert "is-failed" in page.content.decode()
    assert not PutOff.objects.exists()


def test_what_is_not_on_my_list_is_not_there(client, cast, key):
    page = signed_in(client, cast, "far_teacher").post(
        reverse("staff:later", args=[key]), {"until_on": day(3)}
    )
    assert page.status_code == 404

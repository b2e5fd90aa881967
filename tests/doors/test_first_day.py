"""A colleague who comes in for the first time reads once what Jiaqiao does for them, and never again."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from accounts import actions
from accounts.models import CredentialEvent
from core import clock
from tests.access.test_matrix import visitor

pytestmark = pytest.mark.django_db

WELCOME = 'class="first-day sheet"'


def came_in(cast, role: str) -> Client:
    """Somebody who has set their first password today."""
    actions.set_password(
        user=cast.users[role],
        password="seven quiet lanterns over water",
        kind=CredentialEvent.Kind.PASSWORD_SET,
        by=cast.users[role],
    )
    return visitor(cast, role)


def today(client: Client) -> str:
    return client.get(reverse("staff:today")).content.decode()


@pytest.mark.parametrize("role", ["teacher", "counsellor", "principal"])
def test_on_the_first_day_until_it_is_put_away(cast, role) -> None:
    client = came_in(cast, role)

    page = today(client)
    assert WELCOME in page
    assert cast.users["admin"].name in page[page.index(WELCOME) :]
    assert reverse("classroom:pick") in page[page.index(WELCOME) :]

    client.post(reverse("staff:first_day_seen"))
    assert WELCOME not in today(client)


def test_not_on_the_day_after(cast, monkeypatch) -> None:
    client, tomorrow = came_in(cast, "teacher"), clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "for_request", lambda request: tomorrow)

    assert WELCOME not in today(client)


def test_another_at_the_same_computer_reads_their_own(cast) -> None:
    first = came_in(cast, "teacher")
    first.post(reverse("staff:first_day_seen"))
    came_in(cast, "counsellor")
    first.force_login(cast.users["counsellor"])

    assert WELCOME in today(first)


@pytest.mark.parametrize("role", ["teacher", "admin"])
def test_nobody_who_was_here_before_or_has_the_guided_set_up(cast, role) -> None:
    if role == "admin":
        came_in(cast, role)

    assert WELCOME not in today(visitor(cast, role))

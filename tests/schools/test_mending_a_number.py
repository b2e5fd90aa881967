"""The school mends the number of somebody who has never signed in, and of nobody else."""

import threading

import pytest
from django.db import connection, transaction

from accounts.models import CredentialEvent, User
from schools.passwords import actions
from tests.blocking import wait_until_somebody_waits
from tests.factories.cast import make_cast, make_post, make_user

WRITTEN, MENDED = "+8613909350011", "+8613909350012"


@pytest.fixture
def cast(transactional_db):
    return make_cast()


@pytest.fixture
def invited(cast) -> User:
    user = make_user("invited", "何新")
    User.objects.filter(pk=user.pk).update(phone=WRITTEN, password="!never-set")
    make_post(user, "principal", school=cast.school)
    user.refresh_from_db()
    return user


def mend(user: User, cast) -> bool:
    return actions.mend_phone(
        user=user, school=cast.school, phone=MENDED, by=cast.users["admin"], ip=None
    )


def phone_of(user: User) -> str:
    return User.objects.get(pk=user.pk).phone


def test_before_the_first_password_it_is_mended_and_noted(cast, invited):
    assert mend(invited, cast)
    assert phone_of(invited) == MENDED
    assert CredentialEvent.objects.filter(user=invited, kind="reach_changed").count() == 1


def test_a_password_that_is_set_in_the_same_moment_comes_first(cast, invited):
    """The page was opened before; its owner is setting the first password while the number is sent."""
    found = []

    def mends() -> None:
        try:
            found.append(mend(invited, cast))
        finally:
            connection.close()

    thread = threading.Thread(target=mends)
    with transaction.atomic():
        owner = User.objects.select_for_update(no_key=True).get(pk=invited.pk)
        thread.start()
        wait_until_somebody_waits()
        owner.set_password("a password of my own")
        owner.save()
    thread.join()
    assert found == [False]
    assert phone_of(invited) == WRITTEN
    assert not CredentialEvent.objects.filter(user=invited, kind="reach_changed").exists()


def test_the_page_says_so(client, cast, invited):
    client.force_login(cast.users["admin"])
    url = f"/settings/staff/{invited.posts.get().pk}/reach/"
    answer = client.post(url, {"phone": MENDED, "is_duty": "on"}, follow=True)
    assert [str(one) for one in answer.context["messages"]] == ["存好了。"]
    assert phone_of(invited) == MENDED
    invited.refresh_from_db()
    invited.set_password("a password of my own")
    invited.save()
    client.post(url, {"phone": WRITTEN})
    assert phone_of(invited) == MENDED

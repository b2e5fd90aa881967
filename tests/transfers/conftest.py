import pytest
from django.test import Client

from tests.factories import transfers


@pytest.fixture
def cast(cast):
    transfers.far_staff(cast)
    return cast


@pytest.fixture
def as_(cast):
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(cast.users[who])
        return client

    return signed_in

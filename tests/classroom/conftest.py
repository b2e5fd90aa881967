import pytest

from tests.factories.cast import make_cast


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def sign_in(client, cast):
    def sign_in(key):
        client.force_login(cast.users[key])
        return client

    return sign_in

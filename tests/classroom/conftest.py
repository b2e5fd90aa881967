import pytest

from doors.staff import rail


@pytest.fixture
def kept_rail(monkeypatch):
    """Keep the counts in the rail for longer than a test runs.

    Otherwise a slow machine might read them again while a test counts queries.
    """
    monkeypatch.setattr(rail, "KEPT_SECONDS", 600)


@pytest.fixture
def sign_in(client, cast):
    def sign_in(key):
        client.force_login(cast.users[key])
        return client

    return sign_in

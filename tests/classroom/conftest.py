import pytest

from doors.staff import rail


@pytest.fixture
def kept_rail(monkeypatch):
    """The counts in the rail are read now and then: on a slow machine that must fall into no count."""
    monkeypatch.setattr(rail, "KEPT_SECONDS", 600)


@pytest.fixture
def sign_in(client, cast):
    def sign_in(key):
        client.force_login(cast.users[key])
        return client

    return sign_in

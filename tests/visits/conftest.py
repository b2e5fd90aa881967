from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from core import clock
from tests.factories.cast import Cast
from tests.factories.visits import make_term, settle_in_village

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def cast(cast) -> Cast:
    settle_in_village(cast.students["mengyao"], cast.students["xiaobao"])
    return cast


@pytest.fixture
def at() -> datetime:
    return clock.now()


@pytest.fixture
def today(db, at) -> date:
    return timezone.localdate(at, CHINA)


@pytest.fixture
def term(cast, today):
    return make_term(cast, today)


@pytest.fixture
def as_user(cast):
    def sign_in(who: str) -> Client:
        client = Client()
        client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache

from core import clock
from delivery.channels import secrets
from delivery.dispatch import gates, health
from delivery.models import ChannelAccount
from tests.providers.alibaba import Alibaba
from tests.providers.alibaba_calls import AlibabaCalls
from tests.providers.push import Push
from tests.providers.room import Room
from tests.providers.tencent import Tencent
from tests.providers.tencent_calls import TencentCalls
from tests.providers.voice import Voice
from tests.providers.wechat import Wechat
from tests.providers.wecom import Wecom
from tests.sinks import HttpSink, SmtpSink


@pytest.fixture
def cast(cast):
    """Families who may be written to at any hour, so that no test hangs on the time of day."""
    for adult in cast.adults.values():
        adult.quiet_from = adult.quiet_until = datetime(2026, 1, 1).time()
        adult.save()
    return cast


@pytest.fixture
def at(db):
    return clock.now()


@pytest.fixture
def gateway():
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def mail_server():
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def alibaba():
    with Alibaba() as provider:
        yield provider
        assert provider.refused == []


@pytest.fixture
def tencent():
    with Tencent() as provider:
        yield provider
        assert provider.refused == []


@pytest.fixture
def wechat():
    cache.clear()  # a token of another server
    with Wechat() as provider:
        yield provider


@pytest.fixture
def push():
    with Push() as provider:
        yield provider
        assert provider.refused == []


@pytest.fixture
def wecom():
    cache.clear()  # a token of another server
    with Wecom() as provider:
        yield provider


@pytest.fixture
def voice():
    with Voice() as provider:
        yield provider
        assert provider.refused == []


@pytest.fixture
def alibaba_calls():
    with AlibabaCalls() as provider:
        yield provider
        assert provider.refused == []


@pytest.fixture
def tencent_calls():
    with TencentCalls() as provider:
        yield provider
        assert provider.refused == []


@pytest.fixture
def room():
    with Room() as provider:
        yield provider


@pytest.fixture
def make_account(cast):
    """An account of the cast's school at a provider of tests/providers."""

    def make(kind: str, provider, **config) -> ChannelAccount:
        priority = 1 + ChannelAccount.objects.filter(school=cast.school).count()
        account = ChannelAccount.objects.create(
            school=cast.school, kind=kind, config=provider.config(**config), priority=priority
        )
        secret = getattr(provider, "secret", {})
        account.secret = secrets.seal(value=secret, row=secrets.row_of(account)) if secret else None
        account.save()
        return account

    return make


@pytest.fixture(autouse=True)
def _no_rests():
    yield
    gates._closed_until.clear()
    gates._looked_at.clear()
    health._noted_at.clear()


@pytest.fixture
def sms(cast, gateway):
    """The cast's school sends SMS into the gateway sink."""
    return ChannelAccount.objects.create(school=cast.school, kind="sms", config=gateway.config())


@pytest.fixture
def noon():
    return datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

"""The same cast and providers as delivery's tests."""

from tests.delivery.conftest import (  # noqa: F401 - fixtures
    _no_rests,
    alibaba,
    at,
    cast,
    gateway,
    mail_server,
    make_account,
    noon,
    push,
    room,
    sms,
    tencent,
    wechat,
    wecom,
)

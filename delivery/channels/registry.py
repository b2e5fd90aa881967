"""All channels, one line each, in the order in which we offer them to an administrator."""

from typing import cast

from delivery.channels import (
    alibaba_call,
    alibaba_sms,
    apprise,
    demo_call,
    demo_phone,
    email,
    push,
    sms_gateway,
    tencent_call,
    tencent_sms,
    voice_gateway,
    wechat,
    wecom,
)
from delivery.channels.base import Channel

CHANNELS: dict[str, Channel] = {
    "wechat": cast(Channel, wechat),
    "wecom": cast(Channel, wecom),
    "alibaba_sms": cast(Channel, alibaba_sms),
    "tencent_sms": cast(Channel, tencent_sms),
    "sms": cast(Channel, sms_gateway),
    "email": cast(Channel, email),
    "alibaba_call": cast(Channel, alibaba_call),
    "tencent_call": cast(Channel, tencent_call),
    "voice": cast(Channel, voice_gateway),
    "push": cast(Channel, push),
    "apprise": cast(Channel, apprise),
    "demo_phone": cast(Channel, demo_phone),
    "demo_call": cast(Channel, demo_call),
}

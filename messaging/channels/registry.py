"""All channels, one line each."""

from typing import cast

from messaging.channels import demo_phone, email, sms_gateway
from messaging.channels.base import Channel

CHANNELS: dict[str, Channel] = {
    "email": cast(Channel, email),
    "sms": cast(Channel, sms_gateway),
    "demo_phone": cast(Channel, demo_phone),
}

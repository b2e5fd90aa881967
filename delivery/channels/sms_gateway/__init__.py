from delivery.channels.sms_gateway.channel import (
    KIND,
    MEANS,
    PARALLEL,
    after_lost_reply,
    can_be_asked,
    check_config,
    look_up,
    poll,
    rate_of,
    send,
    summary,
    timeout_of,
)
from delivery.channels.sms_gateway.reports import read_hook

__all__ = [
    "KIND",
    "MEANS",
    "PARALLEL",
    "after_lost_reply",
    "can_be_asked",
    "check_config",
    "look_up",
    "poll",
    "rate_of",
    "read_hook",
    "send",
    "summary",
    "timeout_of",
]

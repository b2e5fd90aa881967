from delivery.channels.cloud import timeout_of
from delivery.channels.tencent_sms.channel import (
    KIND,
    MEANS,
    PARALLEL,
    after_lost_reply,
    check_config,
    look_up,
    poll,
    rate_of,
    read_hook,
    send,
    summary,
)

__all__ = [
    "KIND",
    "MEANS",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "look_up",
    "poll",
    "rate_of",
    "read_hook",
    "send",
    "summary",
    "timeout_of",
]

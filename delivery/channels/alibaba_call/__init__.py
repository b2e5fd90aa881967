from delivery.channels.alibaba_call.channel import (
    KIND,
    MEANS,
    ONE_MENU,
    PARALLEL,
    after_lost_reply,
    check_config,
    poll,
    rate_of,
    read_hook,
    send,
    summary,
    takes,
)
from delivery.channels.cloud import timeout_of

__all__ = [
    "KIND",
    "MEANS",
    "ONE_MENU",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "poll",
    "rate_of",
    "read_hook",
    "send",
    "summary",
    "takes",
    "timeout_of",
]

from delivery.channels.cloud import timeout_of
from delivery.channels.tencent_call.channel import (
    KIND,
    MEANS,
    ONE_MENU,
    PARALLEL,
    after_lost_reply,
    check_config,
    rate_of,
    read_hook,
    send,
    summary,
    takes,
)

__all__ = [
    "KIND",
    "MEANS",
    "ONE_MENU",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "rate_of",
    "read_hook",
    "send",
    "summary",
    "takes",
    "timeout_of",
]

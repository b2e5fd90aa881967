from delivery.channels.push.channel import (
    KIND,
    MEANS,
    PARALLEL,
    after_lost_reply,
    check_config,
    send,
    summary,
    takes,
    timeout_of,
)

__all__ = [
    "KIND",
    "MEANS",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "send",
    "summary",
    "takes",
    "timeout_of",
]

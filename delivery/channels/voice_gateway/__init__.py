from delivery.channels.http import timeout_of
from delivery.channels.voice_gateway.channel import (
    KIND,
    MEANS,
    PARALLEL,
    after_lost_reply,
    check_config,
    hang_up,
    look_up,
    poll,
    read_hook,
    send,
    summary,
    takes,
)

__all__ = [
    "KIND",
    "MEANS",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "hang_up",
    "look_up",
    "poll",
    "read_hook",
    "send",
    "summary",
    "takes",
    "timeout_of",
]

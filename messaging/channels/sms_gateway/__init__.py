from messaging.channels.sms_gateway.channel import (
    KIND,
    MEANS,
    TIMEOUT_SECONDS,
    after_lost_reply,
    check_config,
    look_up,
    send,
)

__all__ = [
    "KIND",
    "MEANS",
    "TIMEOUT_SECONDS",
    "after_lost_reply",
    "check_config",
    "look_up",
    "send",
]

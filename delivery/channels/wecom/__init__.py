from delivery.channels.wecom.channel import (
    ISSUER,
    KIND,
    MEANS,
    PARALLEL,
    after_lost_reply,
    check_config,
    rate_of,
    send,
    summary,
    takes,
    timeout_of,
)

__all__ = [
    "ISSUER",
    "KIND",
    "MEANS",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "rate_of",
    "send",
    "summary",
    "takes",
    "timeout_of",
]

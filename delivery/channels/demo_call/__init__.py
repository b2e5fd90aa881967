from delivery.channels.demo_call.channel import KIND, MEANS, PARALLEL, look_up, send
from delivery.channels.demo_phone.channel import after_lost_reply, check_config, summary, timeout_of

__all__ = [
    "KIND",
    "MEANS",
    "PARALLEL",
    "after_lost_reply",
    "check_config",
    "look_up",
    "send",
    "summary",
    "timeout_of",
]

"""Limits of postcards: length, number a day, days of notification."""

POSTCARD_SECONDS = 60  # seconds; what a child says in one breath, 120 kB on the parent's line
SLACK_SECONDS = 1  # seconds; a recorder that stops at 60 writes a little more
POSTCARDS_A_DAY = 5  # from one child, and from one parent to a child
NOTICE_DAYS = 7  # days after which a message about it would come too late
GONE_DAYS = 60  # days after a child's last day at school, as the holidays are long


def is_too_long(seconds: int | None) -> bool:
    return (seconds or 0) > POSTCARD_SECONDS + SLACK_SECONDS

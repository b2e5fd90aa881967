"""Limits of postcards: their length, how many a day, and for how many days we notify."""

# seconds; what a child can say in one breath, 120 kB on the parent's connection
POSTCARD_SECONDS = 60
SLACK_SECONDS = 1  # seconds; a recorder that stops at 60 saves slightly more
POSTCARDS_A_DAY = 5  # postcards from one child, and from one parent to a child
NOTICE_DAYS = 7  # days after which it is too late for a message about it
GONE_DAYS = 60  # days after a child's last day at school, because the holidays are long


def is_too_long(seconds: int | None) -> bool:
    return (seconds or 0) > POSTCARD_SECONDS + SLACK_SECONDS

"""The minimum and maximum length, in characters, of a reason that a colleague has to judge."""

REASON_MIN = 6  # as in 孩子正在割腕; a colleague could not judge fewer
REASON_MAX = 500

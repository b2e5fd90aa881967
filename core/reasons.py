"""How long a reason must be for a colleague to be able to judge it, in characters."""

REASON_MIN = 6  # as in 孩子正在割腕; a colleague could not judge fewer
REASON_MAX = 500

"""How long the reason is that somebody gives and a colleague has to judge, in characters."""

REASON_MIN = 6  # as in 孩子正在割腕; a colleague could not judge fewer
REASON_MAX = 500

"""When a recording that could not be made anew is tried again, and when it is given up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

# After each failure; the one after the last of them is the end. What is wrong for a moment (a full disk, a
# server that starts anew) is over by then, and whatever else it is, no further try helps. Our own figures.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)

TROUBLE_TIMES = 3  # failures, within some seven minutes; what goes by itself is nobody's work

Failure = Sequence  # how often, and when it is tried again (ISO 8601): as JSON keeps it


def due(left: Collection[str], failed: Mapping[str, Failure], at: datetime) -> list[str]:
    """Those of `left` that are to be tried now, in their order."""
    return [
        name for name in left if name not in failed or datetime.fromisoformat(failed[name][1]) <= at
    ]


def failed_again(before: Failure | None, at: datetime) -> Failure | None:
    """What to remember of a failure now; None where it is given up."""
    times = before[0] if before else 0
    if times >= len(WAITS):
        return None
    return [times + 1, (at + WAITS[times]).isoformat()]


def is_trouble(failure: Failure) -> bool:
    """Whether whoever runs the installation should look."""
    return failure[0] >= TROUBLE_TIMES

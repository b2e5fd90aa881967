"""When to try again to convert a recording, and when to give up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

# The wait after each failure; after the last of them we give up. A passing fault (a full disk, a server that
# restarts) is over by then, and no further try helps against any other. Our own figures.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(hours=24),
)

# Failures, within some seven minutes. Before that nobody needs to look: the fault may pass by itself.
TROUBLE_TIMES = 3

Failure = Sequence  # how often, and when it is tried again (ISO 8601): as JSON stores it


def due(left: Collection[str], failed: Mapping[str, Failure], at: datetime) -> list[str]:
    """Return those of `left` that should be tried now, in their order."""
    return [
        name for name in left if name not in failed or datetime.fromisoformat(failed[name][1]) <= at
    ]


def failed_again(before: Failure | None, at: datetime) -> Failure | None:
    """Return what to record of another failure; None if we give up."""
    times = before[0] if before else 0
    if times >= len(WAITS):
        return None
    return [times + 1, (at + WAITS[times]).isoformat()]


def is_trouble(failure: Failure) -> bool:
    """Return whether the operator of the installation should look."""
    return failure[0] >= TROUBLE_TIMES

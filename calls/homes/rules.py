"""When a phone at home may be offered for calls. Pure."""

from collections.abc import Collection, Iterable
from datetime import datetime, time

CALL_MINUTES = 30  # minutes of one call at home; no other call waits for the phone
WEEKDAYS, WEEKEND = tuple(range(5)), (5, 6)  # date.weekday()
# Times that a carer agrees to by one tap each: after homework and before children sleep (our
# choice). Their own quiet hours are excluded as well.
WINDOWS: dict[str, tuple[tuple[int, ...], time, time]] = {
    "evenings": (WEEKDAYS, time(18, 30), time(20, 30)),
    "mornings": (WEEKEND, time(9, 0), time(11, 0)),
    "afternoons": (WEEKEND, time(15, 0), time(17, 0)),
    "weekend_evenings": (WEEKEND, time(18, 30), time(20, 30)),
}


def is_agreed(
    times: Iterable[tuple[int, time, time]], local: datetime, *, is_boarding: bool
) -> bool:
    """Return whether a call that starts at `local` (school time) falls within one of these times.

    `times` holds (weekday, from, until). A boarding child is at home only at weekends.
    """
    if is_boarding and local.weekday() not in WEEKEND:
        return False
    return any(
        weekday == local.weekday() and since <= local.time() < until
        for weekday, since, until in times
    )


def times_of(windows: Collection[str]) -> list[tuple[int, time, time]]:
    """Return (weekday, from, until) of these windows."""
    return [
        (weekday, starts, ends)
        for name, (weekdays, starts, ends) in WINDOWS.items()
        if name in windows
        for weekday in weekdays
    ]


def windows_of(starts: set[tuple[int, time]]) -> list[str]:
    """Return which windows these times, (weekday, start), come from."""
    return [
        name
        for name, (weekdays, start, _ends) in WINDOWS.items()
        if all((weekday, start) in starts for weekday in weekdays)
    ]

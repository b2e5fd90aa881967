"""What of a count may be published: never the count, only a span in which at least ten counts lie. Pure.

So no count of 1 to 9 is told, and none follows from a difference of two weeks, of two schools, or of a whole
and its part: each is known to ten children, and so is what is subtracted. Three rules keep it so:

* A number stands in its ten ("20–29"; the first is 0–9: whether there is anybody at all is not told).
* A share stands on a scale whose steps are at least ten children each; the first and the last step take 0 %
  and 100 % in.
* Of the parts of one whole, one part is published beside the whole, or all parts without it: three spans of
  one sum would narrow each other. What is said of a whole county is counted from what its schools published.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from surveys.rules import SHOWN_FROM

BAND = SHOWN_FROM  # children in each span of numbers
# Percentage points between two marks of the scale of a share; each divides 100.
STEPS = (1, 2, 5, 10, 20, 25, 50)
WEEK = timedelta(days=7)
# Hour of Monday, by the county's clock, from which the week before is published: what comes in on its last
# evening is in. Our own figure.
PUBLISHED_FROM_HOUR = 12
# Days after a week's end within which what holds "as of now" still tells of that week. Our own figure.
LATE_AFTER_DAYS = 3
# From this share of a week's messages to families on that did not go out, sending needs help. Our own figure.
FAILING_FROM_PERCENT = 10
FAILING_FROM_MESSAGES = 10
# Weeks in a row without any sign of use, after which somebody should call. Our own figure.
UNUSED_WEEKS = 2

Span = tuple[int, int]


def band(count: int) -> Span:
    """The ten in which a number lies, both ends included."""
    low = count // BAND * BAND
    return low, low + BAND - 1


def step_for(whole: int) -> int | None:
    """Percentage points of a step, at least ten children of the smallest whole in the same ten; None: of so
    few no share is published.
    """
    low, _high = band(whole)
    return next((step for step in STEPS if step * low >= 100 * BAND), None)


def share(part: int, whole: int) -> Span | None:
    """The step of the scale in which a share lies, in per cent; the last one ends with 100."""
    step = step_for(whole)
    if step is None:
        return None
    low = min(part * 100 // whole // step * step, 100 - step)
    return low, low + step


def together(shares: Iterable[tuple[Span, Span]]) -> Span | None:
    """The span of a share of several schools. `shares`: (its share, the ten of its whole) of each."""
    rows = [(*share_, (low + high) / 2) for share_, (low, high) in shares]
    weight = sum(row[2] for row in rows)
    if not weight:
        return None
    low = sum(row[0] * row[2] for row in rows) / weight
    high = sum(row[1] * row[2] for row in rows) / weight
    return int(low), -int(-high // 1)


@dataclass(frozen=True)
class Waited:
    """A span of days; `high` None: longer."""

    low: int
    high: int | None


def waited(days: float) -> Waited:
    """The span of a median wait, by the days of counselling.pool.rules that divide the queue."""
    return Waited(0, 1) if days <= 1 else Waited(1, 3) if days <= 3 else Waited(3, None)


def is_known(part: int, whole: int, is_used: bool) -> bool:
    """Whether a share of talks tells anything: where nobody uses Jiaqiao, a low one is a lack of records.
    Decided by the step alone, so that it tells no more than the step does.
    """
    span = share(part, whole)
    return is_used or span is None or span[0] > 0


def last_sunday(on: date) -> date:
    """The last day of the last week that is over on `on`."""
    return on - timedelta(days=on.isoweekday())


def is_frozen(ends_on: date, local: datetime) -> bool:
    """Whether what is counted of that week stays as it is, at this time of the school's clock."""
    return (local - timedelta(hours=PUBLISHED_FROM_HOUR)).date() > ends_on


def is_failing(failed: int, sent: int) -> bool:
    return sent >= FAILING_FROM_MESSAGES and failed * 100 >= FAILING_FROM_PERCENT * sent

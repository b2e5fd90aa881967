"""What may be published of a count: never the count itself, only a span that contains at least ten counts.
Pure.

No count of 1 to 9 is therefore revealed, nor can one be derived from a difference between two weeks, two
schools, or a whole and its part: each is known only to within ten children, and so is what is subtracted.
Three rules ensure it:

* A number is given as its ten ("20–29"; the first is 0–9, which does not reveal whether there is anybody at
  all).
* A share is given on a scale whose steps are at least ten children each; the first and the last step include
  0 % and 100 %.
* Of the parts of one whole, either one part is published with the whole, or all parts without it: three
  spans of one sum would narrow each other. Figures for a whole county are computed from what its schools
  published.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from surveys.rules import SHOWN_FROM

BAND = SHOWN_FROM  # children in each span of numbers
# Percentage points between two marks of the scale of a share; each divides 100.
STEPS = (1, 2, 5, 10, 20, 25, 50)
WEEK = timedelta(days=7)
# Hour on Monday, by the county's clock, from which the previous week is published, so that what arrives on
# its last evening is included. Our own figure.
PUBLISHED_FROM_HOUR = 12
# Days after a week's end during which "as of now" facts still describe that week. Our own figure.
LATE_AFTER_DAYS = 3
# If this share of a week's messages to families was not sent, sending needs help. Our own figure.
FAILING_FROM_PERCENT = 10
FAILING_FROM_MESSAGES = 10
# Consecutive weeks without any sign of use after which somebody should call. Our own figure.
UNUSED_WEEKS = 2

Span = tuple[int, int]


def weeks_from(first: date, last: date) -> list[date]:
    """Return the end of each week between these two ends of a week, both included."""
    return [first + n * WEEK for n in range((last - first).days // 7 + 1)]


def band(count: int) -> Span:
    """Return the ten that a number falls in, both ends included."""
    low = count // BAND * BAND
    return low, low + BAND - 1


def step_for(whole: int) -> int | None:
    """Return the percentage points of a step: at least ten children of the smallest whole in the same ten.

    None if there are too few to publish a share.
    """
    low, _high = band(whole)
    return next((step for step in STEPS if step * low >= 100 * BAND), None)


def share(part: int, whole: int) -> Span | None:
    """Return the step of the scale that a share falls in, in per cent; None for too few children.

    The last step ends with 100.
    """
    step = step_for(whole)
    if step is None:
        return None
    low = min(part * 100 // whole // step * step, 100 - step)
    return low, low + step


def together(shares: Iterable[tuple[Span, Span]]) -> Span | None:
    """Return the span of a share over several schools.

    `shares` has (its share, the ten of its whole) for each.
    """
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
    """Return the span of a median wait, by the days of counselling.pool.rules that divide the queue."""
    return Waited(0, 1) if days <= 1 else Waited(1, 3) if days <= 3 else Waited(3, None)


def is_known(part: int, whole: int, is_used: bool) -> bool:
    """Return whether a share of talks means anything.

    If nobody uses Jiaqiao, a low share is a lack of records. Only the step decides, so that this reveals no
    more than the step does.
    """
    span = share(part, whole)
    return is_used or span is None or span[0] > 0


def is_frozen(ends_on: date, local: datetime) -> bool:
    """Return whether that week's counts are final at this time of the school's clock."""
    return (local - timedelta(hours=PUBLISHED_FROM_HOUR)).date() > ends_on


def is_failing(failed: int, sent: int) -> bool:
    return sent >= FAILING_FROM_MESSAGES and failed * 100 >= FAILING_FROM_PERCENT * sent

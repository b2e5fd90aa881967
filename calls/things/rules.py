"""How many things a child picks, and when its taps after calls mean that somebody should ask."""

from collections.abc import Sequence

THINGS_MOST = 3
SENTENCE_MAX = 60  # characters; what a child can say in one breath
ANSWER_MAX = 120  # characters; short enough to read on a school's computer before the bell
SHOWN_DAYS = 30  # days after which neither side sees what was chosen
NOTICE_DAYS = 3  # days after which it is too late for a message about it
# The three faces after a call. They are only an order: nobody sees or adds them up as a score.
GOOD, SO_SO, LOW = 1, 2, 3
FALLING_TAPS = 3  # taps in a row; one bad call means nothing
FALLING_DAYS = 60  # days; older taps say nothing about the present


def is_falling(felt: Sequence[int]) -> bool:
    """Return whether the latest taps never improve from one to the next and end low.

    The last tap is the latest.
    """
    latest = list(felt[-FALLING_TAPS:])
    return len(latest) == FALLING_TAPS and latest == sorted(latest) and latest[-1] == LOW


def felt_of_mood(mood: int) -> int:
    """Return which of the three faces matches one of the five faces after a call at the school's phone."""
    if mood <= 2:
        return GOOD
    return SO_SO if mood == 3 else LOW

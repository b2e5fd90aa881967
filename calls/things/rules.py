"""How many things a child picks, and when its taps after calls say that somebody should ask."""

from collections.abc import Sequence

THINGS_MOST = 3
SENTENCE_MAX = 60  # characters; what a child says in one breath
ANSWER_MAX = 120  # characters; read on a school's computer, before the bell
SHOWN_DAYS = 30  # days after which neither side sees what was chosen
NOTICE_DAYS = 3  # days after which a message about it would come too late
# The three faces after a call. They are an order, no score: nobody sees or adds them up.
GOOD, SO_SO, LOW = 1, 2, 3
FALLING_TAPS = 3  # taps in a row; one bad call says nothing
FALLING_DAYS = 60  # days; older taps say nothing about now


def is_falling(felt: Sequence[int]) -> bool:
    """Whether the latest taps, the last one latest, got no better from one to the next and end low."""
    latest = list(felt[-FALLING_TAPS:])
    return len(latest) == FALLING_TAPS and latest == sorted(latest) and latest[-1] == LOW


def felt_of_mood(mood: int) -> int:
    """What one of the five faces after a call at the school's phone says in these three."""
    if mood <= 2:
        return GOOD
    return SO_SO if mood == 3 else LOW

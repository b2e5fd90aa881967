"""Conditions that an adult near by must meet to count. Pure.

Minors Protection Law: parents who go away choose who looks after the child, hear what the child says to
it (Art. 22) and tell school and village committee (Art. 23). The second and the third adult are held to the
same.
"""

from enum import StrEnum

NEARBY_MOST = 2  # people for one child: the second and the third adult, after who cares at home
# Minutes on foot; our own figure: further away nobody is with a child within the half hour.
ON_FOOT_MOST_MINUTES = 30


class Missing(StrEnum):
    PARENT = "parent"
    CHILD = "child"
    VILLAGE = "village"


def missing(*, is_agreed: bool, child_wants: bool | None, is_told: bool) -> tuple[Missing, ...]:
    """What is not there yet; somebody whom the child does not want never counts, whatever else is there."""
    steps = (
        (Missing.PARENT, is_agreed),
        (Missing.CHILD, child_wants is not None),
        (Missing.VILLAGE, is_told),
    )
    return tuple(one for one, is_there in steps if not is_there)

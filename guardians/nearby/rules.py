"""Conditions that an adult near by must meet to count. Pure.

Minors Protection Law: parents who go away choose who looks after the child, hear what the child says about it
(Art. 22) and tell school and village committee (Art. 23). We apply the same to the second and third adult.
"""

from enum import StrEnum

NEARBY_MOST = (
    2  # people for one child: the second and the third adult, after the one who cares at home
)
# Minutes on foot; our own figure: somebody who lives further away cannot be with the child within half an
# hour.
ON_FOOT_MOST_MINUTES = 30


class Missing(StrEnum):
    PARENT = "parent"
    CHILD = "child"
    VILLAGE = "village"


def missing(*, is_agreed: bool, child_wants: bool | None, is_told: bool) -> tuple[Missing, ...]:
    """List what is still missing.

    A refusal by the child is an answer, so it is not listed. The caller has to check it: a person whom the
    child has refused never counts, even when nothing is missing.
    """
    steps = (
        (Missing.PARENT, is_agreed),
        (Missing.CHILD, child_wants is not None),
        (Missing.VILLAGE, is_told),
    )
    return tuple(one for one, is_there in steps if not is_there)

"""What every room has to say to a family about its children, on one card."""

from collections.abc import Callable, Collection
from datetime import datetime

from calls import family as calls
from classroom import family as classroom
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from postcards import family as postcards
from privacy import family as privacy
from reunions import family as reunions

Room = Callable[[Collection[int], Collection[Adult], datetime], dict[int, list[FamilyLine]]]
ROOMS: tuple[Room, ...] = (
    classroom.family_lines,
    calls.family_lines,
    reunions.family_lines,
    postcards.family_lines,
    privacy.family_lines,
)


def lines_of(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """child → lines in the order of the card; as many queries for one child as for ten."""
    found: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    for room in ROOMS:
        for pk, lines in room(student_ids, adults, at).items():
            found[pk].extend(lines)
    return {pk: sorted(lines, key=lambda line: line.order) for pk, lines in found.items()}

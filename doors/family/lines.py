"""Collect what every package has to tell a family about its children, for one card."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from calls import family as calls
from classroom import family as classroom
from core.addresses import address
from core.prepared import Question
from counselling.plans import family as agreed
from guardians import family as guardians
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from learning import family as learning
from meetings import family as meetings
from nights import family as nights
from notices import family as notices
from postcards import family as postcards
from privacy import family as privacy
from reunions import family as reunions
from surveys import family as surveys
from threads import family as threads
from transfers import family as transfers

Room = Callable[[Collection[int], Sequence[Adult], datetime], dict[int, list[FamilyLine]]]
ROOMS: tuple[Room, ...] = (
    threads.family_lines,
    notices.family_lines,
    meetings.family_lines,
    learning.family_lines,
    surveys.family_lines,
    classroom.family_lines,
    agreed.family_lines,
    calls.family_lines,
    nights.family_lines,
    reunions.family_lines,
    postcards.family_lines,
    privacy.family_lines,
    transfers.family_lines,
    guardians.family_lines,
)

QUESTIONS: tuple[Callable[[Collection[int], Sequence[Adult], datetime], list[Question]], ...] = (
    threads.questions,
    notices.questions,
    meetings.questions,
    learning.questions,
    surveys.questions,
    classroom.questions,
    agreed.questions,
    calls.questions,
    nights.questions,
    reunions.questions,
    postcards.questions,
    privacy.questions,
    transfers.questions,
    guardians.questions,
)


def lines_of(
    student_ids: Collection[int], adults: Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return child → lines in the order of the card; as many queries for one child as for ten.

    Lines that lead to the child's own page are left out, since news and letters are shown there and on the
    card.
    """
    found: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    for room in ROOMS:
        for pk, lines in room(student_ids, adults, at).items():
            own = address("family:child", pk)
            found[pk].extend(line for line in lines if line.is_due or line.url != own)
    return {pk: sorted(lines, key=lambda line: line.order) for pk, lines in found.items()}


def questions_of(
    student_ids: Collection[int], adults: Sequence[Adult], at: datetime
) -> list[Question]:
    """Return the queries behind these lines, so that they can be sent together."""
    return [one for questions in QUESTIONS for one in questions(student_ids, adults, at)]

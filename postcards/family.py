"""What an adult of a family sees of this."""

from collections.abc import Collection
from datetime import datetime

from guardians.family_lines import FamilyLine
from guardians.models import Adult
from schools.notices import DueMessage


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """child → lines for these adults (records of one person); one query or two for any number."""
    return {}


def messages_due(at: datetime) -> list[DueMessage]:
    return []

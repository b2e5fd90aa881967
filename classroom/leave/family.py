"""Lines about leave on a family's card.

They show requests that wait for a second adult, and the family's own requests.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.utils.translation import gettext as _

from classroom.leave.presenters import days_words
from classroom.leave.queries import any_on_cards, own_leave, to_confirm
from classroom.messages import leave_path
from classroom.models import LeaveRequest
from guardians.family_lines import FamilyLine

CONFIRM_FIRST, OWN_LATER = 12, 30  # positions on the card


def leave_lines(
    student_ids: Collection[int], adult_ids: Collection[int], on: date
) -> dict[int, list[FamilyLine]]:
    lines: dict[int, list[FamilyLine]] = defaultdict(list)
    if not any_on_cards(student_ids, on):
        return lines
    for row in to_confirm(adult_ids, on):
        if row.student_id in student_ids:
            words = _("%(who)s asks for leave for %(child)s. Is that right?")
            words %= {"who": row.adult.name, "child": row.student.given_name}
            line = FamilyLine(
                words, leave_path(row.student_id), "ask", _("Look and answer"), True, CONFIRM_FIRST
            )
            lines[row.student_id].append(line)
    for row in own_leave(adult_ids, on):
        if row.student_id in student_ids and row.ends_on >= on:
            words = _OWN[LeaveRequest.State(row.state)]() % {"days": days_words(row, on)}
            line = FamilyLine(words, leave_path(row.student_id), "house", order=OWN_LATER)
            lines[row.student_id].append(line)
    return lines


_OWN = {
    LeaveRequest.State.ASKED: lambda: _("Leave %(days)s: waiting for the school"),
    LeaveRequest.State.AGREED: lambda: _("Leave %(days)s: the teacher has agreed"),
    LeaveRequest.State.DECLINED: lambda: _("Leave %(days)s: the teacher did not agree"),
}

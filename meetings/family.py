"""The line about a meeting on a family's card."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import address, address_of
from core.prepared import Question, joined, own_fields, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from meetings import presenters
from meetings.models import Meeting, MeetingInvitation
from meetings.policies import standing

ORDER_WAITS, ORDER_ALL = 7, 73  # below the notices


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult] | Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return meetings to come on the card of the first child, or a link to past ones."""
    if not student_ids:
        return {}
    rows = _invited(adult_ids=[one.pk for one in adults], on=timezone.localdate(at))
    lines = [_line(row, at) for row in rows if row.meeting.ends_at > at and not row.meeting.off_at]
    if rows and not lines:
        url = address_of("family_meetings:list")
        lines = [FamilyLine(_("Meetings at the school"), url, "people", order=ORDER_ALL)]
    return {next(iter(student_ids)): lines} if lines else {}


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the query behind `family_lines`."""
    keys = [one.pk for one in adults]
    return [_invited.question(adult_ids=keys, on=timezone.localdate(at))]


def _line(row: MeetingInvitation, at: datetime) -> FamilyLine:
    words = {"title": row.meeting.title, "when": presenters.when_words(row.meeting, at)}
    is_due = presenters.waits(row, at)
    return FamilyLine(
        text=_("%(title)s: %(when)s") % words,
        url=address("family_meetings:meeting", row.meeting_id),
        icon="people",
        button=_("Are you coming?") if is_due else "",
        is_due=is_due,
        order=ORDER_WAITS,
    )


@prepared
def _invited(*, adult_ids, on) -> QuerySet[MeetingInvitation]:
    rows = standing(on).filter(adult_id__in=adult_ids)
    of_meeting = (f"meeting__{name}" for name in own_fields(Meeting))
    rows = joined(rows, *of_meeting, "meeting__school__time_zone")
    return rows.order_by("meeting__starts_at", "pk")

"""Who else is invited at the same time, and whom no message reached."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import Count, QuerySet

from meetings import messages
from meetings.models import Meeting, MeetingChild, MeetingInvitation
from meetings.reach import ties


def at_the_same_time(
    adult_ids: Collection[int], starts_at: datetime, ends_at: datetime, but: int | None = None
) -> list[tuple[Meeting, int]]:
    """Other meetings that overlap, and how many of these adults they invite."""
    rows = MeetingInvitation.objects.filter(
        adult_id__in=adult_ids,
        meeting__off_at=None,
        meeting__starts_at__lt=ends_at,
        meeting__ends_at__gt=starts_at,
    ).exclude(meeting=but)
    counts = dict(rows.values_list("meeting").annotate(adults=Count("pk")).order_by())
    found = Meeting.objects.filter(pk__in=counts).order_by("starts_at", "pk")
    return [(one, counts[one.pk]) for one in found]


def unreached(
    meetings: Sequence[Meeting], student_ids: Collection[int] | QuerySet, on: date
) -> dict[int, set[int]]:
    """Meeting → those of the children of whose adults nobody has answered or got a message, nor may still
    get one. As many queries for ten meetings as for one.
    """
    children = MeetingChild.objects.filter(meeting__in=meetings, student_id__in=student_ids)
    open_: dict[int, set[int]] = {one.pk: set() for one in meetings}
    for meeting_id, student_id in children.values_list("meeting_id", "student_id"):
        open_[meeting_id].add(student_id)
    everybody = set().union(*open_.values())
    held: dict[int, set[int]] = {}
    for adult_id, student_id in (
        ties(on).filter(student_id__in=everybody).values_list("adult_id", "student_id")
    ):
        held.setdefault(adult_id, set()).add(student_id)
    invited = MeetingInvitation.objects.filter(meeting__in=meetings, adult_id__in=held)
    rows = list(invited.select_related("meeting"))
    through = messages.ways_through({row.pk: row.meeting.moves for row in rows})
    for row in rows:
        if row.reply_now(row.meeting) or row.pk in through:
            open_[row.meeting_id] -= held[row.adult_id]
    return open_

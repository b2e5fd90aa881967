"""Meetings still to come, led by the person who invited families."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.days import week_day
from meetings import actions
from meetings.models import Meeting
from meetings.policies import audience, meetings_visible_to
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission


class MeetingsToCome(OpenWork):
    key = "meetings"
    label = _("Meetings to come")
    model = Meeting
    holder = "author"
    needs = Permission.HOLD_MEETINGS
    left_to = _("with the colleagues who invite families of the whole school")
    is_about_child = False

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Meeting]:
        rows = Meeting.objects.filter(school_id=school_id, off_at=None, ends_at__gt=at)
        return rows.select_related("school", "author").order_by("starts_at", "pk")

    def takers(self, meeting: Meeting, people: Sequence[User], at: datetime) -> Collection[int]:
        """Return the people who may invite all of these children's families."""
        on, school = today_in(meeting.school, at), meeting.school
        children = set(meeting.children.values_list("student_id", flat=True))
        found = set()
        for one in people:
            rows = audience(one, school, meeting.scope, meeting.picked, on)
            if children <= set(rows.values_list("student_id", flat=True)):
                found.add(one.pk)
        return found

    def give(self, *, row: Meeting, to: User, by: User, words: str, at: datetime) -> None:
        actions.lead_instead(meeting=row, author=to)

    def seen_by(self, user: User, at: datetime) -> QuerySet[Meeting]:
        return meetings_visible_to(user, timezone.localdate(at))

    def line(self, meeting: Meeting, on: date) -> str:
        return f"{meeting.title}, {week_day(timezone.localdate(meeting.starts_at))}"


MEETINGS = MeetingsToCome()

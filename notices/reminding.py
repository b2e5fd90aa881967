"""Whom a reminder of a notice reaches, and when.

The board's button shows it and its action carries it out.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from guardians.hours import evening_after, local_day, next_evening
from guardians.models import Adult
from notices.models import Notice, NoticeChild, Notified
from notices.policies import answerers
from notices.reach import still_reached
from schools.policies import today_in


@dataclass(frozen=True)
class Reminder:
    adult: Adult
    children: list[int]  # ids of students
    row: Notified  # not saved yet if we never told the adult about the notice
    due_at: datetime
    is_asked: bool  # for an answer; other adults only read it

    @property
    def on(self) -> date:
        return local_day(self.adult.hours, self.due_at)


def reminders(notice: Notice, waiting: Collection[NoticeChild], at: datetime) -> list[Reminder]:
    """Return a reminder for each adult of the unsettled `waiting` lines, in their free evening.

    Each adult gets at most one a local day. The number of queries does not depend on the size.
    """
    today = today_in(notice.school, at)
    people = still_reached(notice, list(waiting), today)
    known = {row.adult_id: row for row in Notified.objects.filter(notice=notice)}
    asked = answerers(
        notice, [adult.pk for adult, _own in people], [line.student_id for line in waiting], today
    )
    found = []
    for adult, children in people:
        row = known.get(adult.pk) or Notified(
            school_id=notice.school_id, notice=notice, adult=adult
        )
        if row.asked_times and row.asked_on and row.asked_on >= local_day(adult.hours, at):
            continue  # a reminder was sent today, or waits for this evening or the next
        if row.seen_at and adult.pk not in asked:
            continue  # has read it, and is not asked for more
        hours = adult.hours
        due_at = next_evening(hours, at)
        if row.asked_on is not None and local_day(hours, due_at) <= row.asked_on:
            # A message about this notice is already sent that day, so choose a later evening.
            due_at = evening_after(hours, at, (row.asked_on - local_day(hours, at)).days + 1)
        found.append(Reminder(adult, children, row, due_at, adult.pk in asked))
    return found

"""The entries of a person's calendar: calls, meetings, duty turns, and the school's terms and days off.

Entries name no child and no adult; only the calls of staff give a surname and a class. The functions return
None instead of entries once the address no longer shows anything: the post or the family's tie has ended, or
the adult was blocked.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import User
from calls import feeds
from calls.policies import slots_of_family, slots_visible_to
from calls.presenters import class_names
from core.calendar_file import Entry
from guardians.policies import adults_unbarred, guardianships_of
from meetings import calendar_file as meetings
from meetings.models import MeetingInvitation
from meetings.policies import invitations_of, meetings_visible_to
from schools.duty.queries import turns_between
from schools.models import CalendarDay, Term
from schools.policies import current_posts
from schools.presenters import day_spans

BACK_DAYS = 31  # so that a calendar refreshed late still finds what it showed before
AHEAD_DAYS = 200  # one term and the holidays after it
EACH_MAX = 500  # entries of each kind
A_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Span:
    """The days around `at` that a calendar shows."""

    at: datetime

    @property
    def on(self) -> date:
        return timezone.localdate(self.at)

    @property
    def moments(self) -> tuple[datetime, datetime]:
        return self.at - timedelta(days=BACK_DAYS), self.at + timedelta(days=AHEAD_DAYS)

    @property
    def days(self) -> tuple[date, date]:
        return self.on - timedelta(days=BACK_DAYS), self.on + timedelta(days=AHEAD_DAYS)


def of_family(user: User, at: datetime) -> list[Entry] | None:
    span, adults = Span(at), adults_unbarred(user)
    held = guardianships_of(adults, span.on)
    schools = set(held.values_list("student__school_id", flat=True))
    if not schools:
        return None
    slots = slots_of_family(user, span.on).filter(starts_at__range=span.moments)
    calls = list(slots.select_related("place").order_by("-starts_at")[:EACH_MAX])
    titles = {
        row.pk: _("Video call with home") if feeds.is_video(row) else _("Call with home")
        for row in calls
    }
    invited = invitations_of(adults, span.on).filter(meeting__starts_at__range=span.moments)
    answered = [(row, row.reply_now(row.meeting)) for row in invited.order_by("pk")[:EACH_MAX]]
    coming = {  # one entry, even if two records of the same person are invited
        row.meeting_id: meetings.entry(
            row.meeting, title=capfirst(row.meeting.get_kind_display()), slot_at=row.slot_at
        )
        for row, reply in answered
        if reply != MeetingInvitation.Reply.CANNOT
    }
    return [*feeds.entries(calls, titles), *coming.values(), *_of_schools(schools, span)]


def of_staff(user: User, at: datetime) -> list[Entry] | None:
    span = Span(at)
    posts = current_posts(user, span.on)
    if not posts:
        return None
    schools = {post.school_id for post in posts if post.school_id}
    slots = slots_visible_to(user, span.on).filter(starts_at__range=span.moments)
    calls = list(slots.select_related("place", "student").order_by("-starts_at")[:EACH_MAX])
    classes = class_names({row.student_id for row in calls}, span.on)
    titles = {
        row.pk: _("Call: %(surname)s · %(class)s")
        % {"surname": row.student.surname, "class": classes.get(row.student_id, "")}
        for row in calls
    }
    seen = meetings_visible_to(user, span.on).filter(starts_at__range=span.moments)
    held = [
        meetings.entry(row, title=capfirst(row.get_kind_display()))
        for row in seen.select_related("school").order_by("-starts_at")[:EACH_MAX]
    ]
    turns = turns_between(schools, *span.days).filter(user=user, off_at=None, begins_here=True)
    duty = [
        Entry(
            key=f"duty-{turn.pk}",
            title=_("On duty %(part)s") % {"part": turn.get_part_display()},
            begins=turn.starts_at,
            ends=turn.ends_at,
            place=turn.school.name,
        )
        for turn in turns.select_related("school").order_by("starts_at")[:EACH_MAX]
    ]
    return [
        *feeds.entries(calls, titles),
        *held,
        *duty,
        *_of_schools(schools, span),
    ]


def _of_schools(schools: Collection[int], span: Span) -> list[Entry]:
    """Return entries for the first and last days of terms, holidays, and the days that make up for them."""
    terms = Term.objects.filter(year__school__in=schools).select_related("year__school")
    found = []
    for term in terms:
        for key, title, on in (
            ("begins", _("Term begins"), term.starts_on),
            ("ends", _("Last day of term"), term.ends_on),
        ):
            if span.days[0] <= on <= span.days[1]:
                school = term.year.school.name
                found.append(Entry(f"term-{term.pk}-{key}", title, on, on + A_DAY, school))
    days = CalendarDay.objects.filter(school__in=schools, on__range=span.days)
    for row in day_spans(days.select_related("school").order_by("school", "on")):
        named = {"kind": row.kind_words, "name": row.first.name}
        found.append(
            Entry(
                key=f"day-{row.first.school_id}-{row.first.on}",
                title=_("%(kind)s: %(name)s") % named if row.first.name else row.kind_words,
                begins=row.first.on,
                ends=row.days[-1][0].on + A_DAY,
                place=row.first.school.name,
            )
        )
    return found

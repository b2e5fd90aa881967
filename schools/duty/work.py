"""Rows and lines on Today about the roster: gaps for those who write it, and to everybody their own turn."""

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.days import week_day
from core.phones import on_one_line
from core.prepared import Question
from schools.duty import presenters, queries, rules
from schools.models import DutyTurn
from schools.worklist import Lane, WorkItem


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return one row for each school whose next days have nobody on duty for all or part of the time."""
    return [
        WorkItem(
            # The key has the first day of the gap, so that a later gap appears even if this one is put off.
            key=f"duty-{school.pk}-{gaps[0][0].isoformat()}",
            lane=Lane.DUE,
            student_id=0,
            student_name=_("Duty roster"),
            why=_("Nobody is on duty: %(days)s") % {"days": presenters.gap_words(gaps)},
            since_at=at,
            act_label=_("Fill it in"),
            act_url=f"{reverse('schools:duty')}?from={gaps[0][0].isoformat()}&part={gaps[0][1]}",
            act_opens=True,
            leads=True,
        )
        for school, gaps in queries.gaps_for(user, at)
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that `work_for` makes."""
    return queries.gap_questions(user, at)


def own_lines(user: User, at: datetime) -> list[dict[str, object]]:
    """Say that it is the user's turn, until when, and what rings; otherwise when the next turn comes.

    Each line has `is_now` and `text`.
    """
    turns = queries.turns_of(user, at)
    running = rules.standing(turns, at)
    if running:
        last = max(running, key=lambda one: one.runs_until)
        return [{"is_now": True, "text": _now(user, last, at), "is_unreached": not _reach(user)}]
    if not turns:
        return []
    turn = turns[0]
    day = _("today") if turn.on == timezone.localdate(at) else week_day(turn.on)
    said = {"day": day, "part": turn.get_part_display(), "from": presenters.from_words(turn)}
    words = _("Your next duty: %(day)s (%(part)s), from %(from)s.")
    return [{"is_now": False, "text": words % said}]


def _now(user: User, turn: DutyTurn, at: datetime) -> str:
    until = presenters.until_words(at, turn)
    said = {"until": until, "where": _reach(user)}
    if not said["where"]:
        return _("You are on duty until %(until)s, but we have no phone or e-mail for you, so nobody can"
" reach you. Please tell the administrator.") % said  # fmt: skip
    if user.phone:
        return _("You are on duty until %(until)s. Phone %(where)s gets the message.") % said
    return _("You are on duty until %(until)s. The message goes to %(where)s.") % said


def _reach(user: User) -> str:
    return on_one_line(user.phone) if user.phone else user.email

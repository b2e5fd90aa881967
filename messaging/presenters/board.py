"""This week's board, one family's ladder beside it, and what is sent next."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from core import languages
from core.addresses import page_above
from core.days import clock_time, days_ago, short_day, stamp
from core.names import joined
from delivery.models import ChannelKind, OutboxMessage
from guardians.models import Adult
from guardians.presenters import called
from guardians.queries import FamilyMember
from messaging import texts
from messaging.models import CheckIn, FollowUp, Reminder
from messaging.queries import (
    Board,
    BoardChild,
    Bridge,
    Ladder,
    UpcomingGroup,
    reminder_words,
)
from schools.models import School
from schools.worklist import correct_the_number

NAMES_IN_A_CELL = 4  # names; the rest of a class is shown on demand
# Columns that the board always has. The others appear only if they contain a child.
COLUMNS = (Bridge.WAITING, Bridge.ASKED_AGAIN, Bridge.NOBODY)
ORDER = (
    Bridge.NEEDS_HELP,
    Bridge.NOBODY,
    Bridge.ASKED_AGAIN,
    Bridge.NOT_YET,
    Bridge.WAITING,
    Bridge.PLANNED,
    Bridge.UNKNOWN,
)


@dataclass(frozen=True)
class ChildLink:
    student_id: int
    name: str
    state: str
    days: str  # since a talk, or when a planned question will be sent
    url: str
    is_current: bool


@dataclass(frozen=True)
class Cell:
    first: list[ChildLink]
    rest: list[ChildLink]
    state: str


def board_page(
    board: Board, child_id: int | None, filtered: str, goes: Callable[[datetime | None], str]
) -> dict[str, Any]:
    """Return the context of the board.

    `child_id`: the child whose ladder is open. `filtered`: the part of the address that names a class.
    `goes`: says in words when a planned question will be sent (`sending_words`).
    """
    shown = {state for state in ORDER if board.count(state)}
    if child_id is None:  # next to an open ladder there is no room for empty columns
        shown |= set(COLUMNS)
    columns = [state for state in reversed(ORDER) if state in shown]
    rows = []
    for row in board.rows:
        cells = []
        for state in columns:
            links = []
            for child in row.in_state(state):
                if child.bridge == Bridge.PLANNED:
                    days = goes(child.goes_at)
                elif child.days is None:
                    days = pgettext("days since a talk", "no call on record yet")
                else:
                    days = ngettext("%(days)d day", "%(days)d days", child.days) % {
                        "days": child.days
                    }
                links.append(
                    ChildLink(
                        student_id=child.student_id,
                        name=child.name,
                        state=str(child.bridge),
                        days=days,
                        url=f"?{filtered}child={child.student_id}",
                        is_current=child.student_id == child_id,
                    )
                )
            # Never hide just one name, nor the child whose ladder is open.
            cut = len(links) if len(links) == NAMES_IN_A_CELL + 1 else NAMES_IN_A_CELL
            first = [link for place, link in enumerate(links) if place < cut or link.is_current]
            cells.append(Cell(first, [link for link in links if link not in first], str(state)))
        rows.append({"name": row.name, "talked": row.talked, "total": row.total, "cells": cells})
    return {
        "columns": [{"state": str(state), "count": board.count(state)} for state in columns],
        "talked": board.count(Bridge.TALKED),
        "total": board.total,
        "rows": rows,
    }


def sending_words(goes_at: datetime | None, school: School, is_silent: bool, at: datetime) -> str:
    """Return when an unsent question will be sent. `is_silent`: the school sends nothing at the moment."""
    if goes_at is None:
        return ""
    if is_silent:
        return _("as soon as the school can send messages")
    if goes_at <= at:
        return _("being sent")
    return _("goes out %(when)s") % {"when": stamp(goes_at, at, school.time_zone)}


def child_on(board: Board, student_id: int) -> BoardChild | None:
    found = (one for row in board.rows for one in row.children if one.student_id == student_id)
    return next(found, None)


def panel(
    ladder: Ladder,
    family: Sequence[FamilyMember],
    class_name: str,
    state: str,
    goes: str,
    at: datetime,
) -> dict[str, Any]:
    """Return the panel's context. `goes` says when an unsent question will be sent, "" if there is none."""
    zone = ladder.student.school.time_zone
    under_name = class_name
    carer = next((one for one in family if one.guardianship.kind == "carer"), None)
    if carer:
        at_home = {"relation": called(carer.guardianship), "name": carer.adult.name}
        under_name = pgettext("class, who cares", "%(class)s, %(cared)s") % {
            "class": class_name,
            "cared": _("%(relation)s %(name)s is the carer at home") % at_home,
        }
    apart = ""
    if ladder.hours_apart:
        is_behind = ladder.hours_apart < 0
        words = (
            _("%(hours)s hours behind here") if is_behind else _("%(hours)s hours ahead of here")
        )
        apart = words % {"hours": f"{abs(ladder.hours_apart):g}"}
    if ladder.days is None:
        silence = _("No talk recorded yet.")
    elif ladder.days == 0:
        silence = _("They talked today.")
    else:
        words = ngettext(
            "%(days)d day without a talk.", "%(days)d days without a talk.", ladder.days
        )
        silence = words % {"days": ladder.days}
    return {
        "student": ladder.student,
        "state": state,
        "under_name": under_name,
        "who": _called(ladder.adult, family),
        "adult": ladder.adult,
        "place": ladder.adult_place,
        "apart": apart,
        "silence": silence,
        "goes": goes,
        "steps": _steps(ladder, family, at, zone),
        "follow_up": ladder.follow_up,
        "fix_url": ladder.why.fix_url if ladder.why else "",
        "child_url": page_above("child", ladder.student.pk),
    }


def _called(adult: Adult | None, family: Sequence[FamilyMember]) -> str:
    """Return what the child calls this adult, such as 妈妈; the name if the relation is not known."""
    if adult is None:
        return ""
    held = [one.guardianship for one in family if one.adult.pk == adult.pk]
    return called(held[0]) if held else adult.name


GOOD = (OutboxMessage.State.ACCEPTED, OutboxMessage.State.DELIVERED)
BAD = (
    OutboxMessage.State.FAILED,
    OutboxMessage.State.EXPIRED,
    OutboxMessage.State.UNKNOWN,
)


ICONS = {
    "teacher": "hand",
    "ask_again": "repeat",
    "other_way": "message",
    "other_adult": "children",
    "village": "home",
}
STEP_TITLES = {
    "ask": gettext_lazy("Ask %(who)s"),
    "ask_again": gettext_lazy("Ask %(who)s again"),
    "other_way": gettext_lazy("Ask %(who)s at another address"),
    "other_adult": gettext_lazy("Ask another adult of the family"),
    "teacher": gettext_lazy("A task for the class teacher"),
    "village": gettext_lazy("Village worker asked to visit"),
}
# If a message already has a channel.
SENT_TITLES = {
    "ask": gettext_lazy("Asked %(who)s by %(channel)s"),
    "ask_again": gettext_lazy("Asked %(who)s again by %(channel)s"),
    "other_way": gettext_lazy("Asked %(who)s at another address, by %(channel)s"),
    "other_adult": gettext_lazy("Asked %(who)s by %(channel)s, too"),
}
# What the ladder does automatically if nobody answers.
NEXT_TITLES = {
    "not_yet": gettext_lazy("Ask again"),
    "ask_again": gettext_lazy("Otherwise ask again"),
    "other_way": gettext_lazy("Otherwise ask at another address, if there is one"),
    "other_adult": gettext_lazy("Otherwise ask another adult of the family"),
    "teacher": gettext_lazy("Otherwise give the class teacher a task"),
}


def _steps(
    ladder: Ladder, family: Sequence[FamilyMember], at: datetime, zone: str
) -> list[dict[str, Any]]:
    """Return the steps that were taken or skipped, and the next automatic step of the ladder."""
    rows: list[dict[str, Any]] = []
    for step in ladder.steps:
        who = _called(step.adult, family) or _called(ladder.adult, family)
        titles = SENT_TITLES if step.channel else STEP_TITLES
        is_email = step.channel == str(ChannelKind.EMAIL.label)
        place = ladder.adult_place or pgettext("where the parent is", "there")
        # The cause of each failed attempt; without attempts, the cause of the message.
        causes = [f"{one.channel}{_(': ')}{one.cause}" for one in step.attempts if one.cause]
        why = pgettext("between causes", "; ").join(dict.fromkeys(causes)) or step.cause
        is_good = step.state in GOOD or (step.state == "done" and step.state_label)
        state = "now" if step.state == "open" else "done"
        rows.append(
            {
                "icon": ICONS.get(step.kind, "mail" if is_email else "sms"),
                "title": str(titles[step.kind]) % {"who": who, "channel": step.channel},
                "at": stamp(step.at, at, zone),
                "their_at": f"{place} {clock_time(step.local_at)}" if step.is_elsewhere else "",
                "result": step.state_label if step.is_taken else _("passed over"),
                "result_icon": "check" if is_good else "x" if step.state in BAD else "",
                "why": "" if step.kind == "teacher" and step.state == "open" else why,
                "led": step.why,
                "state": "todo" if step.is_ahead or not step.is_taken else state,
            }
        )
    next_at = ladder.check_in.next_step_at if ladder.check_in else None
    if ladder.check_in and next_at and next_at > at:
        kind = "teacher" if ladder.next_rung == "tell_teacher" else ladder.next_rung
        if ladder.check_in.state == CheckIn.State.NOT_YET:
            kind = "not_yet"
        rows.append(
            {
                "icon": ICONS.get(kind, "repeat"),
                "title": str(NEXT_TITLES[kind]),
                "at": stamp(next_at, at, zone),
                "result": _("not due yet"),
                "state": "todo",
            }
        )
    return rows


REASONS = {
    "first": gettext_lazy("the first question"),
    "evening": gettext_lazy("after work"),
    "night_shift": gettext_lazy("night shift: when they are awake"),
    "again": gettext_lazy("asked once more"),
    "retry": gettext_lazy("failed, trying again"),
}


def upcoming_rows(
    groups: Sequence[UpcomingGroup], school: School, at: datetime
) -> list[dict[str, Any]]:
    rows = []
    for number, group in enumerate(groups, 1):
        parents = ngettext("%(n)d parent", "%(n)d parents", group.count) % {"n": group.count}
        channels = [str(ChannelKind(kind).label) for kind in group.channels]
        text = [parents, *channels, str(REASONS[group.reason])]
        left_out = [
            ngettext("%(n)d not sent: %(cause)s", "%(n)d not sent: %(cause)s", n)
            % {"n": n, "cause": cause}
            for cause, n in Counter(one.cause_label for one in group.left_out).items()
        ]
        sample = ""
        if group.count:
            sample = texts.question(
                language=languages.active(),
                url=f"{settings.PUBLIC_URL}/f/c/…",
                school=school.name,
                teacher_surname="",
                again=group.reason == "again",
            ).body
        rows.append(
            {
                "key": number,
                "when": stamp(group.due_at, at, school.time_zone),
                "text": pgettext("between parts of a line", ", ").join(text),
                "left_out": pgettext("between causes", "; ").join(left_out),
                "names": joined(group.adult_names),
                "not_sent": [(one.adult_name, one.cause_label) for one in group.left_out],
                "sample": sample,
            }
        )
    return rows


def follow_up_row(
    follow_up: FollowUp, at: datetime, state: str = "rest", why: str = "", fix_url: str = ""
) -> dict[str, Any]:
    """Return the row of Today (components/work_row.html) in the state after an act."""
    days_open = (timezone.localdate(at) - timezone.localdate(follow_up.opened_at)).days
    row: dict[str, Any] = {
        "key": f"follow-up-{follow_up.pk}",
        "name": follow_up.student.name,
        "url": page_above("child", follow_up.student_id),
        "why": why,
        "when": days_ago(max(0, days_open)),
        "state": state,
        "acts": [],
        "later": None,
        "undo_url": "",
    }
    if state == "done":
        row["undo_url"] = reverse("messaging:follow_up_undo", args=[follow_up.pk])
        row["when"] = _("just now")
    elif state != "put_off":
        url = reverse("messaging:follow_up", args=[follow_up.pk])
        act = {"label": _("I reached them"), "url": url, "is_link": True, "opens_in_place": True}
        fix = [correct_the_number(fix_url)] if fix_url else []
        row |= {"acts": [act, *fix], "later": later_choices(follow_up, at)}
    return row


def reminder_row(reminder: Reminder, state: str, at: datetime) -> dict[str, Any]:
    """Return the row of Today (components/work_row.html) after an act: `done`, or at `rest` again."""
    row: dict[str, Any] = {
        "key": f"reminder-{reminder.pk}",
        "name": reminder.student.name,
        "url": page_above("child", reminder.student_id),
        "why": reminder_words(reminder),
        "when": stamp(reminder.asked_at, at, reminder.student.school.time_zone),
        "state": state,
    }
    if state == "done":
        words = _("Done: %(name)s sees it on the board.") % {"name": reminder.asked_by.name}
        url = reverse("messaging:reminder_undo", args=[reminder.pk])
        return row | {"why": words, "when": _("just now"), "undo_url": url}
    url = reverse("messaging:reminder_done", args=[reminder.pk])
    return row | {"acts": [{"label": _("I have done it"), "url": url}]}


def reminded_words(reminder: Reminder | None, at: datetime, zone: str) -> dict[str, Any] | None:
    """Return the panel's text for the viewer who last sent a reminder: since when, and whether it is done."""
    if reminder is None:
        return None
    done = ""
    if reminder.done_at and reminder.done_by:
        by = {"name": reminder.done_by.name, "when": stamp(reminder.done_at, at, zone)}
        done = _("Done by %(name)s, %(when)s.") % by
    return {
        "words": _("You asked %(when)s.") % {"when": stamp(reminder.asked_at, at, zone)},
        "done": done,
        "is_today": reminder.on == timezone.localdate(at),
    }


def later_choices(follow_up: FollowUp, at: datetime) -> dict[str, Any]:
    today = timezone.localdate(at)
    days = [(1, _("Tomorrow")), (2, _("In two days")), (7, _("In a week"))]
    return {
        "label": _("Later"),
        "url": reverse("messaging:put_off", args=[follow_up.pk]),
        "field": "until_on",
        "date_field": "on",
        "choices": [
            {
                "value": (today + timedelta(days=ahead)).isoformat(),
                "label": label,
                "hint": short_day(today + timedelta(days=ahead), today),
            }
            for ahead, label in days
        ],
    }

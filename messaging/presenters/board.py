"""The board of this week, one family's ladder beside it, and what goes out next."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from core.addresses import page_above
from core.days import clock_time, days_ago, short_day, stamp
from delivery.models import ChannelKind, OutboxMessage
from guardians.models import Adult
from guardians.presenters import called
from guardians.queries import FamilyMember
from messaging import texts
from messaging.models import CheckIn, FollowUp
from messaging.queries import Board, BoardChild, Bridge, ClassRow, Ladder, LadderStep, UpcomingGroup
from schools.models import School

NAMES_IN_A_CELL = 6  # names; the rest of a class opens on demand
# Columns that the board always has; the others are shown where a child stands there.
COLUMNS = (Bridge.WAITING, Bridge.ASKED_AGAIN, Bridge.NOBODY)
ORDER = (
    Bridge.NEEDS_HELP,
    Bridge.NOBODY,
    Bridge.ASKED_AGAIN,
    Bridge.NOT_YET,
    Bridge.WAITING,
    Bridge.UNKNOWN,
)


@dataclass(frozen=True)
class ChildLink:
    student_id: int
    name: str
    state: str
    days: str
    url: str
    is_current: bool


@dataclass(frozen=True)
class Cell:
    first: list[ChildLink]
    rest: list[ChildLink]
    state: str


def board_page(board: Board, child_id: int | None, filtered: str) -> dict[str, Any]:
    columns = _columns(board, is_narrow=child_id is not None)
    return {
        "columns": [{"state": str(state), "count": board.count(state)} for state in columns],
        "talked": board.count(Bridge.TALKED),
        "total": board.total,
        "rows": [_row(row, columns, child_id, filtered) for row in board.rows],
        # Beside an open ladder there is no room for more than the names.
        "is_narrow": child_id is not None,
    }


def _columns(board: Board, *, is_narrow: bool) -> list[Bridge]:
    shown = {state for state in ORDER if board.count(state)}
    if not is_narrow:
        shown |= set(COLUMNS)
    return [state for state in reversed(ORDER) if state in shown]


def _row(row: ClassRow, columns: Sequence[Bridge], child_id: int | None, filtered: str) -> dict:
    cells = []
    for state in columns:
        links = [_link(child, child_id, filtered) for child in row.in_state(state)]
        at_hand = {link.student_id for link in links if link.is_current}
        cut = len(links) if len(links) == NAMES_IN_A_CELL + 1 else NAMES_IN_A_CELL
        first = [n for i, n in enumerate(links) if i < cut or n.student_id in at_hand]
        cells.append(Cell(first, [n for n in links if n not in first], str(state)))
    return {"name": row.name, "talked": row.talked, "total": row.total, "cells": cells}


def _link(child: BoardChild, child_id: int | None, filtered: str) -> ChildLink:
    return ChildLink(
        student_id=child.student_id,
        name=child.name,
        state=str(child.bridge),
        days=_days(child.days),
        url=f"?{filtered}child={child.student_id}",
        is_current=child.student_id == child_id,
    )


def _days(days: int | None) -> str:
    if days is None:
        return pgettext("days since a talk", "never")
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def state_of(board: Board, student_id: int) -> str:
    for row in board.rows:
        for child in row.children:
            if child.student_id == student_id:
                return str(child.bridge)
    return str(Bridge.UNKNOWN)


def panel(
    ladder: Ladder, family: Sequence[FamilyMember], class_name: str, state: str, at: datetime
) -> dict[str, Any]:
    zone = ladder.student.school.time_zone
    who = _who(ladder, family)
    steps = [
        _step(step, ladder, _called(step.adult, family) or who, at, zone) for step in ladder.steps
    ]
    return {
        "student": ladder.student,
        "state": state,
        "under_name": _under_name(class_name, family),
        "who": who,
        "adult": ladder.adult,
        "place": ladder.adult_place,
        "apart": _apart(ladder.hours_apart),
        "silence": _silence(ladder.days),
        "steps": steps + _next_step(ladder, at, zone),
        "follow_up": ladder.follow_up,
        "child_url": page_above("child", ladder.student.pk),
    }


def _who(ladder: Ladder, family: Sequence[FamilyMember]) -> str:
    """妈妈; the name where the relation is not known."""
    return _called(ladder.adult, family)


def _called(adult: Adult | None, family: Sequence[FamilyMember]) -> str:
    if adult is None:
        return ""
    held = [one.guardianship for one in family if one.adult.pk == adult.pk]
    return called(held[0]) if held else adult.name


def _under_name(class_name: str, family: Sequence[FamilyMember]) -> str:
    carers = [one for one in family if one.guardianship.kind == "carer"]
    if not carers:
        return class_name
    carer = {"relation": called(carers[0].guardianship), "name": carers[0].adult.name}
    cared = _("%(relation)s %(name)s cares at home") % carer
    return pgettext("class, who cares", "%(class)s, %(cared)s") % {
        "class": class_name,
        "cared": cared,
    }


def _apart(hours: float) -> str:
    if not hours:
        return ""
    figure = {"hours": f"{abs(hours):g}"}
    if hours < 0:
        return _("%(hours)s hours behind here") % figure
    return _("%(hours)s hours ahead of here") % figure


def _silence(days: int | None) -> str:
    if days is None:
        return _("No talk is known yet.")
    if days == 0:
        return _("They talked today.")
    return ngettext("%(days)d day without a talk.", "%(days)d days without a talk.", days) % {
        "days": days
    }


GOOD = (OutboxMessage.State.ACCEPTED, OutboxMessage.State.DELIVERED)
BAD = (
    OutboxMessage.State.FAILED,
    OutboxMessage.State.EXPIRED,
    OutboxMessage.State.UNKNOWN,
)


def _step(step: LadderStep, ladder: Ladder, who: str, at: datetime, zone: str) -> dict[str, Any]:
    is_teacher = step.kind == "teacher"
    return {
        "icon": _icon(step),
        "title": _title(step, who),
        "at": stamp(step.at, at, zone),
        "their_at": _their_clock(step, ladder) if step.is_elsewhere else "",
        "result": step.state_label if step.is_taken else _("passed over"),
        "result_icon": _result_icon(step),
        "why": "" if is_teacher and step.state == "open" else _why(step),
        "led": step.why,
        "state": _step_state(step),
    }


def _step_state(step: LadderStep) -> str:
    if step.is_ahead or not step.is_taken:
        return "todo"
    return "now" if step.state == "open" else "done"


def _result_icon(step: LadderStep) -> str:
    if step.state in GOOD or (step.state == "done" and step.state_label):
        return "check"
    return "x" if step.state in BAD else ""


ICONS = {
    "teacher": "hand",
    "ask_again": "repeat",
    "other_way": "message",
    "other_adult": "children",
    "village": "home",
}


def _icon(step: LadderStep) -> str:
    mail = step.channel == str(ChannelKind.EMAIL.label)
    return ICONS.get(step.kind, "mail" if mail else "sms")


def _title(step: LadderStep, who: str) -> str:
    if step.channel:
        words = {
            "ask": _("Asked %(who)s by %(channel)s"),
            "ask_again": _("Asked %(who)s again by %(channel)s"),
            "other_way": _("Asked %(who)s at another address, by %(channel)s"),
            "other_adult": _("Asked %(who)s by %(channel)s, too"),
        }[step.kind]
    else:
        words = str(STEP_TITLES[step.kind])
    return words % {"who": who, "channel": step.channel}


STEP_TITLES = {
    "ask": gettext_lazy("Ask %(who)s"),
    "ask_again": gettext_lazy("Ask %(who)s again"),
    "other_way": gettext_lazy("Ask %(who)s at another address"),
    "other_adult": gettext_lazy("Ask another adult of the family"),
    "teacher": gettext_lazy("A task for the class teacher"),
    "village": gettext_lazy("The village worker is asked to visit"),
}


def _their_clock(step: LadderStep, ladder: Ladder) -> str:
    place = ladder.adult_place or pgettext("where the parent is", "there")
    return f"{place} {clock_time(step.local_at)}"


def _why(step: LadderStep) -> str:
    """Every try that did not work, with its cause; else the message's own."""
    tries = [f"{one.channel}{_(': ')}{one.cause}" for one in step.attempts if one.cause]
    return pgettext("between causes", "; ").join(dict.fromkeys(tries)) or step.cause


def _next_step(ladder: Ladder, at: datetime, zone: str) -> list[dict[str, Any]]:
    """What the ladder does by itself where nobody answers."""
    check_in = ladder.check_in
    if check_in is None or check_in.next_step_at is None or check_in.next_step_at <= at:
        return []
    return [
        {
            "icon": ICONS.get(_next_kind(ladder), "repeat"),
            "title": str(NEXT_TITLES[_next_kind(ladder)]),
            "at": stamp(check_in.next_step_at, at, zone),
            "result": _("not yet time"),
            "state": "todo",
        }
    ]


def _next_kind(ladder: Ladder) -> str:
    check_in = ladder.check_in
    if check_in is not None and check_in.state == CheckIn.State.NOT_YET:
        return "not_yet"
    return "teacher" if ladder.next_rung == "tell_teacher" else ladder.next_rung


NEXT_TITLES = {
    "not_yet": gettext_lazy("Ask again"),
    "ask_again": gettext_lazy("Else ask again"),
    "other_way": gettext_lazy("Else at another address, where there is one"),
    "other_adult": gettext_lazy("Else another adult of the family"),
    "teacher": gettext_lazy("Else a task for the class teacher"),
}


def upcoming_rows(
    groups: Sequence[UpcomingGroup], school: School, at: datetime
) -> list[dict[str, Any]]:
    return [
        {
            "key": number,
            "when": stamp(group.due_at, at, school.time_zone),
            "text": _group_text(group),
            "left_out": _left_out_text(group),
            "names": pgettext("between names", ", ").join(group.adult_names),
            "not_sent": [(one.adult_name, one.cause_label) for one in group.left_out],
            "sample": _sample(group, school) if group.count else "",
        }
        for number, group in enumerate(groups, 1)
    ]


def _group_text(group: UpcomingGroup) -> str:
    parents = ngettext("%(n)d parent", "%(n)d parents", group.count) % {"n": group.count}
    channels = [str(ChannelKind(kind).label) for kind in group.channels]
    reason = {
        "first": _("the first question"),
        "evening": _("after work"),
        "night_shift": _("night shift: when they are awake"),
        "again": _("asked once more"),
        "retry": _("did not go through, once more"),
    }[group.reason]
    return pgettext("between parts of a line", ", ").join([parents, *channels, reason])


def _left_out_text(group: UpcomingGroup) -> str:
    counts = Counter(one.cause_label for one in group.left_out)
    said = [
        ngettext("%(n)d not sent: %(cause)s", "%(n)d not sent: %(cause)s", n)
        % {"n": n, "cause": cause}
        for cause, n in counts.items()
    ]
    return pgettext("between causes", "; ").join(said)


def _sample(group: UpcomingGroup, school: School) -> str:
    text = texts.question(
        language=get_language() or settings.LANGUAGE_CODE,
        url=f"{settings.PUBLIC_URL}/f/c/…",
        school=school.name,
        teacher_surname="",
        again=group.reason == "again",
    )
    return text.body


def follow_up_row(
    follow_up: FollowUp, at: datetime, state: str = "rest", why: str = ""
) -> dict[str, Any]:
    """The row of Today (components/work_row.html) in the state in which an act leaves it."""
    row: dict[str, Any] = {
        "key": f"follow-up-{follow_up.pk}",
        "name": follow_up.student.name,
        "url": page_above("child", follow_up.student_id),
        "why": why,
        "when": days_ago(
            max(0, (timezone.localdate(at) - timezone.localdate(follow_up.opened_at)).days)
        ),
        "state": state,
        "acts": [],
        "later": None,
        "undo_url": "",
    }
    if state == "done":
        row["undo_url"] = reverse("messaging:follow_up_undo", args=[follow_up.pk])
        row["when"] = _("just now")
    elif state != "put_off":
        row |= _open_acts(follow_up, at)
    return row


def _open_acts(follow_up: FollowUp, at: datetime) -> dict[str, Any]:
    url = reverse("messaging:follow_up", args=[follow_up.pk])
    act = {"label": _("I reached them"), "url": url, "is_link": True, "opens_in_place": True}
    return {"acts": [act], "later": later_choices(follow_up, at)}


def later_choices(follow_up: FollowUp, at: datetime) -> dict[str, Any]:
    today = timezone.localdate(at)
    days = [(1, _("Tomorrow")), (2, _("The day after")), (7, _("In a week"))]
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

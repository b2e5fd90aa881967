"""Rows of Today: a child with nobody there yet, who is there, and the state of a school's switch."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from core.addresses import address
from core.clock import local_date
from core.prepared import Question
from guardians.nearby.queries import unfinished, unfinished_questions
from nights import rules
from nights.models import Night
from nights.policies import may_see_at
from nights.presenters import state_words
from nights.queries import nights_tonight, tonight_questions
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.policies import own_children


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return rows about a class teacher's own children.

    Other staff see evenings that nobody took among the concerns.
    """
    children = own_children(user, local_date(at))
    if not children:
        return []
    evening = rules.evening_of(timezone.localtime(at))
    nights: Sequence[Night] = nights_tonight(children, evening)
    alone = [
        _open_row(one) for one in nights if one.is_out_of_people or (one.is_open and one.is_urgent)
    ]
    there = [_there_row(one) for one in nights if _is_news(one)]
    asked = [one for one in nights if one.switch_id and not one.is_urgent]
    return [*alone, *there, *_switch_row(asked), *_unfinished_row(children)]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries behind `work_for`."""
    children = own_children(user, local_date(at))
    if not children:
        return []
    tonight = tonight_questions(children, rules.evening_of(timezone.localtime(at)))
    return [*tonight, *unfinished_questions(children)]


def work_about(student: Student, user: User, at: datetime) -> list[WorkItem]:
    """Return rows about one child, for users who may see its evenings."""
    evening = rules.evening_of(timezone.localtime(at))
    nights = nights_tonight([student.pk], evening)
    if not nights or student.school_id not in may_see_at(user, local_date(at)):
        return []
    return [
        _open_row(one) if one.is_open else _there_row(one)
        for one in nights
        if one.is_open or _is_news(one)
    ]


def questions_about(student: Student, at: datetime) -> list[Question]:
    """Return the queries behind `work_about`."""
    return tonight_questions([student.pk], rules.evening_of(timezone.localtime(at)))


def _is_news(night: Night) -> bool:
    """Return whether somebody other than the usual carer is there, and the teacher has not read it."""
    is_usual = night.settled_as == Night.Settled.HOME
    return night.settled_at is not None and not is_usual and night.seen_at is None


def _open_row(night: Night) -> WorkItem:
    return WorkItem(
        key=f"night-{night.pk}",
        lane=Lane.ADULT_NOW if night.is_out_of_people else Lane.AWAITING_ANSWER,
        student_id=night.student_id,
        student_name=night.student.name,
        why=_("No adult at home tonight. %(state)s") % {"state": state_words(night)},
        since_at=night.started_at,
        act_label=_("See who was asked"),
        act_url=address("nights:night", night.pk),
        act_opens=True,
        leads=night.is_out_of_people,
    )


def _there_row(night: Night) -> WorkItem:
    return WorkItem(
        key=f"night-{night.pk}",
        lane=Lane.DUE,
        student_id=night.student_id,
        student_name=night.student.name,
        why=state_words(night),
        since_at=night.settled_at or night.started_at,
        act_label=_("Read"),
        act_url=address("nights:seen", night.pk),
    )


def _switch_row(nights: Sequence[Night]) -> list[WorkItem]:
    """Return one row for a whole class."""
    waiting = [one for one in nights if one.is_open]
    if not waiting:
        return []
    words = ngettext(
        "Tonight: for %(n)d child we do not know yet whether an adult is at home.",
        "Tonight: for %(n)d children we do not know yet whether an adult is at home.",
        len(waiting),
    )
    return [
        WorkItem(
            key=f"nights-{waiting[0].switch_id}",
            lane=Lane.AWAITING_ANSWER,
            student_id=0,
            student_name=pgettext("row of Today", "Who is there tonight"),
            why=words % {"n": len(waiting)},
            since_at=min(one.started_at for one in waiting),
            act_label=_("See who"),
            act_url=reverse("nights:tonight"),
            act_opens=True,
        )
    ]


def _unfinished_row(children: Sequence[int]) -> list[WorkItem]:
    """Return one quiet row for people near by who do not count yet, by name if it is only one child."""
    found = unfinished(children)
    if not found:
        return []
    (student_id, name, added_at), count = found[0], len({child for child, *_ in found})
    words = ngettext(
        "Somebody near by is on record, and a parent, the child or the village has not been asked yet.",
        "For %(n)d children somebody near by is on record who may not be asked yet: a word is missing.",
        count,
    )
    return [
        WorkItem(
            key="nearby",
            lane=Lane.DUE,
            student_id=student_id if count == 1 else 0,
            student_name=name if count == 1 else pgettext("row of Today", "People near by"),
            why=words % {"n": count},
            since_at=min(row[2] for row in found) if count > 1 else added_at,
            act_label=_("See what is missing"),
            act_url=address("guardians:family_nearby", student_id),
            act_opens=True,
        )
    ]


def read_row(night: Night) -> dict:
    """Return the row of Today afterwards (components/work_row.html)."""
    return {
        "key": f"night-{night.pk}",
        "name": night.student.name,
        "url": "",
        "why": _("Done. Thank you."),
        "when": "",
        "state": "done",
        "acts": [],
    }

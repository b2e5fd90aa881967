"""Worklist items for threads: families who wait for an answer or a call."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address, address_of
from core.phones import readable
from core.prepared import Question, joined, prepared
from guardians.models import Guardianship
from guardians.presenters import clock_words
from guardians.queries import informed_guardianships
from schools.policies import school_ids_where
from schools.roles import Permission
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about
from threads import presenters, queries
from threads.models import CallBack, Thread
from threads.policies import (
    call_backs_in_force,
    call_backs_of,
    threads_in_hand,
    threads_known_to,
)

ROWS = 100  # rows on one person's Today; the rest follows when these are answered
UNATTENDED_HOURS = (
    24  # hours after which a thread without an owner, or a text in the tray, is shown to everybody who
    # may hand it over
)


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return the user's threads in which the family waits, requests for a call, and what nobody attends to.

    The number of queries is the same for one thread and for a hundred.
    """
    on = timezone.localdate(at)
    # Calls for help of which no child is known, texts that may be about a life in danger, and texts that
    # nobody has assigned for a day.
    in_tray = [] if student else queries.left_in_tray(user=user, **_tray_facts(at))
    unattended = [] if student else [*map(_text, in_tray), *_unattended(user, at)]
    calls = _calls(user=user, on=on, limit=ROWS, **about(student))
    asked = {call.thread_id for call in calls}
    waiting = _of_owner(user=user, on=on, asked=asked, limit=queries.ROWS, **about(student))
    if not calls and not waiting:
        return unattended
    rows = queries.rows_of(waiting)
    adults = {row.pk: row.people[0].pk for row in rows if row.people}
    children = _children(adults | {call.thread_id: call.adult_id for call in calls}, on)
    items = [_waiting(row, children) for row in rows]
    items += [_call(call, children, at) for call in calls]
    return [item for item in [*items, *unattended] if item is not None]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared queries that `work_for` runs first, for `ask_together`."""
    return [
        _calls.question(user=user, on=timezone.localdate(at), limit=ROWS),
        queries.left_in_tray.question(user=user, **_tray_facts(at)),
    ]


def _own(user: User, on: date, student_id: int | None = None) -> QuerySet[Thread]:
    rows = threads_in_hand(user, on).filter(owner_id=user.pk)
    return rows if student_id is None else rows.filter(student_id=student_id)


@prepared
def _of_owner(*, user, on, asked, limit: int, student_id=None) -> QuerySet[Any]:
    rows = queries.waiting_first(_own(user, on, student_id)).exclude(pk__in=asked)
    return queries.listed(rows, user)[:limit]


def waiting_question(user: User, at: datetime) -> Question:
    """Return the query behind `waiting_for`."""
    return _keys_waiting.question(user=user, on=timezone.localdate(at))


def waiting_for(user: User, at: datetime) -> int:
    """Return how many families wait for an answer from `user`: the number beside "Messages"."""
    return len(_keys_waiting(user=user, on=timezone.localdate(at)))


@prepared
def _keys_waiting(*, user, on) -> QuerySet[Any]:
    return _own(user, on).filter(state=Thread.State.WAITING_SCHOOL).values_list("pk")


@prepared
def _calls(*, user, on, limit: int, student_id=None) -> QuerySet[CallBack]:
    mine = _own(user, on, student_id)
    rows = call_backs_of(user, on).filter(done_at=None, thread__in=mine)
    rows = joined(rows.select_related("adult"), "thread__student__name")
    return rows.order_by("asked_at")[:limit]


def _children(adults: dict[int, int], on: date) -> dict[int, Student]:
    """Return, by adult, the eldest child, because a row on Today is about a child."""
    rows = _of_families(adults=set(adults.values()), on=on)
    return {row.adult_id: row.student for row in rows}


@prepared
def _of_families(*, adults, on) -> QuerySet[Guardianship]:
    held = informed_guardianships(on).filter(adult_id__in=adults)
    return joined(held, "student__name").order_by("-student__born_on", "-pk")


def _waiting(row: queries.Row, children: dict[int, Student]) -> WorkItem | None:
    student_id, name = row.student_id, row.student_name
    if student_id is None:
        eldest = children.get(row.people[0].pk if row.people else 0)
        if eldest is None:
            return None
        student_id, name = eldest.pk, eldest.name
    who = _(", ").join(presenters.called(one) for one in row.people)
    words = {"who": who, "words": presenters.said_words(row.last) if row.last else ""}
    return WorkItem(
        key=f"thread-{row.pk}",
        lane=Lane.AWAITING_ANSWER,
        student_id=student_id,
        student_name=name or "",
        why=_("%(who)s: “%(words)s”") % words,
        since_at=row.waiting_since or row.last_at,
        act_label=_("Answer"),
        act_url=address("threads:reply", row.pk),
        act_opens=True,
        hand_over_url=address("threads:hand_over", row.pk),
    )


def _call(call: CallBack, children: dict[int, Student], at: datetime) -> WorkItem | None:
    student = call.thread.student or children.get(call.adult_id)
    if student is None:
        return None
    words = {"name": call.adult.name, "hours": presenters.best_hours(call.adult, at)}
    why = _("%(name)s asks to be called; best at %(hours)s.") % words
    now = clock_words(call.adult, at)
    return WorkItem(
        key=f"call-back-{call.pk}",
        lane=Lane.AWAITING_ANSWER,
        student_id=student.pk,
        student_name=student.name,
        why=f"{why} {now}".strip(),
        since_at=call.asked_at,
        act_label=_("I have called"),
        act_url=address("threads:call_back", call.pk),
        act_opens=True,
    )


def _tray_facts(at: datetime) -> dict[str, Any]:
    since = at - timedelta(hours=UNATTENDED_HOURS)
    return {"on": timezone.localdate(at), "since": since, "limit": ROWS}


def _text(row: Any) -> WorkItem:
    number = row.incoming.address
    why = _("A text that we could not match to a family. Please find out who wrote it.")
    if row.is_grave:
        why = _(
            "A text that may be about a life in danger, and we do not know who wrote it. Please read it now"
            " and find the family."
        )
    if row.calls_for_help:
        why = _("“I need help”, and we do not know who wrote it. Please find the family.")
    return WorkItem(
        key=f"tray-{row.pk}",
        lane=Lane.ADULT_NOW if row.calls_for_help or row.is_grave else Lane.AWAITING_ANSWER,
        student_id=0,
        student_name=readable(number) if number.startswith("+") else _("WeChat"),
        why=why,
        since_at=row.at,
        act_label=_("Find the family"),
        act_url=f"{address_of('threads:tray')}?for={row.pk}#tray-{row.pk}",
        act_opens=True,
    )


def _unattended(user: User, at: datetime) -> list[WorkItem]:
    """Return threads in which a family waits for an answer or a call, and no owner can answer here."""
    on = timezone.localdate(at)
    if not school_ids_where(user, Permission.READ_THREADS, on):
        return []
    since = at - timedelta(hours=UNATTENDED_HOURS)
    found = _without_owner(user=user, on=on, since=since, limit=ROWS)
    if not found:
        return []
    first = {row.pk: place.adult_id for row in found for place in row.people.all()[:1]}
    children = _children(first, on)
    why = _(
        "The family has written, and nobody is there to answer. Please hand it over to a colleague."
    )
    return [
        WorkItem(
            key=f"stray-thread-{row.pk}",
            lane=Lane.AWAITING_ANSWER,
            student_id=row.student_id or 0,
            is_person=True,
            student_name=row.student.name if row.student else "",
            why=why,
            since_at=row.waiting_since or row.last_at,
            act_label=_("Hand over"),
            act_url=address("threads:hand_over", row.pk),
            act_opens=True,
        )
        for row in found
        if row.student or children.get(first.get(row.pk, 0))
    ]


@prepared
def _without_owner(*, user, on, since, limit: int) -> QuerySet[Thread]:
    waits = Q(state=Thread.State.WAITING_SCHOOL, waiting_since__lt=since)
    calls = call_backs_in_force(on).filter(thread=OuterRef("pk"), done_at=None, asked_at__lt=since)
    rows = threads_known_to(user, on).filter(waits | Exists(calls), ~queries.owner_can_answer(on))
    rows = rows.select_related("student").prefetch_related("people")
    return rows.order_by("waiting_since", "pk")[:limit]

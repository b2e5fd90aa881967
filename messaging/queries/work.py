"""Messaging's contribution to Today and to a child's timeline."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.addresses import address
from core.prepared import Question, joined, prepared
from messaging.models import Answer, FollowUp, Reply
from messaging.policies import follow_ups_visible_to
from messaging.queries.bridges import state_questions
from messaging.queries.reminders import reminder_questions, reminders_for
from messaging.queries.silence import whys
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about
from students.timeline import EventKind, TimelineEvent

# For Reply.mood: how the child sounded, from the five faces on the family's page.
MOODS = {
    1: gettext_lazy("sounded very happy"),
    2: gettext_lazy("sounded fine"),
    3: gettext_lazy("sounded so-so"),
    4: gettext_lazy("sounded a bit low"),
    5: gettext_lazy("sounded unhappy"),
}

ANSWERED = {
    Answer.TALKED: gettext_lazy("Talked with the child"),
    Answer.NOT_YET: gettext_lazy("Has not talked with the child yet"),
    Answer.NEED_HELP: gettext_lazy("Asks the school for help"),
}
CHANGED = {
    Reply.Act.UNDO: gettext_lazy("Took the answer back"),
    Reply.Act.MORE: gettext_lazy("Added how the child seemed"),
}


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Return families whom nobody has reached, the longest waiting first, and reminders for the class
    teacher, in three queries.

    With `student`, only that family: a look-up by key says whether a task is open, and the policy is queried
    only if one is.
    """
    reminders = reminders_for(user, at, student)
    if student and not _open_of(student_id=student.pk):
        return reminders
    rows = _not_reached(user=user, on=timezone.localdate(at), **about(student))
    why = whys(rows)
    return reminders + [
        WorkItem(
            key=f"follow-up-{row.pk}",
            lane=Lane.NOT_REACHED,
            student_id=row.student_id,
            student_name=row.student.name,
            why=why[row.pk].words,
            since_at=row.opened_at,
            act_label=_("I reached them"),
            act_url=address("messaging:follow_up", row.pk),
            act_opens=True,
            later_url=address("messaging:put_off", row.pk),
            fix_url=why[row.pk].fix_url,
        )
        for row in rows
    ]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the queries that Today runs first for messaging."""
    waiting = _not_reached.question(user=user, on=timezone.localdate(at))
    return [*reminder_questions(user, at), waiting]


@prepared
def _not_reached(*, user, on, student_id=None) -> QuerySet[FollowUp]:
    rows = follow_ups_visible_to(user, on).filter(done_at=None)
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    rows = rows.filter(Q(put_off_until=None) | Q(put_off_until__lte=on))
    return joined(rows, "student__name", "check_in__adult__name").order_by("opened_at", "pk")


def timeline(student: Student, limit: int) -> list[TimelineEvent]:
    """Return the family's answers, latest first.

    Call it only with a child returned by get_student_for (see students.policies): anyone who may see the
    child may see these, so the policy is not checked again.

    A talk appears here with mood and words, under the key of the contact recorded from it, which guardians
    also lists.
    """
    asked = {"student_id": student.pk, "limit": limit}
    events = []
    # Plain rows: building objects for line, check-in and adult costs more than the reply itself.
    for reply in _replies(**asked):
        act, answer = reply["act"], reply["answer"]
        is_talk = act == Reply.Act.ANSWER and answer == Answer.TALKED
        events.append(
            TimelineEvent(
                at=reply["at"],
                kind=EventKind.CHECK_IN,
                icon="bridge",
                title=str(CHANGED[act] if act in CHANGED else ANSWERED[answer]),
                text=reply["words"],
                meta=reply["line__check_in__adult__name"],
                tags=(str(MOODS[reply["mood"]]),) if reply["mood"] else (),
                key=f"check-in:{reply['line__check_in_id']}:{reply['line_id']}" if is_talk else "",
            )
        )
    events += [
        TimelineEvent(
            at=row.done_at or row.opened_at,
            kind=EventKind.CHECK_IN,
            icon="phone",
            title=str(row.get_outcome_display()),
            text=row.words,
            meta=str(row.done_by),
            part_of=f"follow-up:{row.pk}" if row.outcome == FollowUp.Outcome.TALKED else "",
        )
        for row in _follow_ups_done(**asked)
    ]
    return sorted(events, key=lambda event: event.at, reverse=True)


def timeline_questions(student: Student, limit: int) -> list[Question]:
    """Return the queries that `timeline` runs."""
    return [
        _replies.question(student_id=student.pk, limit=limit),
        _follow_ups_done.question(student_id=student.pk, limit=limit),
    ]


def child_questions(student: Student, user: User, at: datetime) -> list[Question]:
    """Return the queries that a child's page runs first here: what is waiting, and the state of the last
    question.
    """
    return [
        _open_of.question(student_id=student.pk),
        *reminder_questions(user, at, student),
        *state_questions([student.pk]),
    ]


SHOWN_OF_REPLY = (
    "at",
    "act",
    "answer",
    "mood",
    "words",
    "line_id",
    "line__check_in_id",
    "line__check_in__adult__name",
)


@prepared
def _replies(*, student_id, limit: int) -> QuerySet[Any]:
    replies = Reply.objects.filter(line__student_id=student_id).order_by("-at", "-pk")
    return replies.values(*SHOWN_OF_REPLY)[:limit]


@prepared
def _follow_ups_done(*, student_id, limit: int) -> QuerySet[FollowUp]:
    rows = FollowUp.objects.filter(student_id=student_id)
    done = rows.filter(done_at__isnull=False, done_by__isnull=False)
    return joined(done, "done_by__name").order_by("-done_at")[:limit]


@prepared
def _open_of(*, student_id) -> QuerySet[Any]:
    return FollowUp.objects.filter(student_id=student_id, done_at=None).values_list("pk")[:1]

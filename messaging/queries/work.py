"""What messaging contributes to Today and to a child's timeline."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from core.prepared import prepared
from messaging.models import Answer, FollowUp, Reply
from messaging.policies import follow_ups_visible_to
from schools.worklist import Lane, WorkItem
from students.models import Student
from students.queries import about
from students.timeline import EventKind, TimelineEvent

# Of Reply.mood: how the child sounded, from the five faces of the family's page.
MOODS = {
    1: gettext_lazy("sounded very happy"),
    2: gettext_lazy("sounded fine"),
    3: gettext_lazy("sounded so-so"),
    4: gettext_lazy("sounded a bit low"),
    5: gettext_lazy("sounded unhappy"),
}


def work_for(user: User, at: datetime, student: Student | None = None) -> list[WorkItem]:
    """Families whom nobody has reached, longest waiting first; one query.

    With `student` only that family: a look-up by key tells whether anything waits, and the policy
    is asked only where it does.
    """
    on = timezone.localdate(at)
    if student and not _open_of(student_id=student.pk):
        return []
    return [_item(row) for row in _not_reached(user=user, on=on, **about(student))]


@prepared
def _not_reached(*, user, on, student_id=None) -> QuerySet[FollowUp]:
    rows = follow_ups_visible_to(user, on).filter(done_at=None)
    if student_id is not None:
        rows = rows.filter(student_id=student_id)
    rows = rows.filter(Q(put_off_until=None) | Q(put_off_until__lte=on))
    return rows.select_related("student", "check_in__adult").order_by("opened_at", "pk")


def _item(row: FollowUp) -> WorkItem:
    return WorkItem(
        key=f"follow-up-{row.pk}",
        lane=Lane.NOT_REACHED,
        student_id=row.student_id,
        student_name=row.student.name,
        why=_why(row),
        since_at=row.opened_at,
        act_label=_("I reached them"),
        act_url=reverse("messaging:follow_up", kwargs={"pk": row.pk}),
        act_opens=True,
        later_url=reverse("messaging:put_off", kwargs={"pk": row.pk}),
    )


def _why(row: FollowUp) -> str:
    name = row.check_in.adult.name if row.check_in else ""
    sentences = {
        FollowUp.Cause.NO_ANSWER: _("%(name)s was asked again and has not answered."),
        FollowUp.Cause.NOT_YET: _("%(name)s says they have still not talked."),
        FollowUp.Cause.NO_WAY: _("No number or address of the parents works."),
        FollowUp.Cause.NOBODY_NOW: _("Whoever we may ask has a pause just now."),
        FollowUp.Cause.NOBODY_TO_ASK: _("There is no parent whom we may ask."),
    }
    return sentences[FollowUp.Cause(row.cause)] % {"name": name}


def timeline(student: Student, limit: int) -> list[TimelineEvent]:
    """Answers of the family, latest first. Only for a child that came out of get_student_for (see
    students.policies): whoever may see the child may see these, and is not asked a second time.

    Talks stand here with mood and words, under the key of the contact that follows from them, which
    guardians tells too.
    """
    # Plain rows: a reply's line, check-in and adult as objects cost more than the reply itself.
    asked = {"student_id": student.pk, "limit": limit}
    events = [_event(reply) for reply in _replies(**asked)]
    events += [_done_event(row) for row in _follow_ups_done(**asked)]
    return sorted(events, key=lambda event: event.at, reverse=True)


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
    return done.select_related("done_by").order_by("-done_at")[:limit]


@prepared
def _open_of(*, student_id) -> QuerySet[Any]:
    return FollowUp.objects.filter(student_id=student_id, done_at=None).values_list("pk")[:1]


def _event(reply: dict[str, Any]) -> TimelineEvent:
    is_talk = reply["act"] == Reply.Act.ANSWER and reply["answer"] == Answer.TALKED
    return TimelineEvent(
        at=reply["at"],
        kind=EventKind.CHECK_IN,
        icon="bridge",
        title=_title(reply["act"], reply["answer"]),
        text=reply["words"],
        meta=reply["line__check_in__adult__name"],
        tags=(str(MOODS[reply["mood"]]),) if reply["mood"] else (),
        key=f"check-in:{reply['line__check_in_id']}:{reply['line_id']}" if is_talk else "",
    )


def _title(act: str, answer: str) -> str:
    if act == Reply.Act.UNDO:
        return _("Took the answer back")
    if act == Reply.Act.MORE:
        return _("Added how the child seemed")
    titles = {
        Answer.TALKED: _("Talked with the child"),
        Answer.NOT_YET: _("Has not talked with the child yet"),
        Answer.NEED_HELP: _("Asks the school for help"),
    }
    return titles[Answer(answer)]


def _done_event(row: FollowUp) -> TimelineEvent:
    return TimelineEvent(
        at=row.done_at or row.opened_at,
        kind=EventKind.CHECK_IN,
        icon="phone",
        title=str(row.get_outcome_display()),
        text=row.words,
        meta=str(row.done_by),
    )

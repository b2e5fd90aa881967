from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet

from delivery.models import IncomingMessage
from guardians.models import Adult
from messaging.models import Answer, CheckIn, Reply
from students.models import Student


def reply_calls_for_help() -> QuerySet[Reply]:
    """Return "I need help" replies that were not taken back. The caller adds its own anti-join.

    `reply.line.student_id` is the child, `reply.school_id` the school that asked.
    """
    taken_back = Reply.objects.filter(
        line_id=OuterRef("line_id"), act=Reply.Act.UNDO, pk__gt=OuterRef("pk")
    )
    return Reply.objects.filter(
        ~Exists(taken_back), act=Reply.Act.ANSWER, answer=Answer.NEED_HELP
    ).select_related("line__check_in__adult")


def latest_check_in(student: Student) -> CheckIn | None:
    return (
        CheckIn.objects.filter(lines__student=student)
        .select_related("adult", "first__adult")
        .order_by("-due_on", "-pk")
        .first()
    )


def open_check_ins(adult: Adult, said_at: datetime, at: datetime) -> QuerySet[CheckIn]:
    """Return the questions to this adult that what they said at `said_at` may still answer.

    They accept an answer, are not settled yet, had been asked by then, and nothing was said to them since.
    """
    State = CheckIn.State
    waits = [State.WAITING, State.NOT_YET, State.ASKED_AGAIN, State.NOBODY_REACHED]
    later = Reply.objects.filter(line__check_in=OuterRef("pk"), at__gt=said_at)
    rows = CheckIn.objects.filter(adult=adult, expires_at__gt=at, state__in=waits)
    return rows.filter(~Exists(later), asked_at__lte=said_at)


def texts_since(check_in: CheckIn) -> QuerySet[IncomingMessage]:
    """Return incoming messages from this adult's addresses since the question.

    They are shown next to it; we never guess an answer from them.
    """
    points = check_in.adult.contact_points.exclude(address="").values("address")
    return IncomingMessage.objects.filter(
        school_id=check_in.school_id, address__in=points, received_at__gte=check_in.asked_at
    ).order_by("received_at", "pk")

from django.db.models import Exists, OuterRef, QuerySet

from messaging.models import Answer, CheckIn, Reply
from students.models import Student


def reply_calls_for_help() -> QuerySet[Reply]:
    """Replies "I need help" that were not taken back; the caller adds its own anti-join.

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
        .select_related("adult")
        .order_by("-due_on", "-pk")
        .first()
    )

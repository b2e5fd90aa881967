"""Calls for help that stand in a thread; safeguarding pulls them."""

from django.db.models import QuerySet

from threads.models import ThreadMessage


def words_calling_for_help() -> QuerySet[ThreadMessage]:
    """The caller adds its own anti-join. `message.thread.student_id` may be None: the family named no
    child (see `queries.children_of`).
    """
    return ThreadMessage.objects.filter(calls_for_help=True).select_related(
        "thread__student", "school", "adult__school"
    )

"""Calls for help in threads, which safeguarding reads."""

from django.db.models import QuerySet

from threads.models import ThreadMessage


def words_calling_for_help() -> QuerySet[ThreadMessage]:
    """Return all calls for help; the caller leaves out those it already knows.

    `message.thread.student_id` is None if the family named no child (see `queries.children_of`).
    """
    return ThreadMessage.objects.filter(calls_for_help=True).select_related(
        "thread__student", "school", "adult__school"
    )

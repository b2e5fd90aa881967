"""Calls for help in threads; safeguarding reads them."""

from django.db.models import QuerySet

from threads.models import ThreadMessage


def words_calling_for_help() -> QuerySet[ThreadMessage]:
    """Return all; the caller leaves out those it knows. `message.thread.student_id` is None where the family
    named no child (see `queries.children_of`).
    """
    return ThreadMessage.objects.filter(calls_for_help=True).select_related(
        "thread__student", "school", "adult__school"
    )

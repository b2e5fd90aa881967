"""Lines about conversations with the school on a family's card."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.addresses import address, address_of
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from threads import policies, queries
from threads.models import Thread

ORDER_NEW, ORDER_WRITE = 5, 70


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return, by child, lines for new messages, or a link to write one.

    A message about no child is on the first card. The number of queries is the same for one child and for
    ten.
    """
    if not student_ids:
        return {}
    keys = [one.pk for one in adults]
    recent = _recent(adult_ids=keys, on=timezone.localdate(at))
    unread = queries.unread_by_family([one.pk for one in recent], keys)
    first = next(iter(student_ids))
    lines: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    latest: dict[int, Thread] = {}
    for thread in reversed(recent):
        child = thread.student_id or first
        if child not in lines:
            continue
        if thread.student_id:
            latest[child] = thread
        if thread.pk in unread:
            lines[child].append(_new(thread, unread[thread.pk]))
    for pk, found in lines.items():
        if not found:
            thread_url = f"{address_of('family_threads:new')}?child={pk}"
            if pk in latest:
                thread_url = address("family_threads:thread", latest[pk].pk)
            found.append(
                FamilyLine(
                    text=_("Write to the teacher"), url=thread_url, icon="talk", order=ORDER_WRITE
                )
            )
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the prepared queries that `family_lines` runs first, for `ask_together`."""
    keys = [one.pk for one in adults]
    return [_recent.question(adult_ids=keys, on=timezone.localdate(at))]


@prepared
def _recent(*, adult_ids, on) -> QuerySet[Thread]:
    mine = policies.threads_of(adult_ids, on).select_related("owner")
    return mine.order_by("-last_at", "-pk")[:50]


def _new(thread: Thread, count: int) -> FamilyLine:
    words = {"n": count, "who": thread.owner.surname if thread.owner else ""}
    text = ngettext(
        "Teacher %(who)s has written to you",
        "Teacher %(who)s has written to you, %(n)d messages",
        count,
    )
    return FamilyLine(
        text=text % words if words["who"] else _("The school has written to you"),
        url=address("family_threads:thread", thread.pk),
        icon="talk",
        button=_("Read it"),
        is_due=True,
        order=ORDER_NEW,
    )

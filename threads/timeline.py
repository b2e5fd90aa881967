"""Timeline events for messages between the school and a family. Only people in the thread see the text."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from core.prepared import Question, prepared
from students.models import Student
from students.timeline import EventKind, TimelineEvent
from threads.models import Thread, ThreadMessage
from threads.policies import threads_in_hand
from threads.presenters import said_words


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return one line for each thread and day. The caller has checked access to the child. Four queries."""
    rows = _days(student_id=student.pk, limit=limit)
    if not rows:
        return []
    mine = set(_in_hand(user=user, student_id=student.pk, on=timezone.localdate(at)))
    shown = {row["last_pk"] for row in rows if row["thread_id"] in mine}
    by_pk = {one.pk: one for one in _words(pks=shown)} if shown else {}
    people: dict[int, list[str]] = {}
    for pk, name in _people(thread_ids={row["thread_id"] for row in rows}):
        people.setdefault(pk, []).append(name or "")
    names = {pk: _(", ").join(filter(None, found)) for pk, found in people.items()}
    events = []
    for row in rows:
        last, who = by_pk.get(row["last_pk"]), names.get(row["thread_id"], "")
        title = _("The school and %(who)s wrote to each other") % {"who": who}
        if row["family"] == row["n"]:
            title = _("%(who)s wrote to the school") % {"who": who}
        elif not row["family"]:
            title = _("The school wrote to %(who)s") % {"who": who}
        count = ngettext("%(n)d message", "%(n)d messages", row["n"]) % {"n": row["n"]}
        event = TimelineEvent(
            at=row["last_at"],
            kind=EventKind.CONTACT,
            icon="message",
            title=title,
            text=said_words(last) if last else "",
            meta=count if last else _("%(count)s, read by those who are in it") % {"count": count},
            key=f"thread:{row['thread_id']}:{row['day']}",
        )
        events.append(event)
    return events


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    return [_days.question(student_id=student.pk, limit=limit)]


@prepared
def _days(*, student_id, limit: int) -> QuerySet[Any]:
    said = ThreadMessage.objects.filter(thread__student=student_id)
    days = said.exclude(via=ThreadMessage.Via.AUTOMATIC).annotate(day=TruncDate("at"))
    counted = days.values("thread_id", "day").annotate(
        last_at=Max("at"),
        last_pk=Max("pk"),
        first_pk=Min("pk"),
        family=Count("pk", filter=Q(adult__isnull=False)),
        n=Count("pk"),
    )
    return counted.order_by("-last_at")[:limit]


@prepared
def _in_hand(*, user, student_id, on) -> QuerySet[Any]:
    return threads_in_hand(user, on).filter(student=student_id).values_list("pk", flat=True)


@prepared
def _words(*, pks) -> QuerySet[ThreadMessage]:
    return ThreadMessage.objects.filter(pk__in=pks).select_related("voice", "adult", "user")


@prepared
def _people(*, thread_ids) -> QuerySet[Any]:
    rows = Thread.objects.filter(pk__in=thread_ids).order_by("people__pk")
    return rows.values_list("pk", "people__adult__name")

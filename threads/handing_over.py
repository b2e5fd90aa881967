"""Hand over conversations with families in which one side waits for the other."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import uuid4

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.days import short_day
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission
from threads import actions
from threads.models import Thread
from threads.policies import colleagues, threads_known_to


class OpenThreads(OpenWork):
    key = "threads"
    label = _("Conversations with families")
    model = Thread
    holder = "owner"
    needs = Permission.WORK_CHECK_INS
    # threads.work shows those in which a family is waiting and nobody is there.
    left_to = _("for counsellors and the principal to see, once a family has waited a day")

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Thread]:
        rows = Thread.objects.filter(school_id=school_id).exclude(state=Thread.State.DONE)
        return rows.select_related("school", "student", "owner").order_by("last_at", "pk")

    def takers(self, thread: Thread, people: Sequence[User], at: datetime) -> Collection[int]:
        found = colleagues(thread.school, thread.student, today_in(thread.school, at))
        return set(found.filter(pk__in=[one.pk for one in people]).values_list("pk", flat=True))

    def give(self, *, row: Thread, to: User, by: User, words: str, at: datetime) -> None:
        actions.hand_over(thread=row, to=to, words=words, by=by, key=uuid4(), at=at)

    def let_go(self, *, row: Thread, by: User, at: datetime) -> None:
        actions.let_go(thread=row, at=at)

    def seen_by(self, user: User, at: datetime) -> QuerySet[Thread]:
        return threads_known_to(user, timezone.localdate(at))

    def line(self, thread: Thread, on: date) -> str:
        since = short_day(timezone.localdate(thread.last_at), on)
        return f"{thread.student.name} {since}" if thread.student else since


THREADS = OpenThreads()

"""Hand over notices scheduled for a later day. Without an author who may write there they are never sent."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notices import actions
from notices.models import Notice
from notices.policies import audience_of, notices_visible_to
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission


class NoticesToGo(OpenWork):
    key = "notices"
    label = _("Notices waiting to be sent")
    model = Notice
    holder = "author"
    needs = Permission.WRITE_NOTICES
    left_to = _("as drafts that are not sent")
    is_about_child = False

    def rows(self, school_id: int, at: datetime, on: date) -> QuerySet[Notice]:
        rows = Notice.objects.filter(school_id=school_id, state=Notice.State.SCHEDULED)
        return rows.select_related("school", "author").order_by("starts_at", "pk")

    def takers(self, notice: Notice, people: Sequence[User], at: datetime) -> Collection[int]:
        """Return ids of those who may write to everybody whom the author writes to."""
        on, author = today_in(notice.school, at), notice.author
        whole, found = audience_of(notice, on).count(), set()
        for one in people:
            notice.author = one
            count = audience_of(notice, on).count()
            if count and count >= whole:
                found.add(one.pk)
        notice.author = author
        return found

    def give(self, *, row: Notice, to: User, by: User, words: str, at: datetime) -> None:
        actions.sign_instead(notice=row, author=to)

    def let_go(self, *, row: Notice, by: User, at: datetime) -> None:
        actions.take_back(notice=row)

    def seen_by(self, user: User, at: datetime) -> QuerySet[Notice]:
        return notices_visible_to(user, timezone.localdate(at))

    def line(self, notice: Notice, on: date) -> str:
        return notice.title


NOTICES = NoticesToGo()

"""Notices that are to go out on a day to come: without an author who may write there they never do."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from notices import actions
from notices.models import Notice
from notices.policies import audience_of, notices_visible_to
from schools.models import School
from schools.open_work import OpenWork
from schools.policies import today_in
from schools.roles import Permission


def _rows(school: School, at: datetime) -> QuerySet[Notice]:
    rows = Notice.objects.filter(school=school, state=Notice.State.SCHEDULED)
    return rows.select_related("school", "author").order_by("starts_at", "pk")


def _takers(notice: Notice, people: Sequence[User], at: datetime) -> Collection[int]:
    """Who may write to all whom the author writes to."""
    on, author = today_in(notice.school, at), notice.author
    whole, found = audience_of(notice, on).count(), set()
    for one in people:
        notice.author = one
        count = audience_of(notice, on).count()
        if count and count >= whole:
            found.add(one.pk)
    notice.author = author
    return found


def _give(*, row: Notice, to: User, by: User, words: str, at: datetime) -> None:
    actions.sign_instead(notice=row, author=to)


def _let_go(*, row: Notice, by: User, at: datetime) -> None:
    actions.take_back(notice=row)


def _seen_by(user: User, at: datetime) -> QuerySet[Notice]:
    return notices_visible_to(user, timezone.localdate(at))


def _line(notice: Notice, on: date) -> str:
    return notice.title


NOTICES = OpenWork(
    key="notices",
    label=_("Notices that are to go out"),
    model=Notice,
    holder="author",
    needs=Permission.WRITE_NOTICES,
    rows=_rows,
    takers=_takers,
    give=_give,
    left_to=_("as drafts that are not sent"),
    let_go=_let_go,
    seen_by=_seen_by,
    line=_line,
    is_about_child=False,
)

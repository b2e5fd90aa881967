"""Worklist items for authors: families who have not answered a notice near its deadline."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import address
from core.prepared import Question, prepared
from notices import presenters, queries, rules
from notices.models import Notice
from notices.policies import children_seen_by, notices_visible_to
from schools.worklist import Lane, WorkItem

ROWS = 20


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return open notices near their deadline. Two queries, or one if there are none."""
    on = timezone.localdate(at)
    mine = _near_its_day(user=user, on=on, limit=ROWS)
    if not mine:
        return []
    keys = [one.pk for one in mine]
    counts = queries.counts_from(_counted(user=user, on=on, notice_ids=keys))
    items = []
    for notice in mine:
        if notice.pk not in counts or not counts[notice.pk].open:
            continue
        words = {
            "families": presenters.open_words(notice, counts[notice.pk].open),
            "title": notice.title,
            "until": presenters.due_words(notice, on),
        }
        items.append(
            WorkItem(
                key=f"notice-{notice.pk}",
                lane=Lane.DUE,
                student_id=0,
                student_name=_("Notice"),
                why=_("“%(title)s”: %(families)s, %(until)s") % words,
                since_at=notice.sent_at or notice.written_at,
                act_label=_("See who"),
                act_url=address("notices:board", notice.pk),
                act_opens=True,
            )
        )
    return items


def questions(user: User, at: datetime) -> list[Question]:
    """Return the prepared query that `work_for` runs first, for `ask_together`."""
    return [_near_its_day.question(user=user, on=timezone.localdate(at), limit=ROWS)]


@prepared
def _near_its_day(*, user, on, limit: int) -> QuerySet[Notice]:
    rows = notices_visible_to(user, on).filter(
        author_id=user.pk,
        state=Notice.State.SENT,
        due_on__gte=on - timedelta(days=rules.TODAY_DAYS_AFTER),
        due_on__lte=on + timedelta(days=rules.TODAY_DAYS_BEFORE),
    )
    return rows.order_by("due_on", "pk")[:limit]


@prepared
def _counted(*, user, on, notice_ids) -> QuerySet[Any]:
    return queries.counted(notice_ids, children_seen_by(user, on))

"""What waits for whoever sent a notice: families who have not answered when its last day is near."""

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from notices import presenters, queries, rules
from notices.models import Notice
from notices.policies import children_seen_by, notices_visible_to
from schools.worklist import Lane, WorkItem

ROWS = 20


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """As many queries for twenty notices as for one; one where nothing is near its last day."""
    on = timezone.localdate(at)
    near = Notice.objects.filter(
        author=user,
        state=Notice.State.SENT,
        due_on__gte=on - timedelta(days=rules.TODAY_DAYS_AFTER),
        due_on__lte=on + timedelta(days=rules.TODAY_DAYS_BEFORE),
    )
    pks = list(near.order_by("due_on", "pk").values_list("pk", flat=True)[:ROWS])
    if not pks:
        return []
    mine = notices_visible_to(user, on).filter(pk__in=pks).order_by("due_on", "pk")
    counts = queries.counts_of(pks, children_seen_by(user, on))
    return [
        _item(notice, counts[notice.pk].open, on)
        for notice in mine
        if notice.pk in counts and counts[notice.pk].open
    ]


def _item(notice: Notice, n: int, on) -> WorkItem:
    words = {
        "families": presenters.open_words(notice, n),
        "title": notice.title,
        "until": presenters.due_words(notice, on),
    }
    return WorkItem(
        key=f"notice-{notice.pk}",
        lane=Lane.DUE,
        student_id=0,
        student_name=_("Notice"),
        why=_("“%(title)s”: %(families)s, %(until)s") % words,
        since_at=notice.sent_at or notice.written_at,
        act_label=_("See who"),
        act_url=reverse("notices:board", args=[notice.pk]),
        act_opens=True,
    )

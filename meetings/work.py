"""Row of Today for a class teacher: families whom no message about a meeting reached."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from core.addresses import address
from core.days import near_day
from core.prepared import Question, prepared
from meetings import queries, rules
from meetings.models import Meeting, MeetingChild
from schools.worklist import Lane, WorkItem
from students.policies import children_of_own_classes, students_visible_to

ROWS = 10


def work_for(user: User, at: datetime) -> list[WorkItem]:
    """Return the rows; one query if there is no meeting soon, which is nearly always."""
    on = timezone.localdate(at)
    own = children_of_own_classes(user, on)
    if not own:
        return []
    soon = _soon(student_ids=own, since=at, at=at, limit=ROWS)
    if not soon:
        return []
    about = _about(user=user, on=on, children=own, meeting_ids=[one.pk for one in soon])
    open_ = queries.unreached(soon, about, on)
    return [_row(one, len(open_[one.pk]), at) for one in soon if open_[one.pk]]


def questions(user: User, at: datetime) -> list[Question]:
    """Return the first query of `work_for`, to be run together with others."""
    own = children_of_own_classes(user, timezone.localdate(at))
    return [_soon.question(student_ids=own, since=at, at=at, limit=ROWS)] if own else []


def _row(meeting: Meeting, count: int, at: datetime) -> WorkItem:
    words = ngettext(
        "“%(title)s”, %(day)s: the invitation did not reach the family of %(n)d child. Call them.",
        "“%(title)s”, %(day)s: the invitation did not reach the families of %(n)d children. Call them.",
        count,
    )
    day = near_day(timezone.localdate(meeting.starts_at), timezone.localdate(at))
    return WorkItem(
        key=f"meeting-{meeting.pk}",
        lane=Lane.DUE,
        student_id=0,
        student_name=pgettext("row of Today", "Meeting"),
        why=words % {"title": meeting.title, "day": day, "n": count},
        since_at=meeting.moved_at or meeting.made_at,
        act_label=_("See who"),
        act_url=address("meetings:meeting", meeting.pk),
        act_opens=True,
    )


@prepared
def _about(*, user, on, children, meeting_ids) -> QuerySet[Any]:
    """Select (meeting id, child id) for these children, as far as `user` may see them."""
    seen = students_visible_to(user, on).filter(pk=OuterRef("student_id"))
    rows = MeetingChild.objects.filter(
        Exists(seen), meeting_id__in=meeting_ids, student_id__in=children
    )
    return rows.values_list("meeting_id", "student_id")


@prepared
def _soon(*, student_ids, since, at, limit: int) -> QuerySet[Meeting]:
    """Select meetings of the coming days about these children, a day after the school made them.

    By then a message has got through or has not.
    """
    about = MeetingChild.objects.filter(student_id__in=student_ids)
    rows = Meeting.objects.filter(
        pk__in=about.values("meeting_id"),
        off_at=None,
        starts_at__gt=since,
        starts_at__lte=at + timedelta(days=rules.CALL_DAYS),
        made_at__lte=at - timedelta(hours=rules.CALL_AFTER_HOURS),
    )
    return rows.order_by("starts_at", "pk")[:limit]

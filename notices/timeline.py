"""Timeline events for notices to a child's family and their answers."""

from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from core.clock import local_date
from core.prepared import Question, joined, prepared
from notices.models import NoticeAnswer, NoticeChild
from notices.policies import OUT, notices_visible_to
from notices.presenters import LEFT_OUT_WORDS
from students.models import Student
from students.timeline import EventKind, TimelineEvent


def timeline(student: Student, user: User, at: datetime, limit: int) -> list[TimelineEvent]:
    """Return one event for each notice and its answers.

    All who agreed without a comment share one event; every other answer has its own. Callers check access
    to the child. Only those who may open a notice get its address.
    """
    lines = _lines(student_id=student.pk, user=user, on=local_date(at), limit=limit)
    if not lines:
        return []
    said = _answers(child_ids=[line.pk for line in lines], limit=limit)
    agreed: dict[int, list[NoticeAnswer]] = {}
    alone = []
    for answer in said:
        if answer.is_refused or answer.words:
            alone.append([answer])
        else:
            agreed.setdefault(answer.child_id, []).append(answer)
    return [_sent(line) for line in lines] + [_answered(one) for one in [*agreed.values(), *alone]]


def questions(student: Student, user: User, at: datetime, limit: int) -> list[Question]:
    return [_lines.question(student_id=student.pk, user=user, on=local_date(at), limit=limit)]


@prepared
def _lines(*, student_id, user, on, limit: int) -> QuerySet[Any]:
    """Select lines with `may_open`: whether `user` may open the notice of the line."""
    opened = notices_visible_to(user, on).filter(pk=OuterRef("notice_id"))
    rows = NoticeChild.objects.filter(student_id=student_id, notice__state__in=OUT)
    rows = rows.annotate(may_open=Exists(opened))
    return rows.select_related("notice__author").order_by("-notice__sent_at", "-pk")[:limit]


@prepared
def _answers(*, child_ids, limit: int) -> QuerySet[NoticeAnswer]:
    rows = NoticeAnswer.objects.filter(child_id__in=child_ids, withdrawn_at=None)
    shown = joined(rows, "adult__name", "child__notice__title", "child__notice__kind")
    return shown.order_by("-at", "-pk")[:limit]


def _sent(line: Any) -> TimelineEvent:
    notice = line.notice
    text = ""
    if line.left_out:
        why = LEFT_OUT_WORDS[NoticeChild.LeftOut(line.left_out)]
        text = _("no message sent: %(why)s") % {"why": why}
    if notice.is_recalled:
        text = _("recalled: %(why)s") % {"why": notice.recall_reason}
    return TimelineEvent(
        at=notice.sent_at or notice.written_at,
        kind=EventKind.LETTER,
        icon="report",
        title=_("Notice: %(title)s") % {"title": notice.title},
        text=text,
        meta=notice.author.name,
        key=f"notice:{notice.pk}",
        url=reverse("notices:board", args=[notice.pk]) if line.may_open else "",
    )


def _answered(answers: list[NoticeAnswer]) -> TimelineEvent:
    """Return the event for one answer, or for several equal answers to one notice, the latest first."""
    answer = answers[0]
    notice = answer.child.notice
    who = _(", ").join(dict.fromkeys(one.adult.name for one in reversed(answers)))
    words = {"who": who, "title": notice.title}
    title = _("%(who)s confirmed “%(title)s”") % words
    if notice.wants_signature:
        title = _("%(who)s signed “%(title)s”") % words
    if answer.is_refused:
        title = _("%(who)s said no to “%(title)s”") % words
    is_page = answer.via == NoticeAnswer.Via.PAGE
    return TimelineEvent(
        at=answer.at,
        kind=EventKind.LETTER,
        icon="x" if answer.is_refused else "check",
        title=title,
        text=f"“{answer.words}”" if answer.words else "",
        meta="" if is_page else answer.get_via_display(),
        key=f"notice-answer:{answer.pk}",
    )

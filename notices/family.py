"""Lines about notices on a family's card."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import address, address_of
from core.prepared import Question, prepared
from guardians.family_lines import FamilyLine
from guardians.models import Adult
from notices import policies, presenters, queries
from notices.family_presenters import asks_an_answer, children_to_sign_for, waits_for_family
from notices.models import Notice, NoticeChild

ORDER_WAITS, ORDER_ALL = 6, 72
FRESH_DAYS = 60  # days for which an unanswered notice stays on the card


def family_lines(
    student_ids: Collection[int], adults: Collection[Adult] | Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return open notices on the card of the first child concerned, and a link to all notices."""
    if not student_ids:
        return {}
    on = timezone.localdate(at)
    rows = _fresh(
        adult_ids=[one.pk for one in adults],
        student_ids=student_ids,
        since=at - timedelta(days=FRESH_DAYS),
        on=on,
    )
    by_notice: dict[int, list[NoticeChild]] = {}
    for row in rows:
        by_notice.setdefault(row.notice_id, []).append(row)
    seen = {row.notice_id for row in rows if row.is_seen}
    own_children = children_to_sign_for(rows, student_ids, adults, on)
    lines: dict[int, list[FamilyLine]] = {pk: [] for pk in student_ids}
    for own in by_notice.values():
        notice = own[0].notice
        if waits_for_family(notice, own, seen, own_children):
            kind = notice.kind if asks_an_answer(notice, own, own_children) else Notice.Kind.READ
            lines[own[0].student_id].append(_waits(notice, kind, on))
    for pk in {row.student_id for row in rows}:
        lines[pk].append(
            FamilyLine(
                text=_("Notices from the school"),
                url=address_of("family_notices:list"),
                icon="ask",
                order=ORDER_ALL,
            )
        )
    return lines


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the prepared queries that `family_lines` runs, for `ask_together`."""
    keys, since = [one.pk for one in adults], at - timedelta(days=FRESH_DAYS)
    on = timezone.localdate(at)
    asked = {"adult_ids": keys, "student_ids": student_ids, "on": on}
    return [
        _fresh.question(since=since, **asked),
        policies.children_decided_for.question(**asked),
    ]


@prepared
def _fresh(*, adult_ids, student_ids, since, on) -> QuerySet[NoticeChild]:
    rows = policies.lines_of_family(adult_ids, on)
    rows = rows.filter(student__in=student_ids, notice__sent_at__gte=since)
    # A card shows neither child nor author, so skip a hundred columns.
    rows = rows.select_related(None).select_related("notice")
    rows = rows.annotate(
        is_seen=Exists(queries.seen_rows(adult_ids).filter(notice=OuterRef("notice")))
    )
    return rows.order_by("notice__due_on", "notice_id", "student__born_on", "pk")


def _waits(notice: Notice, kind: str, on) -> FamilyLine:
    words = {"title": notice.title, "until": presenters.due_words(notice, on)}
    text, button = {
        Notice.Kind.READ: (_("Please read: %(title)s"), _("Read it")),
        Notice.Kind.CONFIRM: (_("Please confirm: %(title)s, %(until)s"), _("Read and confirm")),
        Notice.Kind.SIGN: (_("Please sign: %(title)s, %(until)s"), _("Read and sign")),
    }[Notice.Kind(kind)]
    return FamilyLine(
        text=text % words,
        url=address("family_notices:notice", notice.pk),
        icon="ask",
        button=button,
        is_due=True,
        order=ORDER_WAITS,
    )

"""Previews, in groups, what we will send next, what we will not send, and why, by the same
rules as dispatch.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.db.models import Exists, OuterRef, QuerySet

from delivery import rules
from delivery.dispatch.facts import Row, read_facts
from delivery.models import OutboxMessage
from delivery.texts import cause_in_words
from guardians.hours import Shift
from messaging.models import CheckInLine
from schools.models import School
from students.models import Student

PREVIEW_DAYS = 3  # days ahead; later ones mostly change with the answers
PREVIEW_ROWS = 500  # messages read for one page


@dataclass(frozen=True)
class LeftOut:
    adult_name: str
    cause: str  # short code
    cause_label: str


@dataclass(frozen=True)
class UpcomingGroup:
    """Messages with the same time and reason. `reason`: first | evening | night_shift | again | retry."""

    due_at: datetime
    reason: str
    channels: tuple[str, ...]  # kinds: sms, email, demo_phone
    adult_names: tuple[str, ...]
    left_out: tuple[LeftOut, ...] = ()

    @property
    def count(self) -> int:
        return len(self.adult_names)


def upcoming(
    *, schools: QuerySet[School], at: datetime, students: QuerySet[Student] | None = None
) -> list[UpcomingGroup]:
    """Return waiting messages to families, grouped by half hour, in a fixed number of queries.

    With `students`, only messages about these children: a teacher does not see parents of other classes.
    """
    waiting = OutboxMessage.objects.filter(
        school__in=schools,
        state__in=["due", "retry"],
        kind=OutboxMessage.Kind.CHECK_IN,
        due_at__lte=at + timedelta(days=PREVIEW_DAYS),
    )
    if students is not None:
        about = CheckInLine.objects.filter(
            check_in_id=OuterRef("about_id"), student__in=students.order_by()
        )
        waiting = waiting.filter(Exists(about))
    pks = list(waiting.order_by("due_at", "pk").values_list("pk", flat=True)[:PREVIEW_ROWS])
    rows: dict[tuple[datetime, str], list[Row]] = defaultdict(list)
    for row in read_facts(pks, at):
        hours, local = row.facts.hours, row.due_at.astimezone(row.facts.hours.zone)
        if row.attempt_count:
            reason = "retry"
        elif row.step:
            reason = "again"
        elif hours.shift in (Shift.NIGHT, Shift.ROTATING):
            reason = "night_shift"
        else:
            reason = "evening" if local.time() >= hours.evening(local.date())[0] else "first"
        half_hour = row.due_at.replace(minute=row.due_at.minute // 30 * 30, second=0, microsecond=0)
        rows[half_hour, reason].append(row)
    found = []
    for (due_at, reason), group in sorted(rows.items(), key=itemgetter(0)):
        names, channels, left_out = [], set(), []
        for row in group:
            decision = rules.recheck(row.facts, max(due_at, row.due_at))
            if decision.verdict in (rules.Verdict.SEND, rules.Verdict.WAIT):
                names.append(row.recipient_name)
                channels |= {way.kind for way in row.ways[:1]}
            else:
                label = cause_in_words(decision.cause)
                left_out.append(LeftOut(row.recipient_name, decision.cause, label))
        sent_by = tuple(sorted(channels))
        found.append(UpcomingGroup(due_at, reason, sent_by, tuple(names), tuple(left_out)))
    return found

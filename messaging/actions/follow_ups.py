"""The teacher's tasks: one open task for each child, closed by a person or by the talk itself."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from guardians.actions import record_contact, retract_contact
from guardians.models import Contact, Guardianship
from guardians.queries import approachable, current_guardianships, last_contact_on
from messaging.models import FollowUp
from students.queries import child_gone

# A leaving that is taken back later than this opens no old task again: the family has been asked since.
LEAVING_UNDONE_DAYS = 31


def open_follow_ups(wanted: Sequence[FollowUp]) -> None:
    """Open these tasks. If the child already has an open task, it stays and no second one is opened."""
    FollowUp.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=1000)


@transaction.atomic
def close_follow_up(
    *,
    follow_up: FollowUp,
    by: User,
    outcome: str,
    words: str = "",
    at: datetime,
    on: date | None = None,
) -> bool:
    """Record the result. "Talked" is also recorded as a contact if we know with whom.

    `on` is the day of the call, if it was not today. Return False if somebody has closed the task before:
    their note stays.
    """
    row = FollowUp.objects.select_for_update().filter(pk=follow_up.pk, done_at=None).first()
    if row is None:
        return False
    row.done_at, row.done_by, row.outcome, row.words = at, by, outcome, words[:500]
    row.save(update_fields=["done_at", "done_by", "outcome", "words"])
    if outcome != FollowUp.Outcome.TALKED:
        return True
    talked_on = on or timezone.localdate(at)
    adult = row.check_in.adult if row.check_in else None
    if adult is None:
        parents = current_guardianships(talked_on).filter(approachable(), student=row.student)
        parents = parents.filter(kind=Guardianship.Kind.PARENT).select_related("adult")
        held = parents.order_by("priority", "pk").first()
        adult = held.adult if held else None
    if adult is not None:
        record_contact(
            student=row.student,
            adult=adult,
            happened_on=talked_on,
            reported_by=Contact.ReportedBy.STAFF,
            at=at,
            school_id=row.school_id,
            source_key=f"follow-up:{row.pk}",
            by=by,
        )
    return True


def put_off_follow_up(*, follow_up: FollowUp, by: User, until: date, at: datetime) -> bool:
    """Hide the task from Today until the day `until`.

    Return False if it is closed or the day is not ahead.
    """
    if until <= timezone.localdate(at):
        return False
    rows = FollowUp.objects.filter(pk=follow_up.pk, done_at=None)
    return bool(rows.update(put_off_until=until))


@transaction.atomic
def reopen_follow_up(*, follow_up: FollowUp, by: User, at: datetime) -> bool:
    """Reopen a closed task and retract the contact it recorded. Return False if another task is open."""
    row = FollowUp.objects.select_for_update().filter(pk=follow_up.pk).first()
    if row is None or row.done_at is None:
        return False
    if FollowUp.objects.filter(student_id=row.student_id, done_at=None).exists():
        return False
    row.done_at, row.done_by, row.outcome = None, None, ""
    row.save(update_fields=["done_at", "done_by", "outcome"])
    retract_contact(source_key=f"follow-up:{row.pk}", at=at)
    return True


def close_where_asked_again(student_ids: Collection[int], *, at: datetime) -> int:
    """Close tasks about families whom no question reached but whom one reaches now."""
    if not student_ids:
        return 0
    causes = [FollowUp.Cause.NO_WAY, FollowUp.Cause.NOBODY_TO_ASK, FollowUp.Cause.NO_ANSWER]
    rows = FollowUp.objects.filter(student__in=student_ids, done_at=None)
    return rows.filter(cause__in=causes).update(done_at=at, outcome=FollowUp.Outcome.ASKED)


def close_where_talked(*, at: datetime) -> int:
    """Close tasks whose child has since talked with a parent: nobody is needed any more."""
    talked = (
        FollowUp.objects.filter(done_at=None)
        .annotate(talked_on=last_contact_on("student_id"))
        .filter(talked_on__gte=TruncDate("opened_at"))
    )
    return FollowUp.objects.filter(pk__in=talked.values("pk")).update(
        done_at=at, outcome=FollowUp.Outcome.TALKED
    )


def close_where_left(*, at: datetime) -> int:
    """Close tasks about children who have left the school, whom no teacher here can look after any more."""
    gone = FollowUp.objects.filter(child_gone(before=timezone.localdate(at)), done_at=None)
    return gone.update(done_at=at, outcome=FollowUp.Outcome.LEFT)


def reopen_where_stayed(*, at: datetime) -> int:
    """Open these tasks again where the leaving was a mistake and was taken back within a month."""
    open_ones = FollowUp.objects.filter(student=OuterRef("student"), done_at=None)
    stayed = FollowUp.objects.filter(
        ~child_gone(before=timezone.localdate(at)),
        ~Exists(open_ones),
        outcome=FollowUp.Outcome.LEFT,
        done_at__gt=at - timedelta(days=LEAVING_UNDONE_DAYS),
    )
    latest = stayed.order_by("student", "-done_at", "-pk").distinct("student")
    return FollowUp.objects.filter(pk__in=latest.values("pk")).update(done_at=None, outcome="")

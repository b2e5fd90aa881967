from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet

from accounts.models import AccessRecord
from core.clock import local_date
from privacy.rules import NO
from students.models import Student
from transfers import rules
from transfers.models import PaperPackage, Protection, Transfer, TransferWord


def last_words(transfer: Transfer) -> dict[int | None, TransferWord]:
    """Return {adult id: their latest answer}; None is the pupil's own."""
    return {word.adult_id: word for word in transfer.words.select_related("adult", "recorded_by")}


def paper_of(transfer: Transfer) -> PaperPackage | None:
    """Return what was printed last."""
    return transfer.papers.select_related("by", "recall__by").last()


def receipt_until(transfer: Transfer, today: date) -> date | None:
    """Return the last day on which the package may have arrived.

    This is today, or the day on which somebody said no or it was called back. None if no receipt can come.
    """
    paper = paper_of(transfer) if transfer.is_outside else None
    if paper is None:
        return None
    if transfer.is_open and paper.is_void:
        return local_date(paper.recall.at)
    if transfer.state == rules.AGREED:
        return today
    if transfer.state != rules.REFUSED:
        return None
    last = [word for word in last_words(transfer).values() if word.decision in NO]
    said_no = [word.at for word in last if word.at >= paper.at]
    return local_date(min(said_no)) if said_no else None


def own_word(transfer: Transfer) -> TransferWord | None:
    """Return the pupil's latest answer."""
    return transfer.words.filter(adult=None).last()


def read_mark(transfer: Transfer) -> str:
    """Return the name of this page in the access log (accounts.AccessRecord.what)."""
    return f"transfer {transfer.pk}"


def readings(transfer: Transfer) -> QuerySet[AccessRecord]:
    rows = AccessRecord.objects.filter(student_id=transfer.student_id, what=read_mark(transfer))
    return rows.select_related("user").order_by("-at")


def open_transfer_of(student: Student) -> Transfer | None:
    return Transfer.objects.filter(student=student, closed_at=None).first()


def same_child(transfer: Transfer) -> QuerySet[Student]:
    """Return files of the new school that may be this child's.

    They have the same number, or the same name and birthday if no number says otherwise.
    """
    child = transfer.student
    same = Q(name=child.name, born_on__isnull=False, born_on=child.born_on)
    other = Q(pk__in=[])
    for field in ("id_number", "student_number"):
        if number := getattr(child, field):
            same |= Q(**{field: number})
            other |= ~Q(**{f"{field}__in": ["", number]})
    rows = Student.objects.filter(same, school=transfer.to_school_id).exclude(other)
    return rows.order_by("pk")


def to_follow(at: datetime) -> QuerySet[Transfer]:
    """Return transfers that still need to be followed.

    They are open, or handed over until the child has been there for some days, or handed over with something
    that nobody there has confirmed in time.
    """
    late = Protection.objects.filter(acknowledged_at=None, over_at=None, due_at__lte=at)
    since = local_date(at) - timedelta(days=rules.FOLLOWED_DAYS)
    accepted = Q(state=Transfer.State.ACCEPTED)
    is_fresh = accepted & Q(arrival__starts_on__gte=since)
    on_paper = Q(to_school=None, closed_at__gte=at - timedelta(days=rules.FOLLOWED_DAYS))
    is_late = accepted & Q(pk__in=late.values("transfer"))
    return Transfer.objects.filter(
        Q(closed_at=None) | is_fresh | accepted & on_paper | is_late
    ).order_by("pk")

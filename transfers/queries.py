from datetime import date, datetime

from django.db.models import Q, QuerySet

from accounts.models import AccessRecord, User
from students.models import Student
from students.policies import students_visible_to
from transfers.models import Protection, Transfer, TransferWord


def last_words(transfer: Transfer) -> dict[int, TransferWord]:
    """adult → their latest word."""
    return {word.adult_id: word for word in transfer.words.select_related("adult", "recorded_by")}


def read_mark(transfer: Transfer) -> str:
    """How the log of readers calls a reading of this page (accounts.AccessRecord.what)."""
    return f"transfer {transfer.pk}"


def readings(transfer: Transfer) -> QuerySet[AccessRecord]:
    rows = AccessRecord.objects.filter(student_id=transfer.student_id, what=read_mark(transfer))
    return rows.select_related("user").order_by("-at")


def open_transfer_of(student: Student) -> Transfer | None:
    return Transfer.objects.filter(student=student, closed_at=None).first()


def same_child(transfer: Transfer, user: User, on: date) -> QuerySet[Student]:
    """Files of the new school that may be this child's, as far as `user` sees them."""
    child = transfer.student
    same = Q(name=child.name, born_on__isnull=False, born_on=child.born_on)
    if child.id_number:
        same |= Q(id_number=child.id_number)
    if child.student_number:
        same |= Q(student_number=child.student_number)
    rows = students_visible_to(user, on).filter(same, school=transfer.to_school_id)
    return rows.order_by("pk")


def to_follow(at: datetime) -> QuerySet[Transfer]:
    """Under way, or handed over with something that nobody there has confirmed in time."""
    late = Protection.objects.filter(acknowledged_at=None, over_at=None, due_at__lte=at)
    is_late = Q(state=Transfer.State.ACCEPTED, pk__in=late.values("transfer"))
    return Transfer.objects.filter(Q(closed_at=None) | is_late).order_by("pk")

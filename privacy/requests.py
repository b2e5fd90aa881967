"""A family's requests about its data (a copy, a correction, a deletion), and the school's deadline.

A deletion waits for the decision of a person who knows of concerns (CHECK_SAFEGUARDING). Only the decision is
stored here; the reasons stay where concerns are kept.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Q, QuerySet
from django.utils import timezone

from accounts.models import User
from core.prepared import Question, prepared
from guardians.blocking.policies import ties
from guardians.models import Adult
from privacy.messages import queue_answer
from privacy.models import DataRequest
from schools.models import School
from schools.policies import schools_where
from schools.roles import Permission
from students.models import Student
from students.policies import students_visible_to

# Days until a family must have its answer. PIPL Art. 50 says only "in time"; GB/T 35273-2020, 8.7 allows
# thirty days (quoted from a secondary source). We promise half of that.
ANSWER_DAYS = 15
# Copies for one adult in 24 hours: each takes a second of work, and nobody reads more.
COPIES_A_DAY = 5

Kind, State = DataRequest.Kind, DataRequest.State
WAITING = (State.OPEN, State.CHECKING, State.CLEARED)


def open_requests(on: date | None = None) -> QuerySet[DataRequest]:
    """Return unanswered requests by due date; with `on`, only those overdue on that day."""
    rows = DataRequest.objects.filter(answered_at=None, state__in=WAITING)
    if on:
        rows = rows.filter(due_on__lt=on)
    return rows.select_related("student", "adult", "school").order_by("due_on", "pk")


def requests_of(adult_ids: Collection[int], student: Student) -> list[DataRequest]:
    """Return the requests of these adults (records of one person) about a child, latest first."""
    return _requests(adult_ids=adult_ids, student_id=student.pk)


def request_questions(adult_ids: Collection[int], student: Student) -> list[Question]:
    """Return the query that `requests_of` makes."""
    return [_requests.question(adult_ids=adult_ids, student_id=student.pk)]


@prepared
def _requests(*, adult_ids, student_id) -> QuerySet[DataRequest]:
    rows = DataRequest.objects.filter(adult_id__in=adult_ids, student_id=student_id)
    return rows.order_by("-asked_at", "-pk")


def copies_since(adult: Adult, at: datetime) -> int:
    """Count copies given to this adult in the 24 hours before `at`."""
    day = DataRequest.objects.filter(
        adult=adult, kind=Kind.COPY, asked_at__gt=at - timedelta(days=1)
    )
    return day.count()


@dataclass(frozen=True)
class Part:
    """The schools where a viewer may answer requests and where they may check them."""

    answers: QuerySet[School]
    checks: QuerySet[School]


def parts_of(user: User, on: date) -> Part:
    return Part(
        schools_where(user, Permission.ANSWER_DATA_REQUESTS, on),
        schools_where(user, Permission.CHECK_SAFEGUARDING, on),
    )


def requests_visible_to(user: User, on: date) -> QuerySet[DataRequest]:
    """Return requests of schools where `user` answers them, and deletions where `user` checks them.

    Requests about a child whom `user` may not see are left out.
    """
    part = parts_of(user, on)
    children = students_visible_to(user, on).values("pk")
    return DataRequest.objects.filter(
        Q(school__in=part.answers.values("pk"))
        | Q(school__in=part.checks.values("pk"), kind=Kind.DELETION),
        Q(student__in=children) | Q(student=None),
        not_of_own_family(user),
    )


def not_of_own_family(user: User) -> Q:
    """Match all requests but deletions about a child to whose family `user` belongs.

    A colleague who is the child's parent would judge their own wish, and read the note of the check.
    """
    return ~(Q(kind=Kind.DELETION) & Q(Exists(ties(user.pk, "student_id"))))


def can_answer(request: DataRequest, user: User, on: date) -> bool:
    """Return whether `user` may answer now; a deletion that they checked is carried out by somebody else."""
    is_ready = request.state in (State.OPEN, State.CLEARED) and request.checked_by_id != user.pk
    return is_ready and parts_of(user, on).answers.filter(pk=request.school_id).exists()


def can_check(request: DataRequest, user: User, on: date) -> bool:
    is_ready = request.state == State.CHECKING
    return is_ready and parts_of(user, on).checks.filter(pk=request.school_id).exists()


@transaction.atomic
def ask(
    *, adult: Adult, student: Student, kind: str, words: str = "", key: UUID, at: datetime
) -> DataRequest:
    """Make a request, one for each key: a second tap changes nothing and returns the same request.

    If a deletion of the same child is waiting, another request by the same adult returns that one.
    """
    Student.objects.select_for_update().get(pk=student.pk)
    known = DataRequest.objects.filter(key=key, adult=adult).first()
    if known is None and kind == Kind.DELETION:
        known = DataRequest.objects.filter(
            adult=adult, student=student, kind=kind, state__in=WAITING
        ).first()
    if known:
        return known
    return DataRequest.objects.create(
        school_id=student.school_id,
        adult=adult,
        student=student,
        kind=kind,
        words=words,
        key=key,
        state=State.CHECKING if kind == Kind.DELETION else State.OPEN,
        asked_at=at,
        due_on=timezone.localdate(at) + timedelta(days=ANSWER_DAYS),
    )


@transaction.atomic
def note_copy(*, adult: Adult, student: Student, key: UUID, at: datetime) -> DataRequest:
    """Record a copy that we gave at once, as requested and done; one for each key."""
    request = ask(adult=adult, student=student, kind=Kind.COPY, key=key, at=at)
    if request.answered_at is None:
        _close(request, State.DONE, at=at)
    return request


@transaction.atomic
def withdraw(*, request: DataRequest, at: datetime) -> DataRequest:
    """Withdraw a request for the family; changes nothing after the school has answered."""
    locked = _lock(request)
    if locked.state in WAITING:
        _close(locked, State.WITHDRAWN, at=at)
    return locked


@transaction.atomic
def check(
    *, request: DataRequest, by: User, is_cleared: bool, note: str, answer: str = "", at: datetime
) -> DataRequest:
    """Record the safeguarding check.

    If it is not cleared, the request is refused with `answer`, which tells the family nothing about why the
    file is needed; `note` stays at the school. A second check changes nothing.
    """
    locked = _lock(request)
    if locked.state != State.CHECKING:
        return locked
    locked.checked_by, locked.checked_at, locked.check_note = by, at, note
    if is_cleared:
        locked.state = State.CLEARED
        locked.save(update_fields=["state", "checked_by", "checked_at", "check_note"])
        return locked
    locked.save(update_fields=["checked_by", "checked_at", "check_note"])
    _close(locked, State.REFUSED, by=by, words=answer, at=at)
    return locked


@transaction.atomic
def check_again(*, request: DataRequest) -> None:
    """Send a cleared request back to the check, because something has happened since."""
    locked = _lock(request)
    if locked.state == State.CLEARED:
        locked.state, locked.checked_by, locked.checked_at = State.CHECKING, None, None
        locked.save(update_fields=["state", "checked_by", "checked_at"])


@transaction.atomic
def answer(
    *, request: DataRequest, by: User, is_done: bool, words: str, at: datetime
) -> DataRequest:
    """Record the school's answer. A deletion is done only by carrying it out after the check."""
    locked = _lock(request)
    if locked.state in (State.OPEN, State.CLEARED):
        _close(locked, State.DONE if is_done else State.REFUSED, by=by, words=words, at=at)
    return locked


@transaction.atomic
def answer_deleted(*, request: DataRequest, by: User, words: str, at: datetime) -> None:
    """Answer a request about a file that has just been deleted, whatever was asked and not yet checked."""
    locked = _lock(request)
    if locked.state in WAITING:
        is_done = locked.kind == Kind.DELETION
        _close(locked, State.DONE if is_done else State.REFUSED, by=by, words=words, at=at)


def _lock(request: DataRequest) -> DataRequest:
    return DataRequest.objects.select_for_update().get(pk=request.pk)


def _close(
    request: DataRequest, state: str, *, at: datetime, by: User | None = None, words: str = ""
) -> None:
    request.state, request.answered_at = state, at
    request.answered_by, request.answer = by, words
    request.save(update_fields=["state", "answered_at", "answered_by", "answer"])
    queue_answer(request, at)

"""Ask a family for one thing by a day, record the answer, close the request."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from classroom import messages
from classroom.models import FamilyRequest
from guardians.models import Adult
from students.models import Student


@transaction.atomic
def ask_family(
    *, student: Student, adult: Adult, words: str, due_on: date, key: UUID, by: User, at: datetime
) -> tuple[FamilyRequest, bool]:
    """Return the request and whether it is new; the same key never asks twice."""
    request, is_new = FamilyRequest.objects.get_or_create(
        key=key,
        defaults={
            "school_id": student.school_id,
            "student": student,
            "adult": adult,
            "words": words,
            "due_on": due_on,
            "asked_by": by,
            "asked_at": at,
        },
    )
    if is_new:
        messages.queue_request(request, at)
    return request, is_new


@transaction.atomic
def answer_request(*, request: FamilyRequest, answer: str, words: str, at: datetime) -> bool:
    """The family's answer; a later one replaces it until the school has closed the request.

    Whoever answers is checked by the family's page: the request came out of queries.open_requests.
    False, and nothing changed, where it was closed meanwhile or the answer stands already.
    """
    row = FamilyRequest.objects.select_for_update().get(pk=request.pk)
    words = words.strip()[:300]
    if row.closed_at or (row.answer, row.answer_words) == (answer, words):
        return False
    row.answer, row.answer_words, row.answered_at = FamilyRequest.Answer(answer), words, at
    row.save(update_fields=["answer", "answer_words", "answered_at"])
    return True


def close_request(*, request: FamilyRequest, by: User, at: datetime) -> None:
    FamilyRequest.objects.filter(pk=request.pk, closed_at=None).update(closed_at=at)


@transaction.atomic
def reopen_request(*, request: FamilyRequest, by: User, at: datetime) -> None:
    row = FamilyRequest.objects.select_for_update().get(pk=request.pk)
    row.closed_at = None
    row.save(update_fields=["closed_at"])
    messages.queue_request(row, at)

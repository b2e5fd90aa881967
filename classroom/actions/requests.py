"""Ask a family for one thing by a given day, record the answer, and close the request."""

from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction

from accounts.models import User
from classroom import messages
from classroom.models import FamilyRequest, RequestPhoto
from guardians.models import Adult
from students.models import Student
from uploads.actions import keep_photo

PHOTOS_AT_MOST = 6  # photos of one request; enough for the pages of a household register


class TooManyPhotos(ValueError):
    """The request already has the maximum number of photos."""


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
def answer_request(
    *,
    request: FamilyRequest,
    answer: str,
    words: str,
    at: datetime,
    photo: File | None = None,
    by: User | None = None,
) -> bool:
    """Record the family's answer. A later answer replaces it until the school closes the request.

    Photos add up; the same photo counts once. The family's page checks who answers: the request comes
    from queries.open_requests. Return False and change nothing if it was closed in the meantime or the
    same answer is already recorded. Raises TooManyPhotos.
    """
    row = FamilyRequest.objects.select_for_update().get(pk=request.pk)
    words = words.strip()[:300]
    if row.closed_at:
        return False
    is_new_photo = photo is not None and _keep_photo(row, photo, by, at)
    if (row.answer, row.answer_words) == (answer, words):
        return is_new_photo
    row.answer, row.answer_words, row.answered_at = FamilyRequest.Answer(answer), words, at
    row.save(update_fields=["answer", "answer_words", "answered_at"])
    return True


def _keep_photo(row: FamilyRequest, photo: Any, by: User | None, at: datetime) -> bool:
    digests = (sha256(data).hexdigest() for _type, data in photo.remade.contents)
    key = uuid5(row.key, f"photo:{' '.join(digests)}")
    known = set(row.photos.values_list("upload__key", flat=True))
    if key in known:
        return False
    if len(known) >= PHOTOS_AT_MOST:
        raise TooManyPhotos
    upload = keep_photo(student=row.student, file=photo, key=key, by=by, at=at)
    RequestPhoto.objects.create(school_id=row.school_id, request=row, upload=upload, at=at)
    return True


def close_request(*, request: FamilyRequest, by: User, at: datetime) -> None:
    FamilyRequest.objects.filter(pk=request.pk, closed_at=None).update(closed_at=at)


@transaction.atomic
def reopen_request(*, request: FamilyRequest, by: User, at: datetime) -> None:
    row = FamilyRequest.objects.select_for_update().get(pk=request.pk)
    row.closed_at = None
    row.save(update_fields=["closed_at"])
    messages.queue_request(row, at)

"""Add a photo of a meeting, and delete one."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.files import File
from django.db import transaction

from accounts.models import User
from meetings.models import Meeting, MeetingPhoto
from meetings.photos.rules import KEPT_DAYS, PHOTOS_AT_MOST
from uploads.actions import keep_photo


@transaction.atomic
def add(*, meeting: Meeting, file: File, key: UUID, by: User, at: datetime) -> MeetingPhoto | None:
    """Add a photo; `key` comes from the page, so that a photo sent twice is added once.

    Return None if the meeting already has the most photos allowed.
    """
    Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)  # two at once wait
    known = MeetingPhoto.objects.filter(meeting=meeting, photo__key=key).first()
    if known is not None:
        return known
    if MeetingPhoto.objects.filter(meeting=meeting).count() >= PHOTOS_AT_MOST:
        return None
    photo = keep_photo(student=None, school=meeting.school, file=file, key=key, by=by, at=at)
    return MeetingPhoto.objects.create(
        school=meeting.school, meeting=meeting, photo=photo, added_by=by, added_at=at
    )


@transaction.atomic
def delete(*, photo: MeetingPhoto) -> None:
    """Delete the photo permanently, with its bytes; the history says that it was there."""
    upload = photo.photo
    photo.delete()
    upload.delete()


def delete_old(*, at: datetime) -> int:
    """Delete photos older than `KEPT_DAYS`; return how many."""
    old = MeetingPhoto.objects.filter(added_at__lt=at - timedelta(days=KEPT_DAYS))
    rows = list(old.select_related("photo"))
    for row in rows:
        delete(photo=row)
    return len(rows)

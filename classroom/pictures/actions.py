"""Add a picture with the children in it, and remove one for good."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from classroom.models import ClassWeek, Observation, Picture, PicturedChild
from classroom.pictures.queries import to_delete
from classroom.pictures.rules import PICTURES_A_NOTE, PICTURES_A_WEEK, purpose_of
from privacy.policies import consents_held
from schools.policies import today_in
from students.models import Student
from uploads.actions import keep_photo


class NotAgreed(ValueError):
    """No child is named, or the family of a pictured child has not agreed to the purpose.

    `number` is the position of the picture in its form, from 0.
    """

    number = 0


class TooMany(ValueError):
    """The good news or the week has room for only `room` of these pictures."""

    def __init__(self, room: int = 0) -> None:
        super().__init__(room)
        self.room = room


class SentAlready(ValueError):
    """The week has been sent: families see only what the teacher has previewed."""


@transaction.atomic
def add_picture(
    *,
    to: Observation | ClassWeek,
    pictured: Collection[Student],
    file: File,
    key: UUID,
    by: User,
    at: datetime,
) -> Picture:
    """Add a picture; calling it again with the same key returns the first one.

    Raises NotAgreed, TooMany, SentAlready and uploads.rules.BadUpload. The page has already checked with
    its policies that `by` may write there and name each of `pictured`.
    """
    is_week = isinstance(to, ClassWeek)
    # Add one picture at a time, so that two phones cannot exceed the limit together.
    held_by = type(to).objects.select_for_update(no_key=True).select_related("school")
    locked = held_by.get(pk=to.pk)
    known = Picture.objects.filter(key=key).first()
    if known:
        return known
    if isinstance(locked, ClassWeek) and locked.sent_at is not None:
        raise SentAlready
    place = {"week": locked} if is_week else {"note": locked}
    standing = Picture.objects.filter(removed_at=None, **place)
    if standing.count() >= (PICTURES_A_WEEK if is_week else PICTURES_A_NOTE):
        raise TooMany
    purpose = purpose_of(of_week=is_week, pictured=len(pictured))
    ids = {child.pk for child in pictured}
    words = consents_held(ids, purpose, today_in(locked.school, at))
    if not ids or ids != set(words):
        raise NotAgreed
    alone = next(iter(pictured)) if len(ids) == 1 else None
    photo = keep_photo(student=alone, school=locked.school, file=file, key=key, by=by, at=at)
    picture = Picture.objects.create(
        school=locked.school,
        key=key,
        purpose=purpose,
        photo=photo,
        added_by=by,
        added_at=at,
        **place,
    )
    PicturedChild.objects.bulk_create(
        PicturedChild(school=locked.school, picture=picture, student_id=pk, consent=words[pk])
        for pk in sorted(ids)
    )
    return picture


@transaction.atomic
def add_pictures(
    *, shots: Sequence[tuple[File, Collection[Student]]], key: UUID, **more: Any
) -> list[Picture]:
    """Add all pictures of a form, each with its own children, or none. Otherwise works like `add_picture`."""
    added: list[Picture] = []
    for number, (file, pictured) in enumerate(shots):
        own = uuid5(key, str(number)) if number else key
        try:
            added.append(add_picture(file=file, pictured=pictured, key=own, **more))
        except NotAgreed as refused:
            refused.number = number
            raise
        except TooMany:
            raise TooMany(room=len(added)) from None
    return added


@transaction.atomic
def remove_picture(*, picture: Picture, at: datetime) -> None:
    """Remove a picture for good: the photo is deleted and the row keeps the date.

    Repeating it changes nothing.
    """
    locked = Picture.objects.select_for_update(of=("self",)).get(pk=picture.pk)
    if locked.removed_at is not None:
        return
    photo = locked.photo
    locked.photo, locked.removed_at = None, at
    locked.save(update_fields=["photo", "removed_at"])
    if photo is not None:
        photo.delete()


def remove_lapsed(*, at: datetime) -> int:
    """Delete photos that nobody may see any more, and return how many."""
    over = list(to_delete(timezone.localdate(at)))
    for picture in over:
        remove_picture(picture=picture, at=at)
    return len(over)

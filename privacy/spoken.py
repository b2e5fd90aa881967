"""Recordings of consent texts: who may listen to which, and replacing one."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from privacy.models import SpokenText
from privacy.texts import TEXTS, version_of
from schools.models import School
from uploads.actions import key_of_file
from uploads.remaking import Remade, remake_voice

SPOKEN_SECONDS = 150  # seconds; the longest text, read slowly, takes about one minute
FORMS = {"audio/ogg": "ogg", "audio/mp4": "m4a"}


def recordings_of(school_ids: Collection[int]) -> QuerySet[SpokenText]:
    """Return recordings without the sound itself, which is read only for its own address."""
    rows = SpokenText.objects.filter(school_id__in=school_ids)
    return rows.select_related("recorded_by").defer(*FORMS.values())


def recording_for(school_id: int, purpose: str) -> SpokenText | None:
    """Return the recording of the current text; a recording of an older text says something else."""
    rows = recordings_of([school_id]).filter(purpose=purpose)
    return rows.filter(text_version=version_of(purpose)).first()


@transaction.atomic
def record(
    *, school: School, purpose: str, file: File, key: UUID, by: User, at: datetime
) -> SpokenText:
    """Save a recording, replacing the previous one.

    The same recording from the same page (`key`) changes nothing. Raises uploads.rules.BadUpload.
    """
    key = key_of_file(key, file, f"{school.pk}/{purpose}")
    known = SpokenText.objects.filter(key=key).first()
    if known:
        return known
    remade: Remade = getattr(file, "remade", None) or remake_voice(file)
    row, _is_new = SpokenText.objects.update_or_create(
        school=school,
        purpose=purpose,
        defaults={
            "text_version": version_of(purpose),
            "key": key,
            "seconds": remade.facts["seconds"],
            "recorded_by": by,
            "recorded_at": at,
            **{FORMS[kind]: data for kind, data in remade.contents},
        },
    )
    return row


def remove(*, school: School, purpose: str) -> None:
    SpokenText.objects.filter(school=school, purpose=purpose).delete()


def sound_of(row: SpokenText, content_type: str) -> bytes:
    return bytes(getattr(row, FORMS[content_type]))


def is_of_today(row: SpokenText) -> bool:
    return row.text_version == TEXTS[row.purpose].version

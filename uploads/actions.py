"""Store what the workshop made, and never the original file."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from django.core.files import File
from django.db import transaction

from accounts.models import User
from schools.models import School
from students.models import Student
from uploads.models import Upload, UploadContent
from uploads.presenters import bad_upload
from uploads.remaking import Remade, remake_photo, remake_voice
from uploads.rules import Trouble


def keep_photo(
    *,
    student: Student | None,
    file: File,
    key: UUID | str,
    by: User | None,
    at: datetime,
    school: School | None = None,
) -> Upload:
    """Store the photo as a small JPEG. If it is not about a child, `school` says which school it belongs to.

    Calling it again with the same key returns the first row and reads nothing. The file is processed before
    the transaction that writes. Raises BadUpload.
    """
    known = _known(student or school, Upload.Kind.PHOTO, key)
    if known:
        return known
    remade = getattr(file, "remade", None) or remake_photo(file)
    return _keep(student or school, Upload.Kind.PHOTO, key, by, at, remade)


def keep_voice(
    *,
    student: Student | None,
    file: File,
    key: UUID | str,
    by: User | None,
    at: datetime,
    school: School | None = None,
) -> Upload:
    """Store the voice note as Opus and AAC, otherwise like `keep_photo`.

    A child at the pupils' door has no user.
    """
    known = _known(student or school, Upload.Kind.VOICE, key)
    if known:
        return known
    remade = getattr(file, "remade", None) or remake_voice(file)
    return _keep(student or school, Upload.Kind.VOICE, key, by, at, remade)


def key_of_file(key: UUID, file: File, about: str) -> UUID:
    """Return a key for this file, which belongs to what it is `about`.

    `key` belongs to a page: somebody may go back to it with another file, for instance because the first
    answer was lost, but a page sent twice stores only one.
    """
    content = sha256(b"".join(file.chunks())).hexdigest()
    return uuid5(key, f"{about}/{content}")


def key_of_form(data: Mapping[str, Any]) -> UUID:
    """Return a key for exactly what a form says, photo and voice included. `data["key"]` is its page's.

    A double tap says it once. Somebody who adds words because the first answer was lost, or asks for help
    after all, is not told that this arrived when only the first words did.
    """
    files = {name: data[name] for name in ("photo", "voice") if data.get(name)}
    rest = {name: said for name, said in data.items() if name not in {"key", *files}}
    key = uuid5(NAMESPACE_OID, f"{data['key']}/{sorted(rest.items())}")
    for name, file in files.items():
        key = key_of_file(key, file, name)
    return key


def _known(whose: Student | School | None, kind: str, key: UUID | str) -> Upload | None:
    """Return the row with this key; None if there is none.

    Raises BadUpload if it is of another kind or belongs to another child or school than `whose`. What is
    about a child stays theirs after a change of school.
    """
    row = Upload.objects.filter(key=key).first()
    if row is None:
        return None
    owner = row.student or row.school
    if (owner, row.kind) != (whose, kind):
        raise bad_upload(Trouble.KEY_TAKEN)
    return row


@transaction.atomic
def _keep(whose: Student | School | None, kind, key, by, at, remade: Remade) -> Upload:
    if whose is None:
        raise ValueError("a photo or voice note belongs to a child or a school")
    student = whose if isinstance(whose, Student) else None
    fields = {
        "school_id": student.school_id if student else whose.pk,
        "student": student,
        "kind": kind,
        "created_by": by,
        "created_at": at,
        **remade.facts,
    }
    upload, is_new = Upload.objects.get_or_create(key=key, defaults=fields)
    if not is_new:
        # It was sent twice at the same moment, and the other one was first.
        return _known(whose, kind, key) or upload
    UploadContent.objects.bulk_create(
        UploadContent(upload=upload, content_type=content_type, data=data)
        for content_type, data in remade.contents
    )
    return upload

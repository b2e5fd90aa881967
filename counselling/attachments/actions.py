"""Add, open and remove files of a case. The access log records each opening before any data is sent."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.actions import record_access
from accounts.models import User
from counselling import secrecy
from counselling.cases import record
from counselling.cases.actions import append, lock, open_words, seal_into
from counselling.models import Attachment, AttachmentContent, Case, CaseEntry
from counselling.secrecy import KeyMissing, Tampered
from uploads.remaking import Remade

NAME_MAX = 100  # characters

# Content types that uploads.remaking produces → the kind stored. Of a recording, only the form that every
# browser plays.
KINDS = {
    "image/jpeg": Attachment.Kind.PHOTO,
    "application/pdf": Attachment.Kind.DOCUMENT,
    "audio/mp4": Attachment.Kind.VOICE,
}


@dataclass(frozen=True)
class ReadName:
    """A file and its name.

    `name` is None if it cannot be decrypted; `trouble` then says why, as in cases.actions.ReadNote.
    """

    attachment: Attachment
    name: str | None
    trouble: str = ""  # "" | "key_missing" | "tampered"
    key_id: str = ""


@transaction.atomic
def add(
    *, case: Case, by: User, name: str, remade: Remade, at: datetime, key: uuid.UUID
) -> Attachment:
    """Encrypt and store the re-encoded copy of a file. A second call with the same `key` changes nothing.

    Raise secrecy.NoKey or AccessWithdrawn.
    """
    case = lock(case, by, at)
    had = Attachment.objects.filter(pk=key, case=case).first()
    if had is not None:
        return had
    kind, data = next((KINDS[kind], data) for kind, data in remade.contents if kind in KINDS)
    facts = {"kind": kind, "size": len(data), "added_by": by, "added_at": at}
    row = Attachment(pk=key, school_id=case.school_id, case=case, **facts)
    seal_into(row, name[:NAME_MAX])
    row.save(force_insert=True)
    content = AttachmentContent(school_id=case.school_id, attachment=row)
    box = secrecy.seal_bytes(data, place=content.place)
    content.key_id, content.sealed = box.key_id, box.sealed
    content.save(force_insert=True)
    record.append([record.entry_of(one, CaseEntry.Kind.KEPT, by, at) for one in (row, content)])
    return row


def names_of(case: Case) -> list[ReadName]:
    """Return the files that have not been removed. The caller checks who reads and writes the access log."""
    rows = case.attachments.filter(removed_at=None).select_related("added_by")
    names = []
    for row in rows:
        try:
            names.append(ReadName(row, open_words(row)))
        except KeyMissing as error:
            names.append(ReadName(row, None, "key_missing", error.key_id))
        except Tampered:
            names.append(ReadName(row, None, "tampered", row.key_id))
    return names


def open_file(*, attachment: Attachment, by: User, ip: str | None) -> bytes:
    """Return the file's bytes. The access log gets a line even if they cannot be decrypted.

    Raise KeyMissing or Tampered.
    """
    record_access(
        by=by,
        school_id=attachment.school_id,
        student_ids=[attachment.case.student_id],
        what=file_mark(attachment),
        ip=ip,
    )
    content = attachment.content
    return secrecy.unseal_bytes(content.key_id, content.sealed, place=content.place)


def file_mark(attachment: Attachment) -> str:
    """Return the mark of an opening in the access log (accounts.AccessRecord.what, 40 characters)."""
    return f"{file_marks(attachment.case)}{attachment.pk.hex[:8]}"


def file_marks(case: Case) -> str:
    """Return the common beginning of the marks of all files of a case."""
    return f"case {case.pk} file "


@transaction.atomic
def remove(*, attachment: Attachment, by: User, at: datetime) -> None:
    """Delete the bytes and the name for good, because a file of another child was added by mistake.

    The record that there was a file, who removed it and when, stays. A second call changes nothing. A file
    that cannot be opened now is not removed unseen. Raise AccessWithdrawn, KeyMissing or Tampered.
    """
    case = lock(attachment.case, by, at)
    row = Attachment.objects.select_for_update().get(pk=attachment.pk)
    if row.removed_at is not None:
        return
    open_words(row)
    content = AttachmentContent.objects.defer("sealed").get(attachment=row)
    gone = record.gone_of(content, by, at)
    content.delete()
    seal_into(row, "")
    row.removed_by, row.removed_at = by, at
    row.save(update_fields=["sealed", "key_id", "removed_by", "removed_at"])
    record.append([gone, record.entry_of(row, CaseEntry.Kind.RESEALED, by, at)])
    append(case, CaseEntry.Kind.FILE_REMOVED, by, at)

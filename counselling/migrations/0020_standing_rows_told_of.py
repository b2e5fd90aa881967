"""The log of cases tells of the notes and files that stand, as they lie there now."""

import hashlib
import json
from datetime import UTC, datetime

from django.db import migrations

from accounts import chain

SEALED = (
    "school_id",
    "case_id",
    "kind",
    "by_id",
    "about_id",
    "to_state",
    "owner_id",
    "until_at",
    "at",
)
SEALED_LATER = ("row", "digest")
TOLD_AT_ONCE = 500  # rows
BOUND = {
    "Note": ("case_id", "author_id", "kind"),
    "Attachment": ("case_id", "added_by_id"),
    "AttachmentContent": ("attachment_id",),
}


def tell_of_rows(apps, schema_editor):
    entry = apps.get_model("counselling", "CaseEntry")
    entry.SEALED, entry.SEALED_LATER = SEALED, SEALED_LATER
    at = datetime.now(UTC)
    for name in BOUND:
        batch = []
        model = apps.get_model("counselling", name)
        way = "attachment__case" if name == "AttachmentContent" else "case"
        rows = model.objects.select_related(way).order_by(f"{way}__school_id", "pk")
        for row in rows.iterator(chunk_size=4 if name == "AttachmentContent" else 200):
            case = row.attachment.case if name == "AttachmentContent" else row.case
            if batch and (batch[0].school_id != case.school_id or len(batch) == TOLD_AT_ONCE):
                chain.append(batch, chain=f"cases:{batch[0].school_id}")
                batch = []
            facts = {"school_id": case.school_id, "case_id": case.pk, "owner_id": case.owner_id}
            told = {"row": f"{name} {row.pk}", "digest": digest_of(row, name)}
            batch.append(entry(**facts, **told, kind="kept", at=at))
        if batch:
            chain.append(batch, chain=f"cases:{batch[0].school_id}")


def digest_of(row, name):
    bound = "".join(f".{field}={getattr(row, field)}" for field in BOUND[name])
    place = f"{row._meta.label_lower}.{row.pk}{bound}.sealed"
    sealed = hashlib.sha256(bytes(row.sealed)).hexdigest()
    told = [place, row.school_id, *around(row, name), row.key_id, sealed]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def around(row, name):
    if name == "Note":
        return [micros(row.at), row.session_id]
    if name == "Attachment":
        removed = micros(row.removed_at) if row.removed_at else None
        return [micros(row.added_at), row.kind, row.size, row.removed_by_id, removed]
    return []


def micros(at):
    return at.astimezone(UTC).isoformat(timespec="microseconds")


class Migration(migrations.Migration):
    dependencies = [("counselling", "0019_rows_told_of"), ("accounts", "0005_log_of_readers_stays")]

    operations = [migrations.RunPython(tell_of_rows, migrations.RunPython.noop)]

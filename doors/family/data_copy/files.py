"""The photos, voice recordings and papers of the copy: their names in the archive, and how to read their
bytes.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.models import Case, When

from doors.family.data_copy.section import Section
from notices.models import NoticeFile
from uploads.models import UploadContent

FOLDER = "files"
# Every phone and computer plays AAC. Ogg is used only if no AAC was ever made.
VOICE_FORMS = ("audio/mp4", "audio/ogg")
ENDINGS = {"image/jpeg": "jpg", "audio/mp4": "m4a", "audio/ogg": "ogg"}

Read = Callable[[], bytes]


def name_all(
    data: dict[str, Any], sections: Iterable[Section]
) -> tuple[dict[str, Any], dict[str, Read]]:
    """Return the data with file names in place of keys, and a function for each name that reads the file."""
    found: dict[str, Read] = {}
    named = dict(data)
    # Upload → the content type that goes into the archive; one query.
    keys: set[int] = set()
    for section in sections:
        for field in section.files.replace("pdf", "").split():
            for row in data[section.key]:
                value = row[field]
                keys.update(value if isinstance(value, list) else [value] if value else [])
    order = Case(*(When(content_type=kind, then=place) for place, kind in enumerate(VOICE_FORMS)))
    rows = UploadContent.objects.filter(upload__in=keys).order_by("upload", order)
    kinds = dict(reversed(list(rows.values_list("upload_id", "content_type"))))

    for section in sections:
        if section.files:
            named[section.key] = [
                row | _files_of(row, section, kinds, found) for row in data[section.key]
            ]
    return named, found


def _files_of(row: dict[str, Any], section: Section, kinds, found: dict[str, Read]) -> dict:
    """Return field → names such as photo-3.jpg; none for a file whose bytes have been deleted since."""
    names: dict[str, list[str]] = {}
    for field in section.files.split():
        names[field] = []
        for key in row[field] if isinstance(row[field], list) else [row[field]]:
            number = len(found) + 1
            if field == "pdf" and key:
                name = f"{FOLDER}/paper-{number}.pdf"
                read = partial(_pdf, key)
            elif key in kinds:
                name = f"{FOLDER}/{field}-{number}.{ENDINGS[kinds[key]]}"
                read = partial(_bytes, key, kinds[key])
            else:
                continue
            found[name] = read
            names[field].append(name)
    return names


def _bytes(key: int, kind: str) -> bytes:
    return bytes(UploadContent.objects.get(upload_id=key, content_type=kind).data)


def _pdf(key: int) -> bytes:
    return bytes(NoticeFile.objects.get(pk=key).pdf or b"")

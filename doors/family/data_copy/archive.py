"""Write the data copy as one ZIP: pages to read with their photos and voice recordings, and the same data
for computers.

A field that no section names is left out. A field added later therefore stays out until somebody decides
that families may have it (product.md B9), and tests/access/test_data_copy.py asks for that decision. Keys:
docs/data-copy.md.
"""

import json
import tempfile
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import IO, Any
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import User
from core.printing import why_no_pdf
from doors.family.data_copy import files, of_the_asker, of_the_child
from doors.family.data_copy.pages import STYLE_NAME, as_page, as_pdf, style
from doors.family.data_copy.section import Asker
from doors.family.data_copy.withheld import REASONS
from guardians.models import Adult
from students.models import Student

SCHEMA = "jiaqiao.family-copy"
SCHEMA_VERSION = 1
IN_MEMORY = 4_000_000  # bytes; a larger archive is written to disk while it is being made
SECTIONS = (*of_the_child.SECTIONS, *of_the_asker.TOGETHER, *of_the_asker.ABOUT_YOU)


def file_name(at: datetime) -> str:
    """Return a name that identifies nobody, because the file stays on a phone that may be shared."""
    return f"jiaqiao-copy-{at:%Y-%m-%d}.zip"


def gather(
    student: Student, adults: Sequence[Adult], at: datetime, user: User | None = None
) -> dict[str, Any]:
    """Return the data that this person may have about the child and about themselves.

    The values can be written as JSON; where a file belongs, the value is the key of its upload.
    """
    own = [adult for adult in adults if adult.school_id == student.school_id]
    on = at.astimezone(ZoneInfo(student.school.time_zone)).date()
    asker = Asker(student, own, user or own[0].user or User(), at, on)
    child = of_the_child.SECTIONS[0]
    return {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "made_at": at,
        "language": get_language(),
        "school": student.school.name,
        "not_in_it": [str(words) for words in REASONS.values()],
        child.key: {name: getattr(student, name) for name in child.fields.split()},
        **{one.key: one.values(asker) for one in SECTIONS if one is not child},
    }


def write_zip(data: dict[str, Any]) -> IO[bytes]:
    """Return an open ZIP file: data.html, data.json, data.pdf (if this server can make PDFs), about.txt and
    the files.

    No file name contains a person's name. Photos and recordings are read one at a time, when they are
    written.
    """
    named, found = files.name_all(data, SECTIONS)
    about = [
        _("Open data.html to read, to look at the photos and to listen."),
        _("data.json has the same content for computers (UTF-8)."),
        _("Schema: %(name)s, version %(version)s") % {"name": SCHEMA, "version": SCHEMA_VERSION},
        "",
        _("Not in this copy:"),
        *named["not_in_it"],
        "",
    ]
    stream = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the response closes it
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.txt", "\r\n".join(about))
        archive.writestr("data.html", as_page(named, SECTIONS))
        archive.writestr(STYLE_NAME, style())
        archive.writestr("data.json", as_json(named))
        if not why_no_pdf():
            archive.writestr("data.pdf", as_pdf(named, SECTIONS))
        for name, read in found.items():
            archive.writestr(name, read(), zipfile.ZIP_STORED)
    stream.seek(0)
    return stream


def as_json(data: dict[str, Any]) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)

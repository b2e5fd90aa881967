"""Archives from outside: what they say about themselves is not trusted."""

import io
import zipfile
import zlib

CHUNK = 256 * 1024  # bytes read at once
ENTRIES_MOST = 2000  # a school's workbook has about 30
ENCRYPTED = 0x1  # general purpose bit of a ZIP entry (APPNOTE 4.4.4)
# LZMA and the others may require gigabytes of memory before the first byte, and no office program writes
# them.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class BadZip(Exception):
    """An archive that we refuse; `why` is "damaged", "locked" or "unfolds"."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def repacked(content: bytes, most_bytes: int) -> bytes:
    """Build a new archive from what was really in it, counted while unpacking: all parts together have at
    most `most_bytes`.

    Other readers, which would unpack the original themselves, get this one: each name occurs once, nothing is
    compressed, and there is nothing between the parts. Raises BadZip.
    """
    made = io.BytesIO()
    try:
        with (
            zipfile.ZipFile(io.BytesIO(content)) as archive,
            zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as fresh,
        ):
            members = archive.infolist()
            if len(members) > ENTRIES_MOST:
                raise BadZip("unfolds")
            if len({member.filename for member in members}) < len(members):
                raise BadZip("damaged")
            left = most_bytes
            for member in members:
                part = _unfolded(archive, member, left)
                left -= len(part)
                fresh.writestr(member.filename, part)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        raise BadZip("damaged") from None
    except (ValueError, UnicodeError, OverflowError):  # impossible names and dates
        raise BadZip("damaged") from None
    return made.getvalue()


def _unfolded(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    if member.flag_bits & ENCRYPTED:
        raise BadZip("locked")
    if member.compress_type not in METHODS:
        raise BadZip("damaged")
    member.file_size = most + 2 * CHUNK  # otherwise reading would stop where the header says
    part = bytearray()
    with archive.open(member) as file:
        while chunk := file.read(CHUNK):
            part += chunk
            if len(part) > most:
                raise BadZip("unfolds")
    return bytes(part)

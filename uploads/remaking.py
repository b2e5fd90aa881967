"""Send a file to the workshop, a separate process (uploads/workshop), and read the result."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.core.files import File

from uploads import rules
from uploads.presenters import bad_upload
from uploads.rules import Trouble

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2  # in one web process; others wait, so that photos do not use up all memory

log = structlog.get_logger(__name__)
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Remade:
    facts: dict[str, int]
    contents: list[tuple[str, bytes]]


def remake_photo(file: File, *, is_small: bool = False) -> Remade:
    """Re-encode the photo; `is_small` makes a picture for families.

    A file that is too large is not read. Raises BadUpload.
    """
    data = _read(file, rules.PHOTO_BYTES, Trouble.PHOTO_TOO_LARGE)
    if rules.is_avif(data[:32]):
        raise bad_upload(Trouble.AVIF)
    if rules.photo_format(data[:32]) is None:
        raise bad_upload(Trouble.NOT_A_PHOTO)
    return send_to_workshop("picture" if is_small else "photo", data, Trouble.PHOTO_BROKEN)


def remake_voice(file: File, *, may_move: bool = True) -> Remade:
    """Keep only the sound. `may_move` also accepts a video, the format in which some phones record sound."""
    data = _read(file, rules.VOICE_BYTES, Trouble.VOICE_TOO_LARGE)
    if rules.voice_format(data[:32]) is None:
        raise bad_upload(Trouble.NOT_A_VOICE)
    return send_to_workshop("voice" if may_move else "sound", data, Trouble.VOICE_BROKEN)


def remake_document(file: File) -> Remade:
    """Convert the document to a PDF with pictures of its pages."""
    data = _read(file, rules.DOCUMENT_BYTES, Trouble.DOCUMENT_TOO_LARGE)
    if not rules.is_document(data[:32]):
        raise bad_upload(Trouble.NOT_KNOWN)
    return send_to_workshop("document", data, Trouble.DOCUMENT_BROKEN)


def remake_any(file: File) -> Remade:
    """Re-encode a photo, a PDF or a recording, depending on its first bytes.

    A video is refused, because its pictures would be lost without notice.
    """
    file.seek(0)
    start = file.read(32)
    if rules.photo_format(start) or rules.is_avif(start):
        return remake_photo(file)
    if start and rules.voice_format(start):
        content_type = getattr(file, "content_type", None) or ""
        # A file this large is not opened, so its content type decides.
        if file.size > rules.VOICE_BYTES and content_type.startswith("video/"):
            raise bad_upload(Trouble.MOVING_PICTURES)
        return remake_voice(file, may_move=False)
    return remake_document(file)


def _read(file: File, most_bytes: int, too_large: Trouble) -> bytes:
    if file.size > most_bytes:
        raise bad_upload(too_large)
    if not file.size:
        raise bad_upload(Trouble.EMPTY)
    file.seek(0)
    return file.read(most_bytes + 1)


def send_to_workshop(kind: str, data: bytes, if_it_dies: Trouble) -> Remade:
    """Return what `python -m uploads.workshop` makes of the data; raises BadUpload.

    Its output goes to a file, so that the limit on file sizes (rules.RECEIVED_BYTES) applies to it too.
    """
    command = [sys.executable, "-m", "uploads.workshop", kind]
    keep = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    try:
        # We delete its scratch files ourselves, so that none remain if we had to stop it.
        with _turns, tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryFile() as made:
            subprocess.run(
                command,
                input=data,
                stdout=made,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
                env=keep | {"TMPDIR": scratch},
                timeout=rules.WORKSHOP_SECONDS,
                check=True,
            )
            made.seek(0)
            output = made.read()
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        log.warning("upload_workshop_failed", kind=kind, why=type(failure).__name__)
        raise bad_upload(if_it_dies) from None
    line, _, rest = output.partition(b"\n")
    said = json.loads(line)
    if "trouble" in said:
        raise bad_upload(Trouble(said["trouble"]))
    contents, start = [], 0
    for content_type, length in said["contents"]:
        contents.append((content_type, rest[start : start + length]))
        start += length
    return Remade(said["facts"], contents)

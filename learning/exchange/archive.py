"""A pack as a ZIP: untrusted bytes in, its files or every fault out; files in, always the same bytes out.

Besides the files of `learning.pack`, `pack.toml` has a `key`, and a lesson may have a recording for each
language (`<lesson>/<language>.opus`). English may be left out; Chinese may not.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from learning.exchange.writing import OWN
from learning.pack import LANGUAGES, Pack, is_key, read
from learning.pack_class import always_file
from learning.pack_files import Fault, Reader, Trouble
from uploads.rules import VOICE_SECONDS
from uploads.zips import BadZip, repacked

NEEDED = LANGUAGES[:1]
ARCHIVE_BYTES = 16_000_000  # bytes of an uploaded ZIP
UNPACKED_BYTES = 24_000_000  # bytes; 24 lessons with two recordings each have some 10 million
TEXT_BYTES = 200_000  # bytes of a file that is not a recording
FILES_AT_MOST = 400
SOUNDS_AT_MOST = (
    48  # recordings; of three minutes each they fill ARCHIVE_BYTES, and our pack in two languages
)
OPUS_RATE = 48_000  # positions a second, whatever the recording was made with (RFC 7845, section 4)
KEY_AT_MOST = 24  # characters
MANIFEST = "pack.toml"
ON_TOP = {MANIFEST, *map(always_file, LANGUAGES)}
OF_A_LESSON = {"lesson.toml", "picture.svg", *(f"{one}.md" for one in LANGUAGES)}
SOUNDS = {f"{one}.opus": one for one in LANGUAGES}
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db")  # what operating systems add to archives
STAMP = (2020, 1, 1, 0, 0, 0)  # the same for each file, so that the same pack gives the same bytes


@dataclass(frozen=True)
class Opened:
    key: str
    pack: Pack
    files: Mapping[str, bytes]  # without recordings
    sounds: Mapping[tuple[str, str], bytes]  # lesson and language → a recording as it came


def opened(content: bytes, *, is_ours: bool = False) -> tuple[Opened | None, list[Fault]]:
    """Return (pack, []), or (None, faults).

    `is_ours`: we have stored it, and it may be what a school has written itself.
    """
    try:
        found = _files(content)
    except BadZip as bad:
        return None, [Fault("", Trouble(f"zip_{bad.why}"))]
    faults = [Fault(name, Trouble.UNKNOWN) for name in found if not _is_known(name)]
    faults += [
        Fault(name, Trouble.TOO_LONG)
        for name, data in found.items()
        if len(data) > TEXT_BYTES and not name.endswith(".opus")
    ]
    sounds = {name: data for name, data in found.items() if name.endswith(".opus")}
    if len(sounds) > SOUNDS_AT_MOST:
        faults.append(Fault("", Trouble.TOO_MANY_SOUNDS))
    if not is_ours and not faults:
        faults = [
            Fault(name, Trouble.NOT_SOUND) for name, one in sounds.items() if not _is_sound(one)
        ]
    if faults:
        return None, faults
    pack, faults = _read({name: one for name, one in found.items() if name not in sounds}, sounds)
    if pack and pack.key == OWN and not is_ours:
        return None, [Fault(MANIFEST, Trouble.OWN_KEY, name="key")]
    return pack, faults


def _files(content: bytes) -> dict[str, bytes]:
    """Return the files of the archive; if it has a single folder, those below it. Raises BadZip."""
    with zipfile.ZipFile(io.BytesIO(repacked(content, UNPACKED_BYTES))) as archive:
        names = [
            one
            for one in archive.namelist()
            if not one.endswith("/") and not any(litter in one for litter in LITTER)
        ]
        if len(names) > FILES_AT_MOST:
            raise BadZip("unfolds")
        tops = {name.partition("/")[0] for name in names}
        top = f"{tops.pop()}/" if MANIFEST not in names and len(tops) == 1 else ""
        return {name.removeprefix(top): archive.read(name) for name in names}


def _is_known(name: str) -> bool:
    folder, _, file = name.partition("/")
    return name in ON_TOP or (is_key(folder) and (file in OF_A_LESSON or file in SOUNDS))


def _read(files: dict[str, bytes], given: dict[str, bytes]) -> tuple[Opened | None, list[Fault]]:
    pack, faults = read(files, NEEDED)
    if pack is None:
        return None, faults
    key = Reader(files).toml(MANIFEST, files[MANIFEST].decode("utf-8-sig")).get("key")
    if not is_key(key) or len(str(key)) > KEY_AT_MOST:
        faults.append(Fault(MANIFEST, Trouble.FIELD, name="key"))
    keys = {one.key for one in pack.lessons}
    faults += [
        Fault(name, Trouble.UNKNOWN)
        for name in (*files, *given)
        if name not in ON_TOP and name.partition("/")[0] not in keys
    ]
    if faults:
        return None, faults
    sounds = {
        (name.partition("/")[0], SOUNDS[name.partition("/")[2]]): data
        for name, data in given.items()
    }
    return Opened(str(key), pack, files, sounds), []


def _is_sound(data: bytes) -> bool:
    """Return whether the file claims to be a sound of allowed length, a quick check.

    `keep_sounds` finds out whether that is true.
    """
    if not data.startswith(b"OggS") or data[28:36] != b"OpusHead":
        return False
    last_page = data.rfind(b"OggS")
    position = int.from_bytes(data[last_page + 6 : last_page + 14], "little")
    skipped = int.from_bytes(data[38:40], "little")
    return 0 < position - skipped <= VOICE_SECONDS * OPUS_RATE


def packed(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files, key=lambda one: (one != MANIFEST, one)):
            archive.writestr(zipfile.ZipInfo(name, STAMP), files[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def sound_file(lesson: str, language: str) -> str:
    return f"{lesson}/{language}.opus"

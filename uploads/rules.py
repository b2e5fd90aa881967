"""The limits on photos, voice notes and other files: what we accept, what we keep, and why we
refuse a file.
"""

import re
from enum import StrEnum

PHOTO_BYTES = 12_000_000  # in: bytes; a phone's largest ordinary photo
PHOTO_PIXELS = 64_000_000  # in: pixels; phones take up to 50 million
PHOTO_LONG_SIDE = 1600  # out: pixels; fills a screen, or half an A4 page
PHOTO_KEPT_BYTES = 300_000  # out: bytes; takes a minute on a 50 kbit/s line

# For a picture for families (out): a phone's screen, and ten seconds each on a 50 kbit/s line.
PICTURE_LONG_SIDE = 640  # pixels
PICTURE_KEPT_BYTES = 60_000  # bytes

VOICE_BYTES = 12_000_000  # in: bytes; three minutes in any format that a phone records
VOICE_SECONDS = 180  # in: seconds; it is a note, not a meeting
VOICE_LEAST_SECONDS = 0.5  # anything shorter was a mistake
VOICE_RATE = 16_000  # out: samples a second; all that speech needs
# Out: bits a second; for speech the encoder uses more than this setting.
VOICE_AAC_BIT_RATE = 13_000
VOICE_BIT_RATE = 14_000  # out: bits a second, so that ten seconds with their container fit into…
VOICE_BYTES_PER_10_SECONDS = 20_000  # …this (experience.md: pages of the family)
VOICE_SILENT_PEAK = 100  # of 32767 (about -50 dB): below this the microphone was covered
RATES = range(8_000, 96_001)  # samples a second that recorders really use

DOCUMENT_BYTES = 15_000_000  # in: bytes; twenty pages from a school's scanner in colour
DOCUMENT_PAGES = 20  # more than that is a book or a whole file
DOCUMENT_DOTS = 150  # out: dots per inch; a form filled in by hand is legible
DOCUMENT_SIDE_INCHES = 17  # out: A3; a larger page (a plan, a poster) is scaled down
DOCUMENT_KEPT_BYTES = 8_000_000  # out: bytes; the size of the database row

# Characters in all cells; 6,000 rows of a full roster have about 2 million.
TABLE_CHARS = 30_000_000

FORM_CHARS = 8_000_000  # characters of an XLSForm; the longest public ones have about 100,000

# Bytes of one file that are stored while it arrives; the rest is only counted.
RECEIVED_BYTES = 16_000_000
BODY_BYTES = 200_000_000  # bytes of a request; a larger one is not read at all

TABLE_UNPACKED_BYTES = 60 * 1024 * 1024  # 6,000 rows of a full roster are about 10 MB
# Cells of all sheets, including empty ones; 6,000 rows of 60 columns are a fifth of this.
TABLE_CELLS = 2_000_000

WORKSHOP_CPU_SECONDS = 12
WORKSHOP_SECONDS = 25  # wall-clock time, on a busy machine
WORKSHOP_FILES = 64  # open at once
# Threads of its user at one time; includes those of the web server if that is the same user.
WORKSHOP_THREADS = 512
# Of address space; a photo of 64 million pixels needs half of it.
WORKSHOP_MEMORY_BYTES = 1_500_000_000


class Trouble(StrEnum):
    """Why we refuse a file; presenters has the reader's sentence for each."""

    EMPTY = "empty"
    PHOTO_TOO_LARGE = "photo_too_large"
    PHOTO_TOO_MANY_PIXELS = "photo_too_many_pixels"
    NOT_A_PHOTO = "not_a_photo"
    PHOTO_BROKEN = "photo_broken"
    VOICE_TOO_LARGE = "voice_too_large"
    VOICE_TOO_LONG = "voice_too_long"
    VOICE_TOO_SHORT = "voice_too_short"
    NOT_A_VOICE = "not_a_voice"
    VOICE_BROKEN = "voice_broken"
    VOICE_SILENT = "voice_silent"
    DOCUMENT_TOO_LARGE = "document_too_large"
    DOCUMENT_TOO_LONG = "document_too_long"
    DOCUMENT_LOCKED = "document_locked"
    DOCUMENT_BROKEN = "document_broken"
    NOT_KNOWN = "not_known"
    AVIF = "avif"
    MOVING_PICTURES = "moving_pictures"
    TABLE_LOCKED = "table_locked"
    TABLE_BROKEN = "table_broken"
    TABLE_UNFOLDS = "table_unfolds"
    KEY_TAKEN = "key_taken"


class BadUpload(ValueError):
    """A file that we do not keep; str() is the sentence for the reader, in the reader's language."""

    def __init__(self, trouble: Trouble, words: object) -> None:
        super().__init__(words)
        self.trouble = trouble


_PHOTO_STARTS = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG"),
    (re.compile(rb"RIFF....WEBP", re.S), "WEBP"),
    (re.compile(rb"....ftyp(heic|heix|heim|heis|hevc|mif1|msf1)", re.S), "HEIF"),
)

# The names are FFmpeg's. Naming the format excludes its playlists, which open other addresses.
_VOICE_STARTS = (
    (re.compile(rb"\x1aE\xdf\xa3"), "matroska"),
    (re.compile(rb"OggS"), "ogg"),
    (re.compile(rb"....ftyp", re.S), "mov"),
    (re.compile(rb"RIFF....WAVE", re.S), "wav"),
    (re.compile(rb"#!AMR(-WB)?\n"), "amr"),
    (re.compile(rb"\xff[\xf0\xf1\xf8\xf9]"), "aac"),
    (re.compile(rb"ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]"), "mp3"),
)


def is_document(start: bytes) -> bool:
    """Return whether the file begins like a PDF, the only kind of document that we accept."""
    return start.startswith(b"%PDF-")


def is_avif(start: bytes) -> bool:
    """Return whether the file is a photo in a format that the workshop does not read."""
    return bool(re.match(rb"....ftypavi[fs]", start, re.S))


def photo_format(start: bytes) -> str | None:
    """Return the photo format (Pillow's name) from the first bytes; we never use the file's name."""
    return next((name for sign, name in _PHOTO_STARTS if sign.match(start)), None)


def voice_format(start: bytes) -> str | None:
    return next((name for sign, name in _VOICE_STARTS if sign.match(start)), None)

"""What is said when a file is turned away."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from uploads import rules
from uploads.rules import BadUpload, Trouble

_MB = 1_000_000

WORDS = {
    Trouble.EMPTY: _("There is nothing in this file. Please choose it again."),
    Trouble.PHOTO_TOO_LARGE: format_lazy(
        _("This photo is too large (at most {megabytes} MB). Send a smaller one."),
        megabytes=rules.PHOTO_BYTES // _MB,
    ),
    Trouble.PHOTO_TOO_MANY_PIXELS: _("This photo has too many pixels. Send a smaller one."),
    Trouble.NOT_A_PHOTO: _("This is not a photo. JPEG, PNG, WebP and HEIC can be read."),
    Trouble.PHOTO_BROKEN: _("This photo did not arrive whole. Please choose it again."),
    Trouble.VOICE_TOO_LARGE: format_lazy(
        _("This recording is too large (at most {megabytes} MB). Record a shorter one."),
        megabytes=rules.VOICE_BYTES // _MB,
    ),
    Trouble.VOICE_TOO_LONG: format_lazy(
        _("This recording is too long (at most {minutes} minutes). Record a shorter one."),
        minutes=rules.VOICE_SECONDS // 60,
    ),
    Trouble.VOICE_TOO_SHORT: _("That was too short to hear anything. Please record it again."),
    Trouble.NOT_A_VOICE: _("This is not a sound recording. Please choose another file."),
    Trouble.VOICE_BROKEN: _("This recording did not arrive whole. Please record it again."),
    Trouble.VOICE_SILENT: _(
        "We hear nothing in it. Hold the microphone closer and record it again."
    ),
    Trouble.DOCUMENT_TOO_LARGE: format_lazy(
        _("This PDF is too large (at most {megabytes} MB). Scan it smaller, or in parts."),
        megabytes=rules.DOCUMENT_BYTES // _MB,
    ),
    Trouble.DOCUMENT_TOO_LONG: format_lazy(
        _("This PDF has too many pages (at most {pages}). Please add it in parts."),
        pages=rules.DOCUMENT_PAGES,
    ),
    Trouble.DOCUMENT_LOCKED: _("This PDF asks for a password. Please save it without one first."),
    Trouble.DOCUMENT_BROKEN: _("This PDF cannot be read. Please choose it again, or scan it anew."),
    Trouble.NOT_KNOWN: _(
        "This kind of file is not taken: only photos, PDF and sound recordings. Save a text as PDF first."
    ),
    Trouble.AVIF: _(
        "This photo is saved as AVIF, which cannot be read here. Save it as JPEG first."
    ),
    Trouble.MOVING_PICTURES: _(
        "Videos are not taken. Keep a photo of it, or a recording of the sound alone."
    ),
    Trouble.TABLE_LOCKED: _(
        "The file is locked with a password. Please save it without one and choose it again."
    ),
    Trouble.TABLE_BROKEN: _(
        "The file is damaged. Please open it in Excel, save it again and choose the new file."
    ),
    Trouble.TABLE_UNFOLDS: _("The file unfolds to more than 60 MB and was not opened."),
    Trouble.KEY_TAKEN: _("This page is no longer fresh. Please open it again."),
}


def bad_upload(trouble: Trouble) -> BadUpload:
    return BadUpload(trouble, WORDS[trouble])

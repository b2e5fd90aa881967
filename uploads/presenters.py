"""The sentences with which we refuse a file."""

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from uploads import rules
from uploads.rules import BadUpload, Trouble

_MB = 1_000_000

WORDS = {
    Trouble.EMPTY: _("This file is empty. Please choose it again."),
    Trouble.PHOTO_TOO_LARGE: format_lazy(
        _("This photo is too large (at most {megabytes} MB). Send a smaller one."),
        megabytes=rules.PHOTO_BYTES // _MB,
    ),
    Trouble.PHOTO_TOO_MANY_PIXELS: _("This photo has too many pixels. Send a smaller one."),
    Trouble.NOT_A_PHOTO: _("This is not a photo. We accept JPEG, PNG, WebP and HEIC."),
    Trouble.PHOTO_BROKEN: _("This photo arrived incomplete. Please choose it again."),
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
    Trouble.VOICE_BROKEN: _("This recording arrived incomplete. Please record it again."),
    Trouble.VOICE_SILENT: _(
        "We cannot hear anything in it. Hold the microphone closer and record it again."
    ),
    Trouble.DOCUMENT_TOO_LARGE: format_lazy(
        _("This PDF is too large (at most {megabytes} MB). Scan it smaller, or in parts."),
        megabytes=rules.DOCUMENT_BYTES // _MB,
    ),
    Trouble.DOCUMENT_TOO_LONG: format_lazy(
        _("This PDF has too many pages (at most {pages}). Please add it in parts."),
        pages=rules.DOCUMENT_PAGES,
    ),
    Trouble.DOCUMENT_LOCKED: _("This PDF has a password. Please save it without one first."),
    Trouble.DOCUMENT_BROKEN: _(
        "We cannot read this PDF. Please choose it again, or scan it again."
    ),
    Trouble.NOT_KNOWN: _(
        "We accept only photos, PDF files and sound recordings. Save a text as PDF first."
    ),
    Trouble.AVIF: _("This photo is in AVIF format, which we cannot read. Save it as JPEG first."),
    Trouble.MOVING_PICTURES: _(
        "We do not accept videos. Add a photo or a sound recording instead."
    ),
    Trouble.TABLE_LOCKED: _(
        "The file has a password. Please save it without one and choose it again."
    ),
    Trouble.TABLE_BROKEN: _(
        "The file is damaged. Please open it in Excel, save it again and choose the new file."
    ),
    Trouble.TABLE_UNFOLDS: _("The file is larger than 60 MB when unpacked, so we did not open it."),
    Trouble.KEY_TAKEN: _("This page is out of date. Please open it again."),
}


def bad_upload(trouble: Trouble) -> BadUpload:
    return BadUpload(trouble, WORDS[trouble])

"""Fields for a photo and a voice note that show what is wrong with the file.

The field processes the file once; the action finds the result on it (`file.remade`).
"""

from typing import Any

from django import forms
from django.core.files import File
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from uploads.remaking import Remade, remake_any, remake_photo, remake_voice
from uploads.rules import DOCUMENT_BYTES, PHOTO_BYTES, VOICE_BYTES, BadUpload


class _MadeAnewField(forms.FileField):
    # Django's own widget also reads a "clear" box, which none of our pages has, and returns other types.
    widget = forms.FileInput
    accept = ""
    most_bytes = 0

    def __init__(self, **kwargs) -> None:
        # A photo taken on a phone may have a name of any length; we do not keep it.
        super().__init__(**{"max_length": None, "allow_empty_file": True, **kwargs})

    def widget_attrs(self, widget) -> dict[str, object]:
        return super().widget_attrs(widget) | {
            "accept": self.accept,
            "data-most-bytes": self.most_bytes,
        }

    def remake(self, file: File) -> Remade:
        raise NotImplementedError

    def to_python(self, data):
        file: Any = super().to_python(data)
        if file is None:
            return None
        try:
            file.remade = self.remake(file)
        except BadUpload as bad:
            raise forms.ValidationError(str(bad), code=bad.trouble) from None
        return file


class PhotoField(_MadeAnewField):
    accept = "image/*"
    most_bytes = PHOTO_BYTES

    def remake(self, file: File) -> Remade:
        return remake_photo(file)


class PictureField(PhotoField):
    """A photo that families view on their phones: nothing larger is kept."""

    def remake(self, file: File) -> Remade:
        return remake_photo(file, is_small=True)


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else []


class PicturesField(PictureField):
    """Several pictures at once, at most `most`; an error names the file it concerns."""

    widget = _ManyFiles

    def __init__(self, *, most: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.most = most

    def has_changed(self, initial, data) -> bool:
        return bool(data)

    def clean(self, data, initial=None) -> list[File]:
        if not data:
            return [super().clean(None, initial)]
        if len(data) > self.most:  # checked before the files are processed
            words = ngettext("At most %(n)d at a time.", "At most %(n)d at a time.", self.most)
            raise forms.ValidationError(words % {"n": self.most})
        found: list[File] = []
        wrong: list[forms.ValidationError | str] = []
        for file in data:
            try:
                found.append(super().clean(file, initial))
            except forms.ValidationError as bad:
                told = {"file": file.name, "trouble": bad.messages[0]}
                wrong.append(_("%(file)s: %(trouble)s") % told if len(data) > 1 else bad)
        if wrong:
            raise forms.ValidationError(wrong)
        return found


class VoiceField(_MadeAnewField):
    # Some phones list their recordings as videos.
    accept = "audio/*,.amr,.m4a,.aac,.mp3,.ogg,.opus,.wav,.3gp"
    most_bytes = VOICE_BYTES

    def remake(self, file: File) -> Remade:
        return remake_voice(file)


class AnyFileField(_MadeAnewField):
    """A photo, a PDF or a recording."""

    accept = f"image/*,.pdf,application/pdf,{VoiceField.accept}"
    most_bytes = DOCUMENT_BYTES

    def remake(self, file: File) -> Remade:
        return remake_any(file)

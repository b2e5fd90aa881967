from pathlib import PurePath
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from counselling.attachments.actions import NAME_MAX
from safeguarding.forms import KeyedForm
from uploads.actions import key_of_file
from uploads.forms import AnyFileField


class AttachmentForm(KeyedForm):
    file = AnyFileField(
        label=_("Photo, PDF or recording"),
        help_text=_(
            "At most 12 MB; a PDF 15 MB and 20 pages, a recording three minutes. No videos. We "
            "store a re-encoded, encrypted copy."
        ),
    )
    name = forms.CharField(
        label=_("What it is"),
        help_text=_("Left empty, it keeps the name of the file."),
        required=False,
        max_length=NAME_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def kept(self) -> dict[str, Any]:
        """Return the arguments of actions.add."""
        data = self.cleaned_data
        name = data["name"] or PurePath(data["file"].name).stem
        key = key_of_file(data["key"], data["file"], "attachment")
        return {"name": name, "remade": data["file"].remade, "key": key}

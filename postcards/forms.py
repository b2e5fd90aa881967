"""Forms for recordings from a child or a parent."""

from uuid import UUID

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from postcards.rules import POSTCARD_SECONDS, is_too_long
from uploads.forms import VoiceField


class VoiceForm(forms.Form):
    voice = VoiceField(error_messages={"required": _("Record something first.")})
    key = forms.UUIDField(error_messages={"required": _("Please open this page again.")})

    def clean_voice(self):
        file = self.cleaned_data["voice"]
        if is_too_long(file.remade.facts["seconds"]):
            raise forms.ValidationError(
                format_lazy(
                    _("A postcard can be up to {seconds} seconds long. Record a shorter one."),
                    seconds=POSTCARD_SECONDS,
                )
            )
        return file

    @property
    def fresh_key(self) -> str:
        """Return the posted key, so that a form sent again after an error keeps its key."""
        try:
            return str(UUID(self.data.get("key", "")))
        except ValueError:
            return ""

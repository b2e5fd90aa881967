"""A recording of a lesson; errors appear at their field."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from learning.pack import LANGUAGES
from uploads.forms import VoiceField

PAGE_IS_OLD = _("Please open this page again.")


class RecordingForm(forms.Form):
    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": PAGE_IS_OLD, "invalid": PAGE_IS_OLD},
    )
    language = forms.ChoiceField(choices=[(one, one) for one in LANGUAGES])
    voice = VoiceField(
        label=_("The recording, at most three minutes"),
        error_messages={"required": _("Record something first.")},
    )
    is_same = forms.BooleanField(
        label=_("I have listened to it. It says what the transcript says, and nothing else."),
        error_messages={"required": _("Listen to it once, then tick this.")},
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("key", uuid.uuid4())

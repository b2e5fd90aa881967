"""A form for the recording of one sentence, with each error at its field."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from delivery.sentences.rules import SENTENCE_SECONDS, SPEAKER_CHARS
from uploads.forms import VoiceField

PAGE_IS_OLD = _("Please open this page again.")


class SentenceForm(forms.Form):
    speaker = forms.CharField(
        label=pgettext_lazy("a sentence", "Who speaks"),
        help_text=_("For example a grandmother of the village. Families do not see this name."),
        max_length=SPEAKER_CHARS,
    )
    voice = VoiceField(error_messages={"required": _("Record something first.")})
    is_same = forms.BooleanField(
        label=_(
            "I have listened to it. It says this sentence and nothing else, with the same keys. "
            "The speaker knows that families hear it, and agrees."
        ),
        error_messages={"required": _("Listen to it once, then tick this.")},
    )
    key = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages={"required": PAGE_IS_OLD, "invalid": PAGE_IS_OLD},
    )
    # The text that the page showed. If it has changed since, the recording no longer says it.
    words = forms.CharField(widget=forms.HiddenInput, strip=False, required=False)

    def __init__(self, *args, words: str, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.words_now = words

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("words") != self.words_now and "key" not in self.errors:
            self.add_error("key", PAGE_IS_OLD)
        return data

    def clean_voice(self):
        file = self.cleaned_data["voice"]
        if file.remade.facts["seconds"] > SENTENCE_SECONDS:
            words = _("A recording can be up to {seconds} seconds long. Record a shorter one.")
            raise ValidationError(format_lazy(words, seconds=SENTENCE_SECONDS))
        return file

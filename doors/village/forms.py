from django import forms
from django.utils.translation import gettext_lazy as _

from safeguarding.actions import WORDS_MAX


class WorryForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What you saw or heard, in plain words"),
        max_length=WORDS_MAX,
        error_messages={"required": _("Please write in a few words what you saw or heard.")},
    )
    is_urgent = forms.BooleanField(
        label=_("Needs an adult right now, even at night"), required=False
    )

from typing import cast

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from counselling.actions import WORDS_MAX
from counselling.models import Concern


def _words(label, required: bool = True, help_text="") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=WORDS_MAX,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class _Form(forms.Form):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class CloseForm(_Form):
    closing = forms.ChoiceField(
        label=_("How did it end?"), choices=Concern.Closing.choices, widget=forms.RadioSelect
    )
    words = _words(_("What was done"))


class HandOverForm(_Form):
    to: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("To whom"), queryset=User.objects.none(), empty_label=None
    )
    words = _words(_("What they should know"), required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        to = cast(forms.ModelChoiceField, self.fields["to"])
        to.queryset = people


class ReopenForm(_Form):
    words = _words(_("Why it is opened again"))


class WorryForm(_Form):
    words = _words(
        _("What you saw or heard, in plain words"),
        help_text=_("What you saw, when, in which words. Not what you think it means."),
    )
    is_urgent = forms.BooleanField(
        label=_("An adult is needed right now, also at night"), required=False
    )
    key = forms.CharField(max_length=36, widget=forms.HiddenInput)

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from counselling.models import Concern

WORDS_MAX = 500  # characters, as the columns


def _words(label, required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=WORDS_MAX, required=required, widget=widget)


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
    to = forms.ModelChoiceField(label=_("To whom"), queryset=None, empty_label=None)
    words = _words(_("What they should know"), required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people


class ReopenForm(_Form):
    words = _words(_("Why it is opened again"))


class WorryForm(_Form):
    words = _words(_("What you saw or heard, in plain words"))
    is_urgent = forms.BooleanField(
        label=_("An adult is needed right now, also at night"), required=False
    )
    key = forms.CharField(max_length=36, widget=forms.HiddenInput)

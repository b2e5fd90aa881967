"""The form for closing a child's file to a colleague."""

from django import forms
from django.utils.translation import gettext_lazy as _


class BarForm(forms.Form):
    """Choose a colleague to whom a child's file is closed."""

    who: forms.ModelChoiceField = forms.ModelChoiceField(queryset=None, label=_("Who"))
    reason = forms.CharField(
        label=_("Reason, in words that a colleague will understand"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["who"].queryset = people  # type: ignore[attr-defined]

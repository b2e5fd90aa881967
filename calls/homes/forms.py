from django import forms
from django.utils.translation import gettext_lazy as _

WINDOW_WORDS = [
    ("evenings", _("Monday to Friday, 18:30 to 20:30")),
    ("mornings", _("Saturday and Sunday, 9:00 to 11:00")),
    ("afternoons", _("Saturday and Sunday, 15:00 to 17:00")),
    ("weekend_evenings", _("Saturday and Sunday, 18:30 to 20:30")),
]


class WindowsForm(forms.Form):
    """When a phone at home may ring; never if nothing is ticked."""

    windows = forms.MultipleChoiceField(
        choices=WINDOW_WORDS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label=_("Calls may ring on the phone at home"),
        error_messages={"invalid_choice": _("Please choose one of the times shown here.")},
    )

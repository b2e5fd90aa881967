from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from guardians.phones import parse_phone


class PhoneForm(forms.Form):
    phone = forms.CharField(
        max_length=24, error_messages={"required": gettext_lazy("Please enter your phone number.")}
    )

    def clean_phone(self) -> str:
        phone = parse_phone(self.cleaned_data["phone"])
        if phone.is_good:
            return phone.address
        problems = {
            "too_short": _("This number lacks a digit. Please look once more."),
            "too_long": _("This number has a digit too many. Please look once more."),
        }
        words = problems.get(phone.problem, _("This is not a phone number. Please look once more."))
        raise forms.ValidationError(words)

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.passwords import length_rule
from core.phones import PhoneField
from schools.forms import Plain

NEW_PASSWORD = forms.PasswordInput(attrs={"autocomplete": "new-password"})


class NewPasswordForm(Plain, forms.Form):
    """A password, typed twice and checked against the rules of the installation."""

    password1 = forms.CharField(label=_("new password"), widget=NEW_PASSWORD, strip=False)
    password2 = forms.CharField(label=_("repeat it"), widget=NEW_PASSWORD, strip=False)

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["password1"].help_text = length_rule()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, second = cleaned.get("password1"), cleaned.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords differ."))
        elif first:
            self._check(first)
        return cleaned

    def _check(self, password: str) -> None:
        try:
            password_validation.validate_password(password, self.user)
        except forms.ValidationError as error:
            self.add_error("password1", error)


class FirstPasswordForm(NewPasswordForm):
    """The form in which the owner sets their contact details; afterwards nobody else can."""

    phone = PhoneField(
        label=_("mobile phone"),
        max_length=40,
        required=False,
        help_text=_("Use your own. We send alerts here when a child needs an adult."),
    )
    email = forms.EmailField(
        label=_("e-mail"),
        required=False,
        help_text=_("Use your own. You need it if you forget your password."),
    )
    number = forms.CharField(
        label=_("the number that the second person told you"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
        help_text=_("Somebody other than the person who gave you this address."),
    )
    field_order = ("number", "phone", "email", "password1", "password2")

    def __init__(self, *args, needs_number: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not needs_number:
            del self.fields["number"]


class NumberAndPasswordForm(NewPasswordForm):
    number = forms.CharField(
        label=_("the number that the second person told you"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    field_order = ("number", "password1", "password2")

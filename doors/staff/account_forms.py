from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import guessing
from accounts.forms import give_back, take
from accounts.models import User
from core.phones import PhoneField
from schools.forms import Plain
from schools.passwords.forms import NewPasswordForm


class ReachForm(Plain, forms.Form):
    """How to reach the account's owner.

    It asks for the password, because these details can be used to set a new one.
    """

    phone = PhoneField(
        label=_("mobile phone"),
        max_length=40,
        required=False,
        help_text=_("Alerts go here when a child needs an adult."),
    )
    email = forms.EmailField(
        label=_("e-mail"),
        required=False,
        help_text=_("We use it if you forget your password."),
    )
    password = forms.CharField(
        label=_("your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args, user: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """Limit the tries, so that nobody can guess the password in a session left open."""
        bucket = guessing.OLD_PASSWORD.of(self.user.pk)
        take(bucket)
        if not self.user.check_password(self.cleaned_data["password"]):
            raise ValidationError(_("This is not your password."))
        give_back(bucket)
        return self.cleaned_data["password"]


class ForgottenForm(Plain, forms.Form):
    username = forms.CharField(label=_("phone or staff number"), max_length=150)
    means = forms.ChoiceField(
        label=_("Send the code to"),
        choices=[("email", _("my e-mail")), ("phone", _("my mobile phone"))],
        widget=forms.RadioSelect,
        initial="email",
    )


class CodeAndPasswordForm(NewPasswordForm):
    """`user` is an unsaved account: the messages about the password must not reveal whether the account
    exists.
    """

    username = forms.CharField(label=_("phone or staff number"), max_length=150)
    code = forms.CharField(
        label=_("code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    field_order = ("username", "code", "password1", "password2")

    def __init__(self, data=None, **kwargs):
        super().__init__(data, user=User(username=(data or {}).get("username", "")), **kwargs)

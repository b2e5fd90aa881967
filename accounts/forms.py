"""allauth's forms for anything that can be guessed or is sent, with our limits in front of them."""

from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.core import context
from django import forms
from django.utils.translation import gettext as _

from accounts import guessing, rate_limits
from core import clock


def take(*buckets: rate_limits.Bucket) -> None:
    free_at = rate_limits.take(*buckets, at=clock.for_request(context.request))
    if free_at is not None:
        time = {"time": rate_limits.time_of(free_at)}
        raise forms.ValidationError(_("Too many tries. Try again at %(time)s.") % time)


def give_back(*buckets: rate_limits.Bucket) -> None:
    rate_limits.give_back(*buckets, at=clock.for_request(context.request))


class PasswordChangeForm(ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        bucket = guessing.OLD_PASSWORD.of(self.user.pk)
        take(bucket)
        old = super().clean_oldpassword()
        give_back(bucket)
        return old


class SignInForm(LoginForm):
    """Without the link to a forgotten password at the field: the page shows it once, further down."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        self.fields["login"].label = _("Phone, staff number or username")
        self.fields["login"].widget.attrs.pop("placeholder", None)

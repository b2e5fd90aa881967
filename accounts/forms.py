"""allauth's forms in which something can be guessed or sent, with our limits before them."""

from allauth.account.forms import ChangePasswordForm, ResetPasswordForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django import forms
from django.utils.translation import gettext as _

from accounts import client, clock, guessing, tries


def _take(*buckets: tries.Bucket) -> None:
    free_at = tries.take(*buckets, at=clock.for_request(context.request))
    if free_at is not None:
        time = {"time": tries.time_of(free_at)}
        raise forms.ValidationError(_("Too many tries. Try again at %(time)s.") % time)


def _give_back(*buckets: tries.Bucket) -> None:
    tries.give_back(*buckets, at=clock.for_request(context.request))


class CodeForm(AuthenticateForm):
    """Second factor at sign-in, printed recovery codes included."""

    def clean_code(self) -> str:
        buckets = guessing.code_buckets(context.request, self.user)
        _take(*buckets)
        code = super().clean_code()
        _give_back(*buckets)
        return code


class CodeAgainForm(CodeForm, ReauthenticateForm):
    """The same where somebody who is signed in shows again who they are."""

    save = ReauthenticateForm.save
    _emit_authentication_failed = ReauthenticateForm._emit_authentication_failed


class PasswordChangeForm(ChangePasswordForm):
    def clean_oldpassword(self) -> str:
        bucket = guessing.OLD_PASSWORD.of(self.user.pk)
        _take(bucket)
        old = super().clean_oldpassword()
        _give_back(bucket)
        return old


class PasswordResetForm(ResetPasswordForm):
    def clean_email(self) -> str:
        """Counted whether anybody has this address or not."""
        email = super().clean_email()
        here = client.network(context.request)
        _take(guessing.RESET_TO.of(email.casefold()), guessing.RESET_FROM.of(here))
        return email

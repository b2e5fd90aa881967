from typing import Any

import structlog
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import guessing
from accounts.forms import give_back, take
from accounts.second_factor import actions
from core.codes import CodeField
from core.requests import json_of

log = structlog.get_logger(__name__)

CODE_LENGTH = 20  # characters: eight digits, in any grouping
PASSKEY_NAME_LENGTH = 60
# Exceptions that fido2 raises for input that no browser sends.
MALFORMED = (ValueError, TypeError, KeyError, AttributeError, IndexError)


class DigitsField(CodeField):
    widget = forms.TextInput(
        attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
    )

    def validate(self, value: str) -> None:
        super().validate(value)
        if not (value.isascii() and value.isdigit()):
            raise ValidationError(_("Please enter the digits of the code."))


def code_field(label: Any) -> DigitsField:
    return DigitsField(label=label, max_length=CODE_LENGTH)


class _EachCodeOnce:
    """A code field that accepts each code once. allauth keeps used codes in the cache for less time than they
    are valid; here PostgreSQL keeps them.
    """

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        buckets = guessing.code_buckets(context.request, self.user)
        take(*buckets)
        code: str = self.cleaned_data["code"]
        ip = context.request.META.get("REMOTE_ADDR")
        self.authenticator = actions.accept_code(user=self.user, code=code, ip=ip)
        if self.authenticator is None:
            log.warning("second_step_refused", user_id=self.user.pk)
            raise get_adapter().validation_error("incorrect_code")
        give_back(*buckets)
        return code


class SecondStepForm(_EachCodeOnce, AuthenticateForm):
    code = code_field(_("Code"))


class ShowAgainForm(_EachCodeOnce, ReauthenticateForm):
    code = code_field(_("Code"))


class SetUpAppForm(ActivateTOTPForm):
    code = code_field(_("Code from the app"))
    counter: int | None = None

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        self.counter = actions.counter_of(self.secret, code)
        if self.counter is None:
            raise ValidationError(
                _("This code is wrong. Please enter the one that the app shows now.")
            )
        return code


class CredentialField(forms.JSONField):
    """A JSON field that treats every malformed value as bad input.

    Django's field does so only for its own ValueError: a number with 5,000 digits, or deep nesting, would
    count as a program error. The submitted value is never displayed again, because it is valid only once.
    """

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return json_of(value) if value else None
        except ValueError as error:
            raise ValidationError(self.error_messages["invalid"], params={"value": ""}) from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        return None

    def prepare_value(self, value: Any) -> str:
        return ""


class _FromTheBrowser:
    """A form whose hidden field carries the passkey's answer."""

    cleaned_data: dict[str, Any]

    def clean_credential(self) -> Any:
        given = self.cleaned_data["credential"]
        if not isinstance(given, dict):
            raise get_adapter().validation_error("incorrect_code")
        try:
            earlier = getattr(super(), "clean_credential", None)
            return earlier() if earlier else given
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error

    def clean(self) -> Any:
        try:
            return super().clean()  # type: ignore[misc]
        except MALFORMED as error:
            raise get_adapter().validation_error("incorrect_code") from error


class SetUpPasskeyForm(_FromTheBrowser, AddWebAuthnForm):
    """Always creates a passkey that signs in by itself: it requires a finger, a face or the device's code."""

    name = forms.CharField(
        label=_("A name for this device"),
        max_length=PASSKEY_NAME_LENGTH,
        required=False,
        help_text=_("Such as: office computer, my phone."),
    )
    credential = CredentialField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.initial["name"] = ""


class PasskeyForm(_FromTheBrowser, AuthenticateWebAuthnForm):
    credential = CredentialField()


class ShowPasskeyAgainForm(_FromTheBrowser, ReauthenticateWebAuthnForm):
    credential = CredentialField()


class SignInByPasskeyForm(_FromTheBrowser, LoginWebAuthnForm):
    credential = CredentialField()

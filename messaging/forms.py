"""What families tap and write, and what staff note and set up."""

import json
from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from guardians.phones import parse_phone
from messaging.channels.registry import CHANNELS
from messaging.models import Answer, ChannelKind, CheckInLine, FollowUp

WORDS_AT_MOST = 500  # characters; the field's own length
MOODS = [(number, str(number)) for number in range(1, 6)]


class ActForm(forms.Form):
    """One act of a family page. `key` is made with the page; a page without one is read again."""

    key = forms.RegexField(r"^[0-9a-f-]{8,40}$")

    def __init__(self, data, *, lines: Sequence[CheckInLine]):
        super().__init__(data)
        self.lines = lines

    @property
    def all_errors(self) -> list[str]:
        """Each error once, for the top of a page with one question."""
        if "key" in self.errors:
            return [_("That did not arrive. Please tap once more.")]
        return list(dict.fromkeys(str(e) for errors in self.errors.values() for e in errors))


class AnswerForm(ActForm):
    """One answer for all children, or one for each."""

    answer = forms.ChoiceField(choices=Answer, required=False)

    def __init__(self, data, *, lines: Sequence[CheckInLine]):
        super().__init__(data, lines=lines)
        for line in lines:
            self.fields[f"answer-{line.pk}"] = forms.ChoiceField(choices=Answer, required=False)

    def clean(self) -> dict[str, Any]:
        if not self.errors and len(self.answers) < len(self.lines):
            if len(self.lines) == 1 or not self.answers:
                raise forms.ValidationError(_("Please tap one of the three answers."))
            raise forms.ValidationError(_("Please answer for each child."))
        return self.cleaned_data

    @property
    def answers(self) -> dict[int, str]:
        for_all = self.cleaned_data.get("answer", "")
        given = {
            line.student_id: self.cleaned_data.get(f"answer-{line.pk}") or for_all
            for line in self.lines
        }
        return {child: answer for child, answer in given.items() if answer}


class MoreForm(ActForm):
    words = forms.CharField(
        max_length=WORDS_AT_MOST,
        required=False,
        error_messages={
            "max_length": gettext_lazy("That is a little too long: at most 500 characters.")
        },
    )

    def __init__(self, data, *, lines: Sequence[CheckInLine]):
        super().__init__(data, lines=lines)
        for line in lines:
            name = "mood" if len(lines) == 1 else f"mood-{line.pk}"
            self.fields[name] = forms.TypedChoiceField(
                choices=MOODS, coerce=int, empty_value=None, required=False
            )

    @property
    def moods(self) -> dict[int, int]:
        only = len(self.lines) == 1
        given = {
            line.student_id: self.cleaned_data.get("mood" if only else f"mood-{line.pk}")
            for line in self.lines
        }
        return {child: mood for child, mood in given.items() if mood}


class FollowUpForm(forms.Form):
    """What came of the teacher's own try."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What came of it?"),
        choices=FollowUp.Outcome,
        error_messages={"required": gettext_lazy("Please choose what came of it.")},
    )
    words = forms.CharField(
        label=gettext_lazy("A word about it"), max_length=WORDS_AT_MOST, required=False
    )


class StopForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Please say why in a few words.")},
    )


class ChannelForm(forms.Form):
    """Base of the channels' forms: `config` to show, `secrets` that are only written."""

    kind: str = ""
    is_enabled = forms.BooleanField(label=gettext_lazy("Send over this channel"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        """Fields of the form from what is stored."""
        return {}

    @property
    def config(self) -> dict[str, Any]:
        """Settings by name; None takes one away."""
        return {}

    @property
    def secrets(self) -> dict[str, str]:
        """Only what was typed: an empty field keeps what is stored."""
        return {}

    def clean(self) -> dict[str, Any]:
        """The channel itself has the last word on its settings."""
        if not self.errors:
            for name, problem in CHANNELS[self.kind].check_config(self.config).items():
                self.add_error(name if name in self.fields else None, problem)
        return self.cleaned_data


class EmailChannelForm(ChannelForm):
    kind = ChannelKind.EMAIL
    sender = forms.EmailField(
        label=gettext_lazy("From address"),
        help_text=gettext_lazy("Families see it as the sender. Empty: the address of this server."),
        required=False,
    )

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        return {"sender": config.get("from", "")}

    @property
    def config(self) -> dict[str, Any]:
        return {"from": self.cleaned_data.get("sender") or None}


class SmsChannelForm(ChannelForm):
    kind = ChannelKind.SMS
    PLAIN = (
        "method",
        "url",
        "content_type",
        "body",
        "refused_regex",
        "idempotency_header",
        "look_up_url",
    )
    METHODS = (("POST", "POST"), ("GET", "GET"))
    CONTENT_TYPES = (
        ("application/x-www-form-urlencoded", gettext_lazy("form fields")),
        ("application/json", "JSON"),
    )

    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=METHODS)
    url = forms.CharField(
        label=gettext_lazy("Address of the gateway"),
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text=gettext_lazy("{phone}, {text} and {key} are filled in when sending."),
    )
    content_type = forms.ChoiceField(label=gettext_lazy("Body is"), choices=CONTENT_TYPES)
    body = forms.CharField(
        label=gettext_lazy("Body"),
        max_length=4000,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("For example phone={phone}&content={text}"),
    )
    headers = forms.CharField(
        label=gettext_lazy("Headers"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=gettext_lazy("One on each line, such as Authorization: Bearer {secret_token}"),
    )
    secret_token = forms.CharField(
        label=gettext_lazy("Key or password of the gateway"),
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "Stands for {secret_token} above. It is never shown again; empty keeps the stored one."
        ),
    )
    success_path = forms.CharField(
        label=gettext_lazy("Sent when this field of the answer"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Such as Code or Response.Status; empty: any answer 200 to 299."),
    )
    success_equals = forms.CharField(
        label=pgettext_lazy("a field of an answer", "has this value"),
        max_length=120,
        required=False,
    )
    refused_regex = forms.CharField(
        label=gettext_lazy("Number refused when the answer matches"), max_length=200, required=False
    )
    idempotency_header = forms.RegexField(
        r"^[A-Za-z0-9-]*$",
        label=gettext_lazy("Header against sending twice"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("If the gateway knows one, such as Idempotency-Key."),
        error_messages={"invalid": gettext_lazy("Letters, figures and hyphens only.")},
    )
    look_up_url = forms.CharField(
        label=gettext_lazy("Address to ask whether a message was sent"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("With {key}. Without it a lost reply is shown to you as not known."),
    )

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        success = config.get("success") or {}
        plain = {name: config.get(name, "") for name in cls.PLAIN}
        headers = (config.get("headers") or {}).items()
        return plain | {
            "headers": "\n".join(f"{name}: {value}" for name, value in headers),
            "success_path": success.get("json_path", ""),
            "success_equals": success.get("equals", ""),
        }

    def clean_headers(self) -> dict[str, str]:
        headers = {}
        for line in filter(None, map(str.strip, self.cleaned_data["headers"].splitlines())):
            name, colon, value = line.partition(":")
            if not colon or not name.strip().replace("-", "").isalnum():
                raise forms.ValidationError(
                    _("“%(line)s” is no header. Write it as Name: value.") % {"line": line[:60]}
                )
            headers[name.strip()] = value.strip()
        return headers

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("success_equals") and not data.get("success_path"):
            self.add_error("success_path", _("Which field of the answer is it?"))
        body = data.get("body", "")
        if "json" in data.get("content_type", "") and body and not _is_json(body):
            self.add_error("body", _("This is not valid JSON. Keep {phone} and {text} in quotes."))
        return data

    @property
    def config(self) -> dict[str, Any]:
        names = [*self.PLAIN, "headers"]
        path, equals = (
            self.cleaned_data.get("success_path"),
            self.cleaned_data.get("success_equals"),
        )
        success = {"json_path": path, "equals": equals or ""} if path else None
        return {name: self.cleaned_data.get(name) or None for name in names} | {"success": success}

    @property
    def secrets(self) -> dict[str, str]:
        token = self.cleaned_data.get("secret_token")
        return {"token": token} if token else {}


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


CHANNEL_FORMS: dict[str, type[ChannelForm]] = {
    form.kind: form for form in (SmsChannelForm, EmailChannelForm)
}


class TestForm(forms.Form):
    """Where a test goes: a phone or an e-mail address, as the channel needs it."""

    address = forms.CharField(
        label=gettext_lazy("Send a test to"),
        max_length=254,
        error_messages={"required": gettext_lazy("Where should the test go?")},
    )

    def __init__(self, *args, means: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.means = means

    def clean_address(self) -> str:
        written = self.cleaned_data["address"]
        if self.means == "email":
            return forms.EmailField().clean(written)
        phone = parse_phone(written)
        if not phone.is_good:
            raise forms.ValidationError(_("This is not a phone number that can be written to."))
        return phone.address

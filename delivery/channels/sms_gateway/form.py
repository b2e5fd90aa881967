import json
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from delivery.channels.settings_form import (
    ChannelForm,
    origin_of,
    per_second_field,
    secret_field,
)
from delivery.models import ChannelKind


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
        "reference_path",
        "per_second",
    )
    REPORT = (
        "items",
        "key",
        "reference",
        "status",
        "delivered",
        "failed",
        "code",
        "words",
        "answer",
        "signature_header",
        "timestamp_header",
    )
    SENT = ("url", "look_up_url", "headers", "body")
    HELP = gettext_lazy("Give this address to the gateway for its delivery reports.")
    SECTIONS = (
        (
            gettext_lazy("How the answer is read"),
            (("success_path", "success_equals"), "refused_regex"),
        ),
        (gettext_lazy("When an answer is lost"), ("idempotency_header", "look_up_url")),
    )
    FOLDED = (
        (
            gettext_lazy("Delivery reports"),
            (
                "reference_path",
                "report_items",
                ("report_key", "report_reference"),
                "report_status",
                ("report_delivered", "report_failed"),
                ("report_code", "report_words"),
                "report_answer",
                ("report_signature_header", "report_timestamp_header"),
                "secret_hook",
            ),
        ),
        (gettext_lazy("Seldom needed"), ("per_second",)),
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
    secret_token = secret_field(
        gettext_lazy("Key or password of the gateway"),
        gettext_lazy(
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
        label=gettext_lazy("Number refused when the answer matches"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("A pattern as for RE2."),
    )
    idempotency_header = forms.RegexField(
        r"^[A-Za-z0-9-]*$",
        label=gettext_lazy("Header against sending twice"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("If the gateway knows one, such as Idempotency-Key."),
        error_messages={"invalid": gettext_lazy("Letters, digits and hyphens only.")},
    )
    look_up_url = forms.CharField(
        label=gettext_lazy("Address to ask whether a message was sent"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("With {key}. Without it a lost reply is shown to you as not known."),
    )

    reference_path = forms.CharField(
        label=gettext_lazy("Field of the answer with the gateway's own number"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Where its reports name the message by that number."),
    )
    per_second = per_second_field()
    report_items = forms.CharField(
        label=gettext_lazy("Field with the list of reports"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Empty: the whole body is the list, or one report."),
    )
    report_key = forms.CharField(
        label=gettext_lazy("Field with our {key}"), max_length=120, required=False
    )
    report_reference = forms.CharField(
        label=gettext_lazy("Or field with the gateway's number"), max_length=120, required=False
    )
    report_status = forms.CharField(
        label=gettext_lazy("Field with the state"), max_length=120, required=False
    )
    report_delivered = forms.CharField(
        label=gettext_lazy("Values that mean delivered"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("With commas between, such as DELIVRD, 0"),
    )
    report_failed = forms.CharField(
        label=gettext_lazy("Values that mean failed"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: every other value."),
    )
    report_code = forms.CharField(
        label=gettext_lazy("Field with the cause"), max_length=120, required=False
    )
    report_words = forms.CharField(
        label=gettext_lazy("Field with the cause in words"), max_length=120, required=False
    )
    report_answer = forms.CharField(
        label=gettext_lazy("What the gateway wants to hear back"), max_length=200, required=False
    )
    report_signature_header = forms.RegexField(
        r"^[A-Za-z0-9-]*$",
        label=gettext_lazy("Header with the signature"),
        max_length=60,
        required=False,
        help_text=gettext_lazy(
            "HMAC-SHA256 of the time, a dot and the body, in hexadecimal. Empty: it signs nothing, and "
            "is asked whether each report is true."
        ),
        error_messages={"invalid": gettext_lazy("Letters, digits and hyphens only.")},
    )
    report_timestamp_header = forms.RegexField(
        r"^[A-Za-z0-9-]*$",
        label=gettext_lazy("Header with the time"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("In seconds or milliseconds since 1970; at most five minutes old."),
        error_messages={"invalid": gettext_lazy("Letters, digits and hyphens only.")},
    )
    secret_hook = secret_field(gettext_lazy("Key of that signature"))

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        success = config.get("success") or {}
        plain = {name: config.get(name, "") for name in cls.PLAIN}
        headers = (config.get("headers") or {}).items()
        report = config.get("report") or {}
        initial = plain | {
            "headers": "\n".join(f"{name}: {value}" for name, value in headers),
            "success_path": success.get("json_path", ""),
            "success_equals": success.get("equals", ""),
        }
        for name in cls.REPORT:
            value = report.get(name) or ""
            initial[f"report_{name}"] = ", ".join(value) if isinstance(value, list) else value
        return initial

    def clean_headers(self) -> dict[str, str]:
        headers = {}
        for line in filter(None, map(str.strip, self.cleaned_data["headers"].splitlines())):
            name, colon, value = line.partition(":")
            if not colon or not name.strip().replace("-", "").isalnum():
                raise forms.ValidationError(
                    _("“%(line)s” is not a header. Write it as Name: value.") % {"line": line[:60]}
                )
            headers[name.strip()] = value.strip()
        return headers

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("success_equals") and not data.get("success_path"):
            self.add_error("success_path", _("Which field of the answer is it?"))
        body = data.get("body", "")
        if "json" in data.get("content_type", "") and body:
            try:
                json.loads(body)
            except ValueError:
                error = _("This is not valid JSON. Keep {phone} and {text} in quotes.")
                self.add_error("body", error)
        for name in ("token", "hook"):
            if self._is_sent_elsewhere(f"{{secret_{name}}}"):
                self.need_secret_again(f"secret_{name}")
        return data

    def _is_sent_elsewhere(self, placeholder: str) -> bool:
        """Return whether a secret would now go to another host, or in another line, than before."""
        before, now = (
            {
                name: [
                    line.strip()
                    for line in str(values.get(name) or "").splitlines()
                    if line.strip()
                ]
                for name in self.SENT
            }
            for values in (self.initial, self.data)
        )
        if not any(placeholder in line for lines in now.values() for line in lines):
            return False
        hosts = any(
            now[name] and origin_of(now[name][0]) != origin_of("".join(before[name]))
            for name in ("url", "look_up_url")
        )
        return hosts or any(
            line not in before[name]
            for name in self.SENT
            for line in now[name]
            if placeholder in line
        )

    @property
    def config(self) -> dict[str, Any]:
        names = [*self.PLAIN, "headers"]
        path, equals = (
            self.cleaned_data.get("success_path"),
            self.cleaned_data.get("success_equals"),
        )
        success = {"json_path": path, "equals": equals or ""} if path else None
        plain = {name: self.cleaned_data.get(name) or None for name in names}
        return plain | {"success": success, "report": self._report()}

    def _report(self) -> dict[str, Any] | None:
        given = {name: self.cleaned_data.get(f"report_{name}") for name in self.REPORT}
        for name in ("delivered", "failed"):
            given[name] = [part.strip() for part in (given[name] or "").split(",") if part.strip()]
        return {name: value for name, value in given.items() if value} or None

    @property
    def secrets(self) -> dict[str, str]:
        typed = {name: self.cleaned_data.get(f"secret_{name}") for name in ("token", "hook")}
        return {name: value for name, value in typed.items() if value}

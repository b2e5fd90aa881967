"""Forms for a browser that will show messages on its screen, and for the address of a test."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.phones import parsed
from delivery.channels.push.keys import are_keys, is_service

OPEN_ID = r"[A-Za-z0-9_@.-]{4,64}"  # how WeChat and WeCom identify a person


class BrowserForm(forms.Form):
    """The data that a browser sends when a family switches notices on. Nobody types any of it."""

    endpoint = forms.CharField(max_length=800)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)

    def __init__(self, *args, other_service: str = "", **kwargs):
        super().__init__(*args, **kwargs)
        self.other_service = other_service

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if self.errors:
            return data
        if not is_service(data["endpoint"], self.other_service):
            raise forms.ValidationError("endpoint")
        if not are_keys(data["p256dh"], data["auth"]):
            raise forms.ValidationError("keys")
        return data


class TestForm(forms.Form):
    """The address for a test: a phone, an e-mail address or an open id, whichever the channel needs."""

    address = forms.CharField(
        label=gettext_lazy("Send a test to"),
        max_length=254,
        error_messages={"required": gettext_lazy("Where should the test go?")},
    )

    def __init__(self, *args, means: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.means = means
        self.fields["address"].required = means != "group"

    def clean_address(self) -> str:
        written = self.cleaned_data["address"]
        if self.means == "group":
            return ""
        if self.means == "email":
            return forms.EmailField().clean(written)
        if self.means not in ("phone", "call"):
            if not re.fullmatch(OPEN_ID, written):
                raise forms.ValidationError(_("The number of a person there, such as oABC123…"))
            return written
        return parsed(written)

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels.settings_form import (
    COSTS,
    ChannelForm,
    fen_field,
    limit_field,
    origin_of,
    secret_field,
)
from delivery.models import ChannelKind

PLAIN = ("url", "fen", "limit_yuan")


class VoiceForm(ChannelForm):
    kind = ChannelKind.VOICE
    HELP = gettext_lazy("Give this address to the gateway: what happens in a call is posted there.")
    NOTE = gettext_lazy(
        "Calls staff about an alert and families who are reached by telephone, and joins parent and child. "
        "The gateway is a program that the county runs beside its telephone system; our handbook describes "
        "it."
    )
    SECTIONS = (COSTS,)

    url = forms.CharField(
        label=gettext_lazy("Address of the gateway"),
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    token = secret_field(gettext_lazy("Our key at the gateway"))
    hook = secret_field(gettext_lazy("Secret by which the gateway signs its reports"))
    fen = fen_field()
    limit_yuan = limit_field()

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        return {name: config.get(name, "") for name in PLAIN}

    @property
    def config(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) or None for name in PLAIN}

    @property
    def secrets(self) -> dict[str, str]:
        typed = {name: self.cleaned_data.get(name) for name in ("token", "hook")}
        return {name: value for name, value in typed.items() if value}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        for name in ("token", "hook"):
            self.need_secret(name)
        if origin_of(data.get("url") or "") != origin_of(self.initial.get("url") or ""):
            self.need_secret_again("token")
        return data

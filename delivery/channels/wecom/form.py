from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels.settings_form import ChannelForm, per_second_field, secret_field
from delivery.models import ChannelKind

PLAIN = ("corp_id", "agent_id", "endpoint", "per_second")
WORD = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})


class WecomForm(ChannelForm):
    kind = ChannelKind.WECOM
    NOTE = gettext_lazy(
        "For schools that have their families in WeCom's school contacts. In WeCom's administration make an "
        "app, allow it under “School contacts” to call the interface and to be used by parents, and put "
        "this server's address on its list of trusted addresses."
    )
    FOLDED = ((gettext_lazy("Seldom needed"), ("endpoint", "per_second")),)

    corp_id = forms.CharField(
        label=gettext_lazy("Number of the enterprise (CorpID)"), max_length=60, widget=WORD
    )
    agent_id = forms.CharField(
        label=gettext_lazy("Number of the app (AgentId)"), max_length=20, widget=WORD
    )
    corp_secret = secret_field(gettext_lazy("Secret of the app"))
    endpoint = forms.CharField(
        label=gettext_lazy("Address of the service"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: qyapi.weixin.qq.com"),
    )
    per_second = per_second_field()

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        return {name: config.get(name, "") for name in PLAIN}

    @property
    def config(self) -> dict[str, Any]:
        return {name: self.cleaned_data.get(name) or None for name in PLAIN}

    @property
    def secrets(self) -> dict[str, str]:
        secret = self.cleaned_data.get("corp_secret")
        return {"corp_secret": secret} if secret else {}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.need_secret("corp_secret")
        return data

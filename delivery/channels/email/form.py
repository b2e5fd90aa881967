from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels.settings_form import ChannelForm
from delivery.models import ChannelKind


class EmailChannelForm(ChannelForm):
    kind = ChannelKind.EMAIL
    NOTE = gettext_lazy("The person who runs this server sets the mail server itself.")
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

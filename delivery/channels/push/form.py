from functools import cached_property
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels.push.keys import new_pair
from delivery.channels.settings_form import ChannelForm
from delivery.models import ChannelKind


class PushForm(ChannelForm):
    """There is nothing to fill in: saving it for the first time creates the school's keys."""

    kind = ChannelKind.PUSH
    NOTE = gettext_lazy(
        "Free of charge. After an answer families are offered it in Chrome, Edge, Firefox or, from the "
        "home screen, Safari; not within WeChat. Most Android phones in mainland China cannot reach "
        "Google's service: SMS stays their way. To try it, sign in at %(site)s/f/ on your own phone."
    )
    FOLDED = ((gettext_lazy("Seldom needed"), ("endpoint",)),)

    endpoint = forms.URLField(
        label=gettext_lazy("Another push service"),
        max_length=200,
        required=False,
        assume_scheme="https",
        help_text=gettext_lazy("Only where the school's network has one of its own."),
    )

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        return {"endpoint": config.get("endpoint", "")}

    @cached_property
    def _pair(self) -> tuple[str, str]:
        return new_pair()

    @property
    def config(self) -> dict[str, Any]:
        keys = {} if self.has_secret else {"public_key": self._pair[1]}
        return keys | {"endpoint": self.cleaned_data.get("endpoint") or None}

    @property
    def secrets(self) -> dict[str, str]:
        return {} if self.has_secret else {"private_key": self._pair[0]}

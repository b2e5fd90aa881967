from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels.apprise.channel import SERVICES, problem_of_url, schema_of
from delivery.channels.settings_form import ChannelForm, secret_field
from delivery.models import ChannelKind


class AppriseForm(ChannelForm):
    kind = ChannelKind.APPRISE
    NOTE = gettext_lazy(
        "A group chat that the staff on duty read. An alert goes there when neither phone nor "
        "e-mail reaches its person. It holds no name, only a link. Families never get anything "
        "this way."
    )

    url = secret_field(
        gettext_lazy("Address of the room"),
        gettext_lazy(
            "As apprise writes it, such as dingtalk://token or ntfy://server/topic. It is never shown "
            "again; empty keeps the stored one."
        ),
    )

    def clean_url(self) -> str:
        url = self.cleaned_data["url"].strip()
        if url and (problem := problem_of_url(url)):
            raise forms.ValidationError(problem)
        return url

    @property
    def config(self) -> dict[str, Any]:
        url = self.cleaned_data.get("url")
        return {"service": SERVICES[schema_of(url)]} if url else {}

    @property
    def secrets(self) -> dict[str, str]:
        url = self.cleaned_data.get("url")
        return {"url": url} if url else {}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.need_secret("url")
        return data

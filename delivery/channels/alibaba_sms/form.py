from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels.settings_form import (
    TEMPLATE_FIELDS,
    TemplateForm,
    per_second_field,
    secret_field,
)
from delivery.models import ChannelKind

PLAIN = ("access_key_id", "sign_name", "endpoint", "per_second")


class AlibabaSmsForm(TemplateForm):
    kind = ChannelKind.ALIBABA_SMS
    HELP = gettext_lazy(
        "In the SMS console, under “Status report receiving”, choose “HTTP batch push” and enter this "
        "address."
    )
    NOTE = gettext_lazy(
        "The provider approves the words as templates. A variable cannot hold a whole link: "
        "write %(site)s/${path} in the template."
    )
    SECTIONS = ((gettext_lazy("Templates"), TEMPLATE_FIELDS),)
    FOLDED = ((gettext_lazy("Seldom needed"), ("endpoint", "per_second")),)

    access_key_id = forms.CharField(
        label="AccessKey ID",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("From a RAM user that may only send SMS (AliyunDysmsFullAccess)."),
    )
    access_key_secret = secret_field("AccessKey Secret")
    sign_name = forms.CharField(label=gettext_lazy("Signature"), max_length=20)
    endpoint = forms.CharField(
        label=gettext_lazy("Address of the service"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: dysmsapi.aliyuncs.com"),
    )
    per_second = per_second_field()

    @staticmethod
    def placeholder(name: str, place: int) -> str:
        return f"${{{name}}}"

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        return {name: config.get(name, "") for name in PLAIN} | cls.template_initial(config)

    @property
    def config(self) -> dict[str, Any]:
        plain = {name: self.cleaned_data.get(name) or None for name in PLAIN}
        return plain | {"templates": self.templates}

    @property
    def secrets(self) -> dict[str, str]:
        secret = self.cleaned_data.get("access_key_secret")
        return {"access_key_secret": secret} if secret else {}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.need_secret("access_key_secret")
        return data

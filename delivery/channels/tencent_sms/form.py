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

PLAIN = ("secret_id", "sdk_app_id", "sign_name", "region", "endpoint", "per_second")


class TencentSmsForm(TemplateForm):
    kind = ChannelKind.TENCENT_SMS
    HELP = gettext_lazy(
        "In the SMS console, under the application's “Callback settings”, enter this address for the "
        "delivery status."
    )
    NOTE = gettext_lazy(
        "The provider approves the words as templates. A variable cannot hold a whole link: "
        "write %(site)s/{1} in the template. Where that is refused too, write %(site)s/f/ and take “path” "
        "out of the variables: parents then come in with a code."
    )
    SECTIONS = ((gettext_lazy("Templates"), TEMPLATE_FIELDS),)
    FOLDED = ((gettext_lazy("Seldom needed"), ("region", "endpoint", "per_second")),)

    secret_id = forms.CharField(
        label="SecretId",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("From a sub-user that may only send SMS (QcloudSMSFullAccess)."),
    )
    secret_key = secret_field("SecretKey")
    sdk_app_id = forms.CharField(label="SDK AppID", max_length=20)
    sign_name = forms.CharField(label=gettext_lazy("Signature"), max_length=20)
    region = forms.RegexField(
        r"^[a-z0-9-]*$",
        label=gettext_lazy("Region"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("Empty: ap-guangzhou"),
    )
    endpoint = forms.CharField(
        label=gettext_lazy("Address of the service"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: sms.tencentcloudapi.com"),
    )
    per_second = per_second_field()

    @staticmethod
    def placeholder(name: str, place: int) -> str:
        return f"{{{place}}}"

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        return {name: config.get(name, "") for name in PLAIN} | cls.template_initial(config)

    @property
    def config(self) -> dict[str, Any]:
        plain = {name: self.cleaned_data.get(name) or None for name in PLAIN}
        return plain | {"templates": self.templates}

    @property
    def secrets(self) -> dict[str, str]:
        secret = self.cleaned_data.get("secret_key")
        return {"secret_key": secret} if secret else {}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.need_secret("secret_key")
        return data

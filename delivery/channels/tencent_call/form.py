from django import forms
from django.utils.translation import gettext_lazy

from delivery.channels import spoken
from delivery.channels.settings_form import (
    COSTS,
    SpokenForm,
    fen_field,
    limit_field,
    secret_field,
)
from delivery.models import ChannelKind


class TencentCallForm(SpokenForm):
    kind = ChannelKind.TENCENT_CALL
    SPOKEN = tuple(spoken.KINDS)
    PLAIN = ("secret_id", "sdk_app_id", "fen", "limit_yuan", "region", "endpoint")
    KEY_FIELD = "secret_key"
    HELP = gettext_lazy(
        "In the voice console, under the application's “Event callback”, enter this address: without it no "
        "key is heard."
    )
    NOTE = gettext_lazy(
        "Rings whoever is told that a child needs an adult now, and asks who is there tonight. The provider "
        "speaks approved words and says nothing after a key. It rings one number three times a day and once "
        "a night, unless it widens that: ask it to, or put another way to call first."
    )
    SECTIONS = (
        (gettext_lazy("Templates"), tuple(f"spoken_{name}" for name in SPOKEN)),
        COSTS,
    )
    FOLDED = ((gettext_lazy("Seldom needed"), ("region", "endpoint")),)

    secret_id = forms.CharField(
        label="SecretId",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Of a sub-user who may only place calls (QcloudVMSFullAccess)."),
    )
    secret_key = secret_field("SecretKey")
    sdk_app_id = forms.CharField(label="SDK AppID", max_length=20)
    fen = fen_field()
    limit_yuan = limit_field()
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
        help_text=gettext_lazy("Empty: vms.tencentcloudapi.com"),
    )

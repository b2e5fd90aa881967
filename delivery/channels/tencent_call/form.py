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
    CODE = r"^[0-9]*$"
    CODE_PROBLEM = gettext_lazy("The number of a template, such as 1234567: digits only.")
    HELP = gettext_lazy(
        "In the voice console, enter this address under the application's “Event callback”. Without it we "
        "never learn which key was pressed."
    )
    NOTE = gettext_lazy(
        "Calls staff about an alert, families with the question of the week, and homes and neighbours when a "
        "child may be alone tonight. The provider reads out approved texts and says nothing after a key; no "
        "child is named, and “we talked” is the key that the family agreed on with the school; without such "
        "a key they are asked in writing. If the school also has a gateway, even one that is switched off, "
        "only the gateway asks the question of the week. The provider calls a number at most three times a "
        "day and once a night: ask it for more, or put another way to call first."
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
        help_text=gettext_lazy(
            "Use a sub-user that has the right to place calls (QcloudVMSFullAccess) and no other."
        ),
    )
    secret_key = secret_field("SecretKey")
    sdk_app_id = forms.RegexField(
        r"^[0-9]+$",
        label="SDK AppID",
        max_length=20,
        error_messages={
            "invalid": gettext_lazy("The SDK AppID of the voice application: digits only.")
        },
    )
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

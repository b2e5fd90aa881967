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


class AlibabaCallForm(SpokenForm):
    kind = ChannelKind.ALIBABA_CALL
    SPOKEN = (*spoken.KINDS, spoken.THANKS)
    PLAIN = ("access_key_id", "show_number", "fen", "limit_yuan", "endpoint")
    KEY_FIELD = "access_key_secret"
    HELP = gettext_lazy(
        "In the voice console, under “General settings”, “Receipt messages”, choose “HTTP batch push” and "
        "enter this address for both VoiceReport and VoiceCallReport: without it no key is heard."
    )
    NOTE = gettext_lazy(
        "Rings whoever is told that a child needs an adult now, and asks who is there tonight. The provider "
        "speaks approved words with one set of keys, so it cannot ask the weekly question, which names the "
        "child behind a key of the family: for that a gateway is needed."
    )
    SECTIONS = (
        (gettext_lazy("Templates"), tuple(f"spoken_{name}" for name in SPOKEN)),
        COSTS,
    )
    FOLDED = ((gettext_lazy("Seldom needed"), ("endpoint",)),)

    access_key_id = forms.CharField(
        label="AccessKey ID",
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text=gettext_lazy("Of a RAM user who may only place calls (AliyunDyvmsFullAccess)."),
    )
    access_key_secret = secret_field("AccessKey Secret")
    show_number = forms.RegexField(
        r"^[0-9]{5,20}$",
        label=gettext_lazy("Number we call from"),
        help_text=gettext_lazy("Bought from the provider: digits only, with the area code."),
    )
    fen = fen_field()
    limit_yuan = limit_field()
    endpoint = forms.CharField(
        label=gettext_lazy("Address of the service"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: dyvmsapi.aliyuncs.com"),
    )

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
    SPOKEN = (*spoken.KINDS, spoken.THANKS, *spoken.AFTER.values())
    PLAIN = ("access_key_id", "show_number", "fen", "limit_yuan", "endpoint")
    KEY_FIELD = "access_key_secret"
    CODE = r"^[A-Za-z0-9_.-]*$"
    CODE_PROBLEM = gettext_lazy("The number of a template, such as TTS_1234567, or of a recording.")
    HELP = gettext_lazy(
        "In the voice console, under “General settings”, “Receipt messages”, choose “HTTP batch push” and "
        "enter this address for both VoiceReport and VoiceCallReport. Without it we never learn which key "
        "was pressed."
    )
    NOTE = gettext_lazy(
        "Calls staff about an alert, families with the question of the week, and homes and neighbours when a "
        "child may be alone tonight. The provider reads out approved texts and takes one key, so no child is "
        "named, and “we talked” is the key that the family agreed on with the school; without such a key "
        "they are asked in writing. If the school also has a gateway, even one that is switched off, only "
        "the gateway asks the question of the week. In place of a text you may enter the number of a "
        "recording that you uploaded to the provider, in the speech of the place."
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
        help_text=gettext_lazy(
            "Use a RAM user that has the right to place calls (AliyunDyvmsFullAccess) and no other."
        ),
    )
    access_key_secret = secret_field("AccessKey Secret")
    show_number = forms.RegexField(
        r"^[0-9]{5,20}$",
        label=gettext_lazy("Number we call from"),
        help_text=gettext_lazy(
            "A number bought from the provider, digits only, with the area code."
        ),
    )
    fen = fen_field()
    limit_yuan = limit_field()
    endpoint = forms.CharField(
        label=gettext_lazy("Address of the service"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: dyvmsapi.aliyuncs.com"),
    )

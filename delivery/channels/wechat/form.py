import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.channels import templates
from delivery.channels.settings_form import ChannelForm, per_second_field, secret_field
from delivery.channels.wechat import channel
from delivery.models import ChannelKind

PLAIN = ("app_id", "mode", "one_time_template", "endpoint", "per_second")
SECRETS = ("app_secret", "hook_token", "aes_key")
KINDS = {kind: templates.KINDS[kind] for kind in channel.KINDS}
TEMPLATE_ID = r"^[A-Za-z0-9_-]*$"


class WechatForm(ChannelForm):
    kind = ChannelKind.WECHAT
    HELP = gettext_lazy(
        "On the official account platform, under “Basic configuration”, enter this address with the "
        "token and key from above, and choose the safe mode. In plain mode anybody could write in a family's "
        "name: what comes that way is refused."
    )
    NOTE = gettext_lazy(
        "A certified service account. Under “Basic configuration” put this server's address on the "
        "white list, and register %(site)s as its domain for web pages."
    )
    MODES = (
        ("template", gettext_lazy("template messages")),
        ("one_time", gettext_lazy("one message for one tap of the parent")),
        ("subscribe", gettext_lazy("subscription notices, accepted in the account's articles")),
    )
    SECTIONS = (
        (gettext_lazy("What comes in"), ("hook_token", "aes_key")),
        (
            gettext_lazy("Templates"),
            tuple((f"template_{kind}", f"fields_{kind}") for kind in KINDS),
        ),
    )
    FOLDED = ((gettext_lazy("Seldom needed"), ("endpoint", "per_second")),)

    app_id = forms.CharField(
        label="AppID",
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    app_secret = secret_field("AppSecret")
    mode = forms.ChoiceField(
        label=gettext_lazy("How it may write"),
        choices=MODES,
        help_text=gettext_lazy(
            "With one message for one tap, parents are asked for the next tap after each answer."
        ),
    )
    one_time_template = forms.RegexField(
        TEMPLATE_ID,
        label=gettext_lazy("Template for one message for one tap"),
        max_length=64,
        required=False,
        help_text=gettext_lazy("You find its number in the list of the account's rights."),
    )
    hook_token = secret_field(gettext_lazy("Token"))
    aes_key = secret_field("EncodingAESKey")
    endpoint = forms.CharField(
        label=gettext_lazy("Address of the service"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Empty: api.weixin.qq.com"),
    )
    per_second = per_second_field()

    def extra_fields(self) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = {}
        for kind, label in KINDS.items():
            fields[f"template_{kind}"] = forms.RegexField(
                TEMPLATE_ID, label=label, max_length=64, required=False
            )
            fields[f"fields_{kind}"] = forms.CharField(
                label=gettext_lazy("its fields"), max_length=200, required=False
            )
        fields["fields_check_in"].help_text = gettext_lazy(
            "Such as thing1=school, thing2=subject. There are: school, teacher, subject, words, date."
        )
        return fields

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        initial = {name: config.get(name, "") for name in PLAIN}
        initial["mode"] = initial["mode"] or "template"
        for kind in KINDS:
            known = (config.get("templates") or {}).get(kind) or {}
            initial[f"template_{kind}"] = known.get("code", "")
            pairs = known.get("fields") or []
            initial[f"fields_{kind}"] = ", ".join(f"{name}={one}" for name, one in pairs)
        return initial

    @property
    def config(self) -> dict[str, Any]:
        data = self.cleaned_data
        plain = {name: data.get(name) or None for name in PLAIN}
        known = {}
        for kind in KINDS:
            if code := data.get(f"template_{kind}"):
                # "thing1=school, thing2=words" as pairs; a part without "=" is a variable.
                fields = []
                for part in filter(str.strip, re.split("[,，、]", data[f"fields_{kind}"])):
                    name, sign, variable = part.partition("=")
                    pair = (name, variable) if sign else ("", name)
                    fields.append([one.strip() for one in pair])
                known[kind] = {"code": code, "fields": fields}
        return plain | {"templates": known}

    @property
    def secrets(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in SECRETS if self.cleaned_data.get(name)}

    def clean_aes_key(self) -> str:
        key = self.cleaned_data["aes_key"].strip()
        if key and (len(key) != 43 or not key.isalnum()):
            raise forms.ValidationError(_("43 letters and digits, as the platform shows them."))
        return key

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.need_secret("app_secret")
        if data.get("hook_token") and not data.get("aes_key") and not self.errors:
            self.add_error(
                "aes_key",
                _("Enter both together. Without this key we accept nothing from WeChat."),
            )
        return data

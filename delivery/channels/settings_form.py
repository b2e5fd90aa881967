"""The form of an account's settings: its base class, and what providers with templates share."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Layout
from django import forms
from django.conf import settings
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.channels import spoken, templates
from delivery.channels.registry import CHANNELS


def secret_field(label, help_text=None) -> forms.CharField:
    """Return a field that is written and never shown again."""
    return forms.CharField(
        label=label,
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=help_text or gettext_lazy("It is never shown again; empty keeps the stored one."),
    )


class ChannelForm(forms.Form):
    """The base of the channels' forms: `config` may be shown, `secrets` are only written.

    `SECTIONS`: (heading, fields; a tuple of fields shares a row), below the other fields; they fold on a
    phone. `FOLDED`: the same, but closed everywhere, for settings that few need. `NOTE`: a sentence at the
    top. `HELP`: what the administrator does at the provider, shown on the account's page.
    """

    kind: str = ""
    FOLDED: tuple[tuple[Any, tuple[str | tuple[str, ...], ...]], ...] = ()
    NOTE: Any = ""
    HELP: Any = ""
    SECTIONS: tuple[tuple[Any, tuple[str | tuple[str, ...], ...]], ...] = ()

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=40,
        required=False,
        help_text=gettext_lazy(
            "Only for you, where there are several. Empty: the kind of channel."
        ),
    )
    is_enabled = forms.BooleanField(label=gettext_lazy("Send over this channel"), required=False)

    def __init__(self, *args, has_secret: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.has_secret = has_secret
        self.fields.update(self.extra_fields())
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = self._layout()

    def extra_fields(self) -> dict[str, forms.Field]:
        return {}

    def _layout(self) -> Layout:
        parts = (*self.SECTIONS, *self.FOLDED)
        apart = {name for _heading, rows in parts for row in rows for name in _names(row)}
        apart |= {"name", "is_enabled"}
        shown: list[Any] = [name for name in self.fields if name not in apart]
        for heading, rows in self.SECTIONS:
            shown += _fold(
                f"<h3>{escape(str(heading))}</h3>", rows, "fold file-fold", self.is_bound
            )
        for heading, rows in self.FOLDED:
            shown += self._folded(str(heading), rows)
        return Layout(*shown, "name", "is_enabled")

    def _folded(self, heading: str, rows: tuple[str | tuple[str, ...], ...]) -> list[Any]:
        """Return a folded section. It is open if one of its fields is filled in or wrong."""
        names = [name for row in rows for name in _names(row)]
        is_open = any(self.initial.get(name) for name in names)
        is_open |= self.is_bound and any(self.data.get(name) for name in names)
        return _fold(escape(heading), rows, "fold", is_open)

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        """Return the form's fields from stored settings."""
        return {}

    @property
    def config(self) -> dict[str, Any]:
        """Return the settings by name. None removes a setting."""
        return {}

    @property
    def secrets(self) -> dict[str, str]:
        """Return only what was typed. An empty field keeps what is stored."""
        return {}

    @property
    def given(self) -> dict[str, Any]:
        """Return the arguments for the actions that save an account."""
        return {
            "name": self.cleaned_data["name"],
            "config": self.config,
            "secret": self.secrets,
            "is_enabled": self.cleaned_data["is_enabled"],
        }

    def clean(self) -> dict[str, Any]:
        """Let the channel itself check its settings last."""
        if not self.errors:
            for name, problem in CHANNELS[self.kind].check_config(self.config).items():
                self.add_error(name if name in self.fields else None, problem)
        return self.cleaned_data

    def need_secret(self, name: str) -> None:
        """Require a secret: without its key an account cannot send anything."""
        if not self.has_secret and not self.cleaned_data.get(name) and name not in self.errors:
            self.add_error(name, _("Without it nothing can be sent."))

    def need_secret_again(self, name: str) -> None:
        """Require a stored secret once more where it would now be sent to another host or in another place.

        Otherwise anyone who may change the settings could have it sent to themselves, and read it.
        """
        if self.has_secret and not self.cleaned_data.get(name) and name not in self.errors:
            words = _("Enter it again: after this change the stored one would be sent elsewhere.")
            self.add_error(name, words)


def origin_of(url: str) -> tuple[str, str]:
    """Return scheme and host, with its port, of a typed address; two empty ones if it cannot be read."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return "", ""
    return parts.scheme.lower(), parts.netloc.lower()


def template_fields(placeholder: Callable[[str, int], str]) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for kind, label in templates.KINDS.items():
        names = _words(templates.DEFAULT_VARIABLES[kind])
        values = {name: placeholder(name, place) for place, name in enumerate(names, 1)}
        suggested = templates.SUGGESTED[kind].format(site=settings.PUBLIC_URL, **values)
        fields[f"template_{kind}"] = forms.RegexField(
            r"^[A-Za-z0-9_]*$",
            label=label,
            max_length=40,
            required=False,
            help_text=suggested,
            error_messages={
                "invalid": gettext_lazy("The number of a template, such as SMS_1234567.")
            },
        )
        fields[f"variables_{kind}"] = forms.CharField(
            label=gettext_lazy("its variables, in order"), max_length=120, required=False
        )
    return fields


def _fold(
    summary: str, rows: Iterable[str | tuple[str, ...]], css_class: str, is_open: bool
) -> list[Any]:
    opening = (
        f'<details class="{css_class}"{" open" if is_open else ""}><summary>{summary}</summary>'
    )
    shown = [row if isinstance(row, str) else Div(*row, css_class="form-row") for row in rows]
    return [HTML(opening), *shown, HTML("</details>")]


def _names(row: str | tuple[str, ...]) -> tuple[str, ...]:
    return (row,) if isinstance(row, str) else row


TEMPLATE_FIELDS = tuple((f"template_{kind}", f"variables_{kind}") for kind in templates.KINDS)


class TemplateForm(ChannelForm):
    """For a provider that accepts no text: a template with its variables for each kind of message."""

    def extra_fields(self) -> dict[str, forms.Field]:
        return template_fields(self.placeholder)

    @staticmethod
    def placeholder(name: str, place: int) -> str:
        """Return a variable as the provider writes it in a template."""
        raise NotImplementedError

    @classmethod
    def template_initial(cls, config: dict[str, Any]) -> dict[str, Any]:
        stored = config.get("templates") or {}
        initial = {}
        for kind in templates.KINDS:
            known = stored.get(kind) or {}
            variables = ", ".join(known.get("variables") or [])
            initial[f"template_{kind}"] = known.get("code", "")
            initial[f"variables_{kind}"] = variables or templates.DEFAULT_VARIABLES[kind]
        return initial

    @property
    def templates(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            kind: {
                "code": data[f"template_{kind}"],
                "variables": _words(data.get(f"variables_{kind}", "")),
            }
            for kind in templates.KINDS
            if data.get(f"template_{kind}")
        }


def _words(text: str) -> list[str]:
    """Split names at commas of either script, or at spaces."""
    return text.replace("，", ",").replace("、", ",").replace(",", " ").split()


def optional_number(label, help_text, most: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=1, max_value=most, help_text=help_text
    )


def fen_field() -> forms.IntegerField:
    return optional_number(
        gettext_lazy("Price of a call, in fen"),
        gettext_lazy("What a call of a minute or two costs. Leave empty if nothing."),
        most=10_000,
    )


def limit_field() -> forms.IntegerField:
    return optional_number(
        gettext_lazy("Monthly limit, in yuan"),
        gettext_lazy(
            "Once it is reached, the weekly question and “Is an adult at home?” are not asked by telephone; "
            "alerts and calls to neighbours still ring."
        ),
        most=100_000,
    )


COSTS = (gettext_lazy("What calls may cost"), (("fen", "limit_yuan"),))


class SpokenForm(ChannelForm):
    """For a provider that makes calls and speaks its own templates, one for each kind of call.

    `CODE`: the format of its template numbers.
    """

    CODE = ""
    CODE_PROBLEM: Any = ""
    SPOKEN: tuple[str, ...] = ()
    PLAIN: tuple[str, ...] = ()
    KEY_FIELD = ""

    def extra_fields(self) -> dict[str, forms.Field]:
        labels = {
            **spoken.KINDS,
            spoken.THANKS: gettext_lazy("After a key"),
            "after_help": gettext_lazy("After 3, “help”"),
            "after_stranger": gettext_lazy("After 9, “I do not know you”"),
        }
        return {
            f"spoken_{name}": forms.RegexField(
                self.CODE,
                label=labels[name],
                max_length=40,
                required=False,
                help_text=spoken.SUGGESTED[name],
                error_messages={"invalid": self.CODE_PROBLEM},
            )
            for name in self.SPOKEN
        }

    @classmethod
    def initial_of(cls, config: dict[str, Any]) -> dict[str, Any]:
        stored = config.get("spoken") or {}
        plain = {name: config.get(name, "") for name in cls.PLAIN}
        return plain | {f"spoken_{name}": stored.get(name, "") for name in cls.SPOKEN}

    @property
    def config(self) -> dict[str, Any]:
        data = self.cleaned_data
        given = {name: data.get(f"spoken_{name}") for name in self.SPOKEN}
        plain = {name: data.get(name) or None for name in self.PLAIN}
        return plain | {"spoken": {name: code for name, code in given.items() if code}}

    @property
    def secrets(self) -> dict[str, str]:
        secret = self.cleaned_data.get(self.KEY_FIELD)
        return {self.KEY_FIELD: secret} if secret else {}

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.need_secret(self.KEY_FIELD)
        return data


def per_second_field() -> forms.IntegerField:
    return optional_number(
        gettext_lazy("Messages a second, at most"),
        gettext_lazy("Empty: as the provider allows."),
        most=5000,
    )

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from api.models import NAME_LENGTH, Scope
from api.tokens import rules

# At most a year, so that no token is forgotten for longer.
DAYS = [
    (30, _("one month")),
    (90, _("three months")),
    (365, _("one year")),
]


class TokenForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_("Which system?"),
        max_length=NAME_LENGTH,
        help_text=_("The log of readers shows this name."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What may it do?"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    days = forms.TypedChoiceField(
        label=_("For how long?"),
        choices=DAYS,
        coerce=int,
        initial=90,
    )
    networks = forms.CharField(
        label=_("From where? (optional)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Addresses or networks, one on a line, as 203.0.113.7 or 203.0.113.0/24. Empty: from anywhere."
        ),
    )

    def clean_networks(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["networks"].splitlines()]
        found = []
        for line in filter(None, lines):
            try:
                found.append(rules.network_of(line))
            except ValueError:
                words = _("This is no address and no network: %(line)s")
                raise forms.ValidationError(words % {"line": line[:60]}) from None
        if len(found) > rules.NETWORKS_MOST:
            raise forms.ValidationError(
                ngettext_lazy(
                    "At most %(n)d address.", "At most %(n)d addresses.", rules.NETWORKS_MOST
                )
                % {"n": rules.NETWORKS_MOST}
            )
        return list(dict.fromkeys(found))

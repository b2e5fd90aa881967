from typing import cast
from urllib.parse import urlsplit

from django import forms
from django.utils.translation import gettext_lazy as _

from api.models import ApiToken
from api.webhooks.actions import events_open_to
from core.meanwhile import AsksToReplace
from delivery.channels.outgoing import is_named, problem_of


class WebhookForm(AsksToReplace):
    """The address and events of a webhook. Only events that the token may read about are offered."""

    address = forms.CharField(
        label=_("Webhook address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Ask the people who run the other system. It starts with https://."),
    )
    told_of = forms.MultipleChoiceField(
        label=_("Which changes?"), widget=forms.CheckboxSelectMultiple, choices=[]
    )

    def __init__(self, *args, token: ApiToken, **kwargs):
        super().__init__(*args, **kwargs)
        told_of = cast(forms.MultipleChoiceField, self.fields["told_of"])
        told_of.choices = [(event.value, event.label) for event in events_open_to(token)]

    def clean_address(self) -> str:
        address = self.cleaned_data["address"].strip()
        problem = problem_of(address)
        if problem:
            raise forms.ValidationError(problem)
        parts = urlsplit(address)
        if parts.scheme != "https" and not is_named(parts.hostname or "", parts.port):
            raise forms.ValidationError(_("The address must start with https://."))
        if parts.username or parts.password or parts.fragment:
            raise forms.ValidationError(
                _("The address must not contain a user name, a password or #.")
            )
        return address

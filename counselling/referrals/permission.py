"""What permits telling somebody outside the school who a child is.

It is consent, with who, how and when, or the law, with a reason. Two forms share this part: a letter, and a
brief for the shared queue.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.day_fields import DayInput, refuse_day_to_come
from counselling.models import Referral
from counselling.plans.forms import ByName
from counselling.referrals.actions import REASON_MAX
from guardians.models import Adult
from safeguarding.forms import PlainForm

CONSENT, GROUND = "consent", "ground"
CHOICES = [
    (CONSENT, _("A parent or guardian agreed")),
    (GROUND, _("The law allows it: there is no time to ask, or asking would harm the child")),
]
NEEDED = {
    CONSENT: ("consent_by", "consent_how", "consent_on"),
    GROUND: ("ground", "ground_words"),
}
FIELDS = ("permission", *NEEDED[CONSENT], *NEEDED[GROUND])


def capitalised(choices: Iterable[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return choices whose words stand inside a sentence elsewhere as a form shows them."""
    return [(value, capfirst(words)) for value, words in choices]


class DatedForm(PlainForm):
    """A form that knows the current day at the school."""

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today


class PermissionForm(DatedForm):
    """Fields for consent or legal ground.

    `permission` itself is defined by the form, which sets its label and whether it is required.
    """

    consent_by = ByName(
        label=_("If they agreed: who"),
        queryset=Adult.objects.none(),
        required=False,
        empty_label="—",
    )
    consent_how = forms.ChoiceField(
        label=_("If they agreed: how"),
        required=False,
        choices=[("", "—"), *capitalised(Referral.ConsentHow.choices)],
    )
    consent_on = forms.DateField(
        label=_("If they agreed: on which day"), required=False, widget=DayInput()
    )
    ground = forms.ChoiceField(
        label=_("If by law: which ground"),
        required=False,
        choices=[("", "—"), *Referral.Ground.choices],
    )
    ground_words = forms.CharField(
        label=_("If by law: why it applies"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def __init__(self, *args, adults, is_of_self_harm: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_of_self_harm = is_of_self_harm
        cast(forms.ModelChoiceField, self.fields["consent_by"]).queryset = adults

    def clean_consent_on(self) -> date | None:
        on = self.cleaned_data["consent_on"]
        if on:
            refuse_day_to_come(on, self.today)
        return on

    def clean_ground(self) -> str:
        ground = self.cleaned_data["ground"]
        if ground == Referral.Ground.HARM and self.is_of_self_harm:
            raise forms.ValidationError(
                _(
                    "The answer on record is about self-harm, which is another ground. If somebody "
                    "may harm the child, write a report of suspected harm first and take up its "
                    "concern."
                )
            )
        return ground

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in NEEDED.get(cleaned.get("permission", ""), ()):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in: it goes into the record."))
        return cleaned

    @property
    def allowed_by(self) -> dict[str, Any]:
        """Return only what belongs to the chosen permission."""
        cleaned, chosen = self.cleaned_data, self.cleaned_data["permission"]
        is_consent, is_ground = chosen == CONSENT, chosen == GROUND
        return {
            "consent_by": cleaned["consent_by"] if is_consent else None,
            "consent_how": cleaned["consent_how"] if is_consent else "",
            "consent_on": cleaned["consent_on"] if is_consent else None,
            "ground": cleaned["ground"] if is_ground else "",
            "ground_words": cleaned["ground_words"] if is_ground else "",
        }

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field
from core.days import short_day
from core.reasons import REASON_MAX, REASON_MIN
from privacy import rules
from privacy.models import Consent, Purpose
from privacy.texts import TEXTS

ANSWERS = [(rules.GIVEN, _("agrees")), (rules.REFUSED, _("does not want this"))]
TOLD = [
    (Consent.Via.PAPER, Consent.Via.PAPER.label),
    (Consent.Via.SPOKEN, Consent.Via.SPOKEN.label),
]


class FamilyWordForm(forms.Form):
    """A family's answer: one of two buttons. `key` comes from the page and becomes the receipt number."""

    decision = forms.ChoiceField(
        choices=ANSWERS,
        error_messages={
            "required": _("Please tap one of the two answers."),
            "invalid_choice": _("Please tap one of the two answers."),
        },
    )
    key = forms.UUIDField(
        error_messages={
            "required": _("We did not receive that. Please tap again."),
            "invalid": _("We did not receive that. Please tap again."),
        }
    )

    @property
    def first_error(self) -> str:
        return str(next(iter(self.errors.values()))[0])


class StaffWordForm(forms.Form):
    """A parent's decision, signed or spoken, entered by the school."""

    adult = forms.TypedChoiceField(label=_("Who"), coerce=int)
    purpose = forms.ChoiceField(label=_("What about"))
    decision = forms.ChoiceField(
        label=_("What was said"), choices=ANSWERS, widget=forms.RadioSelect
    )
    via = forms.ChoiceField(label=_("On paper or spoken"), choices=TOLD, widget=forms.RadioSelect)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, deciders, carers, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.deciding, self.caring = ({row.adult_id for row in rows} for rows in (deciders, carers))
        self.adults = {row.adult_id: row.adult for row in (*deciders, *carers)}
        names = [(pk, adult.name) for pk, adult in self.adults.items()]
        self.fields["adult"].choices = names  # type: ignore[attr-defined]
        titles = [(one, TEXTS[one].title) for one in Purpose.values]
        self.fields["purpose"].choices = titles  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Check that carers answer about themselves, and those who decide for the child answer about the
        child.
        """
        said = super().clean() or {}
        entitled = self.caring if said.get("purpose") == Purpose.CARER else self.deciding
        if "adult" in said and said["adult"] not in entitled:
            self.add_error("adult", _("This person cannot answer that question."))
        return said


class OverrideForm(forms.Form):
    """Enter why the village worker has to know although the family refused, and until when."""

    reason = forms.CharField(
        label=_("Why the child's safety needs it"),
        help_text=_("The staff who may decide this can read it. The family cannot."),
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    until = day_field(_("Until which day"))
    is_shown_to_family = forms.BooleanField(
        label=_("Tell the family on their page"),
        help_text=_(
            "Do not tick this if the adult who refused may be a danger to the child. The family is then not"
            " told who opened the file for this."
        ),
        required=False,
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["until"].initial = today + timedelta(days=rules.OVERRIDE_DAYS_USUAL)

    def clean_until(self) -> date:
        until = self.cleaned_data["until"]
        latest = self.today + timedelta(days=rules.OVERRIDE_DAYS_MAX)
        if not self.today <= until <= latest:
            raise forms.ValidationError(
                _("Choose a day from today until %(latest)s: then look at it again.")
                % {"latest": short_day(latest, self.today)}
            )
        return until

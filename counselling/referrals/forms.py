from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from counselling.cases.forms import PlainForm
from counselling.models import PlaceKind, Referral, ReferralPlace
from counselling.plans.forms import ByName
from counselling.referrals import rules
from counselling.referrals.actions import ASKS_MAX, REASON_MAX
from counselling.referrals.package import PARTS
from guardians.models import Adult
from students.days import day_input

CONSENT, GROUND, NOT_YET = "consent", "ground", ""
ANSWERS = [
    (rules.ACCEPTED, _("they take it on")),
    (rules.REJECTED, _("they do not take it on")),
    (rules.DONE, _("it is done")),
    (rules.REVOKED, _("we take it back")),
]


class _DueForm(PlainForm):
    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_due_on(self) -> date | None:
        on = self.cleaned_data.get("due_on")
        if on and on <= self.today:
            raise forms.ValidationError(_("This day is not ahead."))
        if on and on > self.today + timedelta(days=rules.LONGEST_WAIT_DAYS):
            raise forms.ValidationError(_("At most half a year; then it is asked anew."))
        return on


class _AsksForm(_DueForm):
    asks = forms.CharField(
        label=_("What you ask of them, and why"),
        max_length=ASKS_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )
    due_on = forms.DateField(label=_("Answer awaited by"), widget=day_input())


class DraftForm(_AsksForm):
    """A letter from us. Permission may come later; without it nothing is handed over."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    place = ByName(label=_("To whom"), queryset=ReferralPlace.objects.none(), empty_label=None)
    parts = forms.MultipleChoiceField(
        label=_("What they get to read besides the name"),
        required=False,
        choices=[(key, part.title) for key, part in PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    permission = forms.ChoiceField(
        label=_("What allows it"),
        required=False,
        choices=[
            (NOT_YET, _("not settled yet")),
            (CONSENT, _("a parent or guardian agreed")),
            (GROUND, _("the law: there is no time to ask, or asking would harm the child")),
        ],
        widget=forms.RadioSelect,
    )
    consent_by = ByName(
        label=_("If they agreed: who"),
        queryset=Adult.objects.none(),
        required=False,
        empty_label="—",
    )
    consent_how = forms.ChoiceField(
        label=_("If they agreed: how"),
        required=False,
        choices=[("", "—"), *Referral.ConsentHow.choices],
    )
    consent_on = forms.DateField(
        label=_("If they agreed: on which day"), required=False, widget=day_input()
    )
    ground = forms.ChoiceField(
        label=_("If by law: on which ground"),
        required=False,
        choices=[("", "—"), *Referral.Ground.choices],
    )
    ground_words = forms.CharField(
        label=_("If by law: why it applies"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )
    child_said = forms.ChoiceField(
        label=_("What the child says to it"), choices=Referral.ChildSaid.choices
    )
    field_order = (
        "key place asks parts due_on permission consent_by consent_how consent_on ground ground_words "
        "child_said"
    ).split()

    def __init__(self, *args, places, adults, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["place"]).queryset = places
        cast(forms.ModelChoiceField, self.fields["consent_by"]).queryset = adults

    def clean_consent_on(self) -> date | None:
        on = self.cleaned_data["consent_on"]
        if on and on > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        needed = {
            CONSENT: ("consent_by", "consent_how", "consent_on"),
            GROUND: ("ground", "ground_words"),
        }
        for name in needed.get(cleaned.get("permission", ""), ()):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in: it stands in the record."))
        return cleaned

    @property
    def facts(self) -> dict[str, Any]:
        """For actions.write: only what belongs to the permission that was chosen."""
        cleaned, chosen = self.cleaned_data, self.cleaned_data["permission"]
        is_consent, is_ground = chosen == CONSENT, chosen == GROUND
        return {
            "place": cleaned["place"],
            "asks": cleaned["asks"],
            "parts": cleaned["parts"],
            "due_on": cleaned["due_on"],
            "child_said": cleaned["child_said"],
            "consent_by": cleaned["consent_by"] if is_consent else None,
            "consent_how": cleaned["consent_how"] if is_consent else "",
            "consent_on": cleaned["consent_on"] if is_consent else None,
            "ground": cleaned["ground"] if is_ground else "",
            "ground_words": cleaned["ground_words"] if is_ground else "",
        }


class SendForm(PlainForm):
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    handed = forms.ChoiceField(label=_("How it goes there"), choices=Referral.Handed.choices)

    def __init__(self, *args, by_family: bool = True, **kwargs):
        super().__init__(*args, **kwargs)
        if not by_family:  # send refuses it too
            field = cast(forms.ChoiceField, self.fields["handed"])
            field.choices = [one for one in Referral.Handed.choices if one[0] != rules.BY_FAMILY]


class AnswerForm(_DueForm):
    """What the place said, or what became of it."""

    to = forms.ChoiceField(
        label=_("What came of it"),
        choices=ANSWERS,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What the place said"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    due_on = forms.DateField(
        label=_("Taken on: when do you ask again?"), required=False, widget=day_input()
    )

    def __init__(self, *args, state: str, **kwargs):
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["to"])
        field.choices = [one for one in ANSWERS if one[0] in rules.MOVES[state]]
        if rules.ACCEPTED not in rules.MOVES[state]:
            del self.fields["due_on"]


class ArrivedForm(_AsksForm):
    """A letter from another place."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    place_name = forms.CharField(label=_("Who wrote"), max_length=80)
    place_kind = forms.ChoiceField(label=_("Kind of place"), choices=PlaceKind.choices)
    place_phone = forms.CharField(label=_("Their phone"), max_length=40, required=False)
    arrived_on = forms.DateField(label=_("Day of the letter"), widget=day_input())
    field_order = "key place_name place_kind place_phone arrived_on asks due_on".split()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asks"].label = _("What they write and ask")
        self.fields["due_on"].label = _("You answer by")

    def clean_arrived_on(self) -> date:
        on = self.cleaned_data["arrived_on"]
        if on > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return on


class PlaceForm(PlainForm):
    name = forms.CharField(label=_("Name of the place"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind of place"), choices=PlaceKind.choices)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    address = forms.CharField(label=_("Address of the place"), max_length=120, required=False)

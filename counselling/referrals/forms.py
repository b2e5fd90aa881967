from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import DayInput, day_field, refuse_day_not_ahead, refuse_day_to_come
from counselling.models import PlaceKind, Referral, ReferralPlace
from counselling.plans.forms import ByName
from counselling.referrals import permission as allowing
from counselling.referrals import rules
from counselling.referrals.actions import ASKS_MAX, REASON_MAX
from counselling.referrals.package import PARTS
from counselling.referrals.permission import DatedForm, PermissionForm
from safeguarding.forms import PlainForm

NOT_YET = ""
ANSWERS = [
    (rules.ACCEPTED, _("they take it on")),
    (rules.REJECTED, _("they do not take it on")),
    (rules.DONE, _("it is done")),
    (rules.REVOKED, _("we take it back")),
]


class _DueForm(DatedForm):
    def clean_due_on(self) -> date | None:
        on = self.cleaned_data.get("due_on")
        if on:
            refuse_day_not_ahead(on, self.today)
        if on and on > self.today + timedelta(days=rules.LONGEST_WAIT_DAYS):
            raise forms.ValidationError(_("At most half a year; then ask again."))
        return on


class _AsksForm(_DueForm):
    asks = forms.CharField(
        label=_("What you ask of them, and why"),
        max_length=ASKS_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )
    due_on = day_field(_("Answer awaited by"))


class DraftForm(PermissionForm, _AsksForm):
    """A letter from us. Permission may come later; without it nothing is handed over."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    place = ByName(label=_("To whom"), queryset=ReferralPlace.objects.none(), empty_label=None)
    parts = forms.MultipleChoiceField(
        label=_("What they will read besides the name"),
        required=False,
        choices=[(key, part.title) for key, part in PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    permission = forms.ChoiceField(
        label=_("What allows it"),
        required=False,
        choices=[(NOT_YET, _("not settled yet")), *allowing.CHOICES],
        widget=forms.RadioSelect,
    )
    child_said = forms.ChoiceField(
        label=_("What the child says about it"), choices=Referral.ChildSaid.choices
    )
    field_order = ("key", "place", "asks", "parts", "due_on", *allowing.FIELDS, "child_said")

    def __init__(self, *args, places, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["place"]).queryset = places

    @property
    def facts(self) -> dict[str, Any]:
        """For actions.write."""
        names = ("place", "asks", "parts", "due_on", "child_said")
        return {name: self.cleaned_data[name] for name in names} | self.allowed_by


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
        label=_("Accepted: when will you ask again?"), required=False, widget=DayInput()
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
    arrived_on = day_field(_("Day of the letter"))
    field_order = "key place_name place_kind place_phone arrived_on asks due_on".split()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asks"].label = _("What they write and ask")
        self.fields["due_on"].label = _("You answer by")

    def clean_arrived_on(self) -> date:
        on = self.cleaned_data["arrived_on"]
        refuse_day_to_come(on, self.today)
        return on


class PlaceForm(PlainForm):
    name = forms.CharField(label=_("Name of the place"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind of place"), choices=PlaceKind.choices)
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    address = forms.CharField(label=_("Address of the place"), max_length=120, required=False)

from uuid import UUID, uuid4

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from doors.staff.ledger import Part
from privacy.ledgers.actions import Addressed
from privacy.ledgers.models import Office


class LedgerForm(forms.Form):
    """Which office gets the ledger, for what purpose, and which columns: no more than the office needs."""

    office = forms.ChoiceField(
        label=_("For which office"),
        choices=[(one.value, capfirst(one.label)) for one in Office],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
    receiver = forms.CharField(
        label=_("For which person there"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the name of the person who receives the file.")},
    )
    purpose = forms.CharField(
        label=_("For what"),
        help_text=_(
            "For instance the report of left-behind children of this term. Write nothing here about one"
            " child or what the school worries about. A family that asks for its data reads the office"
            " and the day, not these words."
        ),
        max_length=200,
        error_messages={"required": _("Enter what the office needs it for.")},
    )
    parts = forms.MultipleChoiceField(
        label=_("What goes in"),
        help_text=_(
            "Name, sex, ethnicity, birthday, school, class and boarding are always in. Take only what is"
            " asked for."
        ),
        choices=[(one.value, capfirst(one.label)) for one in Part],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)

    def addressed(self) -> Addressed:
        told = self.cleaned_data
        return Addressed(told["office"], told["receiver"], told["purpose"], told["parts"])

    @property
    def once(self) -> UUID:
        return self.cleaned_data["key"]


class ArrivalForm(forms.Form):
    said_by = forms.CharField(
        label=_("Who said that it arrived"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter who told you.")},
    )

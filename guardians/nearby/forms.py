"""Forms for people near by and what is recorded about them."""

from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field
from guardians.forms import NEW_PERSON, PhoneField, refuse_coming_day
from guardians.models import Adult, Guardianship, NearbyAdult, Relation
from guardians.nearby.rules import ON_FOOT_MOST_MINUTES
from guardians.presenters import called
from guardians.queries import FamilyMember

AGREED, CHILD, VILLAGE = "agreed", "child", "village"


class NearbyForm(forms.Form):
    """An adult of the family, or a new person."""

    who = forms.ChoiceField(label=_("Who would come"))
    name = forms.CharField(label=_("Their name"), max_length=60, required=False)
    relation = forms.ChoiceField(
        label=_("Relation to the child"), choices=[("", "—"), *Relation.choices], required=False
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    minutes = forms.IntegerField(
        label=_("Minutes on foot"), min_value=1, max_value=ON_FOOT_MOST_MINUTES
    )
    willing_on = day_field(
        _("They said yes themselves on"),
        help_text=_("Ask them first: we message and call them in the evening when needed."),
    )

    def __init__(self, *args, members: list[FamilyMember], taken: set[int], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        # Adults who care at home are asked first anyway, and a parent far away cannot come on foot.
        self.adults = {
            str(m.adult.pk): m.adult
            for m in members
            if m.adult.is_approachable
            and m.adult.pk not in taken
            and not m.is_parent
            and m.guardianship.kind not in Guardianship.CARING
        }
        names = {str(m.adult.pk): f"{called(m.guardianship)} {m.adult.name}" for m in members}
        cast(forms.ChoiceField, self.fields["who"]).choices = [
            (NEW_PERSON, _("somebody who is not on record yet")),
            *((pk, names[pk]) for pk in self.adults),
        ]
        self.fields["willing_on"].initial = today

    def clean_willing_on(self) -> date:
        on = self.cleaned_data["willing_on"]
        refuse_coming_day(on, self.today)
        return on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("who") == NEW_PERSON:
            for field in ("name", "relation"):
                if not data.get(field) and field not in self.errors:
                    self.add_error(field, _("Required for a person who is not on record yet."))
            if "phone" in data and not data["phone"][0] and "phone" not in self.errors:
                self.add_error("phone", _("Without a number nobody can ask them."))
        return data

    @property
    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        facts = {"minutes": data["minutes"], "willing_on": data["willing_on"]}
        if data["who"] != NEW_PERSON:
            return facts | {"adult": self.adults[data["who"]]}
        address, written = data["phone"]
        new = {"name": data["name"], "relation": data["relation"]}
        return facts | new | {"adult": None, "address": address, "as_written": written}


HOWS = [(one.value, one.label) for one in NearbyAdult.Agreed if one != NearbyAdult.Agreed.PAGE]


class AgreedForm(forms.Form):
    """A parent's agreement, given in a call or in person."""

    parent = forms.ChoiceField(label=_("Who agreed"))
    how = forms.ChoiceField(label=_("How"), choices=HOWS)

    def __init__(self, *args, parents: list[Adult], **kwargs):
        super().__init__(*args, **kwargs)
        self.parents = {str(adult.pk): adult for adult in parents}
        cast(forms.ChoiceField, self.fields["parent"]).choices = [
            (pk, adult.name) for pk, adult in self.parents.items()
        ]

    @property
    def chosen(self) -> Adult:
        return self.parents[self.cleaned_data["parent"]]


class _DayForm(forms.Form):
    on = day_field(_("On which day"))

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].initial = today

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        refuse_coming_day(on, self.today)
        return on


class ChildForm(_DayForm):
    wants = forms.TypedChoiceField(
        label=_("What the child says"),
        choices=[("yes", _("wants it")), ("no", _("does not want it"))],
        coerce=lambda value: value == "yes",
    )


class VillageForm(_DayForm):
    """The day on which the village committee was told."""

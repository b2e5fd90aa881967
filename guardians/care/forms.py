"""The form of an entrusted-care record (Minors Protection Law, Art. 21 to 23)."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import DayInput, refuse_last_before_first
from core.meanwhile import AsksToReplace, version_of
from guardians.care.actions import care_said
from guardians.care.presenters import DISQUALIFIER_WORDS
from guardians.forms import refuse_coming_day, refuse_far_day
from guardians.models import EntrustedCare, Guardianship
from guardians.presenters import called
from guardians.queries import FamilyMember

DAYS = ("child_asked_on", "checked_on", "school_told_on", "village_told_on")


class EntrustForm(AsksToReplace, forms.ModelForm):
    carer = forms.ChoiceField(label=_("Entrusted to"))
    parents = forms.MultipleChoiceField(
        label=_("By"), widget=forms.CheckboxSelectMultiple, required=True
    )
    disqualifiers = forms.MultipleChoiceField(
        label=_("Reasons against this carer (Art. 21 and 22); leave all empty if there are none"),
        choices=[(key.value, words) for key, words in DISQUALIFIER_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = EntrustedCare
        fields = EntrustedCare.FACTS

    field_order = (
        "carer",
        "parents",
        "starts_on",
        "ends_on",
        "child_asked_on",
        "child_asked_by",
        "child_words",
        "disqualifiers",
        "checked_on",
        "weekly_contact",
        "school_told_on",
        "village_told_on",
    )

    def __init__(self, *args, members: list[FamilyMember], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.members = {str(m.adult.pk): m for m in members if not m.adult.is_blocked}
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget = DayInput()
        self._offer()

    def _offer(self) -> None:
        people = {pk: f"{called(m.guardianship)} {m.adult.name}" for pk, m in self.members.items()}
        parents = [(pk, people[pk]) for pk, m in self.members.items() if m.is_parent]
        others = [(pk, people[pk]) for pk, m in self.members.items() if not m.is_parent]
        self.fields["parents"].choices = parents  # type: ignore[attr-defined]
        self.fields["carer"].choices = others  # type: ignore[attr-defined]
        row: EntrustedCare = self.instance
        if row.pk:
            self.initial["carer"] = str(row.carer_id)
            self.initial["parents"] = [str(adult.pk) for adult in row.parents.all()]
            self.initial["disqualifiers"] = row.disqualifiers
            self.initial["instead_of"] = version_of(*care_said(row))
            return
        places = {pk: self.members[pk].migration for pk, _words in parents}
        away = [pk for pk, place in places.items() if place is not None and place.is_away]
        carers = [
            pk
            for pk, _words in others
            if self.members[pk].guardianship.kind == Guardianship.Kind.CARER
        ]
        self.initial.update(parents=away, carer=carers[0] if carers else None)
        self.initial.update(starts_on=self.today, checked_on=self.today)

    def clean(self):
        super().clean()
        data = self.cleaned_data
        for name in DAYS:
            if data.get(name):
                self._checked(name, refuse_coming_day)
        for name in ("starts_on", "ends_on"):
            if data.get(name):
                self._checked(name, refuse_far_day)
        refuse_last_before_first(self)
        if data.get("child_words") and not data.get("child_asked_on"):
            self.add_error("child_asked_on", _("When was the child asked?"))
        return data

    def _checked(self, name: str, check) -> None:
        try:
            check(self.cleaned_data[name], self.today)
        except forms.ValidationError as refused:
            self.add_error(name, refused)

    @property
    def facts(self) -> dict[str, object]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    @property
    def chosen_carer(self):
        return self.members[self.cleaned_data["carer"]].adult

    @property
    def chosen_parents(self):
        return [self.members[pk].adult for pk in self.cleaned_data["parents"]]


class SettleForm(forms.Form):
    words = forms.CharField(
        label=_("What was done: who cares instead, who was told"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

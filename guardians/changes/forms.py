"""The form on which a change of care is recorded."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field
from core.days import full_day
from guardians.changes.actions import Change, NewCarer, Right
from guardians.forms import (
    NEW_PERSON,
    UNFOLDING,
    PhoneField,
    overlap_words,
    refuse_coming_day,
)
from guardians.models import GuardianChange, Guardianship, Relation
from guardians.presenters import called
from guardians.queries import overlapping
from students.models import Student

RIGHT_WORDS = [
    (Right.KEEP.value, _("stays as it is")),
    (Right.DECIDE.value, _("sees how the child is, and decides")),
    (Right.SEE.value, _("sees how the child is, does not decide")),
    (Right.NOTHING.value, _("stays on record, sees nothing and decides nothing")),
    (Right.END.value, _("no longer has this relationship")),
]


class ChangeForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What has happened"),
        choices=GuardianChange.Kind.choices,
        widget=forms.RadioSelect,
    )
    changed_on = day_field(_("From which day"))
    decided_by = forms.CharField(
        label=_("Who decided: the family, a court, the village committee"), max_length=120
    )
    document = forms.CharField(
        label=_("Document seen, with its number; empty where there is none"),
        max_length=120,
        required=False,
    )
    carer = forms.ChoiceField(label=_("Who cares for the child now"), widget=UNFOLDING)
    name = forms.CharField(label=_("Their name"), max_length=60, required=False)
    relation = forms.ChoiceField(
        label=_("Relation to the child"), choices=[("", "—"), *Relation.choices], required=False
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    others_go_on = forms.BooleanField(
        label=_("The previous carer also continues to care for the child"), required=False
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, student: Student, ties: list[Guardianship], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.student, self.ties, self.today = student, ties, today
        self.fields["changed_on"].initial = today
        people = {row.adult_id: row for row in reversed(ties) if not row.adult.is_blocked}
        self.people = {str(pk): row for pk, row in people.items()}
        self.fields["carer"].choices = [  # type: ignore[attr-defined]
            ("", _("no change")),
            *((pk, _label(row)) for pk, row in self.people.items()),
            (NEW_PERSON, _("somebody who is not on record yet")),
        ]
        self.fields["carer"].required = False
        for row in ties:
            self.fields[f"right-{row.pk}"] = forms.ChoiceField(
                label=f"{_label(row)} ({row.get_kind_display()})",
                choices=RIGHT_WORDS,
                initial=Right.KEEP.value,
            )

    @property
    def right_fields(self):
        return [self[f"right-{row.pk}"] for row in self.ties]

    @property
    def is_new_person(self) -> bool:
        return self.is_bound and self.data.get("carer") == NEW_PERSON

    def clean_changed_on(self) -> date:
        on = self.cleaned_data["changed_on"]
        refuse_coming_day(on, self.today)
        return on

    def clean(self):
        super().clean()
        data = self.cleaned_data
        on = data.get("changed_on")
        if data.get("carer") == NEW_PERSON:
            for name in ("name", "relation"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Required for a person who is not on record yet."))
        if on:
            for row in self.ties:
                name = f"right-{row.pk}"
                if data.get(name) == Right.END and row.starts_on >= on:
                    self.add_error(name, _since(row))
            self._refuse_carer_days(data, on)
        changes = [row for row in self.ties if data.get(f"right-{row.pk}") != Right.KEEP]
        if not self.errors and not data.get("carer") and not changes:
            self.add_error(None, _("Nothing is changed yet: choose who cares now or what ends."))
        return data

    def _refuse_carer_days(self, data: dict, on: date) -> None:
        chosen = data.get("carer")
        if not chosen:
            return
        carers = [row for row in self.ties if row.kind == Guardianship.Kind.CARER]
        if not data.get("others_go_on"):
            for row in carers:
                if str(row.adult_id) != chosen and row.starts_on >= on:
                    self.add_error("changed_on", _since(row))
        own = self.people.get(chosen)
        if own is None:
            return
        if any(row.adult_id == own.adult_id and row.ends_on is None for row in carers):
            return  # already a carer, and stays one
        other = overlapping(self.student.pk, own.adult_id, Guardianship.Kind.CARER, on)
        if other is not None:
            self.add_error("changed_on", overlap_words(other))

    @property
    def change(self) -> Change:
        data = self.cleaned_data
        return Change(
            kind=data["kind"],
            changed_on=data["changed_on"],
            decided_by=data["decided_by"],
            document=data["document"],
            key=data["key"],
            rights={row.pk: Right(data[f"right-{row.pk}"]) for row in self.ties},
            carer=self._carer(),
            others_go_on=data["others_go_on"],
        )

    def _carer(self) -> NewCarer | None:
        data = self.cleaned_data
        if not data["carer"]:
            return None
        if data["carer"] == NEW_PERSON:
            address, written = data["phone"] or ("", "")
            return NewCarer(data["relation"], None, data["name"], address, written)
        row = self.people[data["carer"]]
        return NewCarer(row.relation, row.adult)


def _label(row: Guardianship) -> str:
    who = called(row)
    return f"{who} {row.adult.name}" if who != row.adult.name else who


def _since(row: Guardianship) -> str:
    return _("%(name)s is on record from %(day)s: choose a later day.") % {
        "name": row.adult.name,
        "day": full_day(row.starts_on),
    }

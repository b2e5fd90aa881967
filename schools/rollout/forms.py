from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field, refuse_day_not_ahead
from schools.forms import Plain, name_on
from schools.models import Wave
from schools.rollout.queries import ClassPlace, Place

MONDAY = 1
MOST_DAYS = 730  # two years ahead; a later day is a typing error


class WaveForm(Plain, forms.ModelForm):
    starts_on = day_field(_("begins on"), help_text=_("A Monday: the figures are of whole weeks."))

    class Meta:
        model = Wave
        fields = ("name", "starts_on")

    def __init__(self, *args: Any, today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_starts_on(self) -> date:
        return monday_ahead(self.cleaned_data["starts_on"], self.today)


def monday_ahead(on: date, today: date) -> date:
    """Return the day if it may be planned, else raise ValidationError."""
    refuse_day_not_ahead(on, today)
    if on > today + timedelta(days=MOST_DAYS):
        raise ValidationError(_("Choose a day within two years."))
    if on.isoweekday() != MONDAY:
        raise ValidationError(_("Choose a Monday."))
    return on


class ClassDayForm(Plain, forms.Form):
    """One Monday for several classes; without a day (`is_taken_away`) they begin with the school."""

    classes = forms.MultipleChoiceField(
        label=_("Classes"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one class.")},
    )
    starts_on = day_field(
        _("begins on"), required=False, help_text=_("A Monday: the figures are of whole weeks.")
    )

    def __init__(self, *args: Any, places: list[ClassPlace], today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.today, self.is_taken_away = today, "take_away" in self.data
        named = [(one, name_on(one.school_class, today)) for one in places]
        self.begun = {str(one.school_class.pk): name for one, name in named if one.has_begun}
        self.last_days = {
            str(one.school_class.pk): (name, one.school_class.grade.year.ends_on)
            for one, name in named
        }
        self.fields["classes"].choices = [  # type: ignore[attr-defined]
            (str(one.school_class.pk), name) for one, name in named if not one.has_begun
        ]

    def clean_starts_on(self) -> date | None:
        if self.is_taken_away:
            return None
        on = self.cleaned_data["starts_on"]
        if on is None:
            raise ValidationError(_("Choose a Monday."))
        return monday_ahead(on, self.today)

    def clean(self) -> dict[str, Any]:
        """Report classes that have begun since the page was opened."""
        cleaned = super().clean() or self.cleaned_data
        if self.is_taken_away:
            self.errors.pop("starts_on", None)  # ignore whatever was entered there
            cleaned["starts_on"] = None
        self._refuse_after_the_year(cleaned.get("classes", ()), cleaned.get("starts_on"))
        ticked = self.fields["classes"].widget.value_from_datadict(
            self.data, self.files, self.add_prefix("classes")
        )
        gone = self.begun.keys() & set(ticked)
        if gone:
            self.errors.pop("classes", None)  # that error only says that there is no such choice
            names = _(", ").join(name for pk, name in self.begun.items() if pk in gone)
            words = _("%(classes)s: has begun in the meantime and can no longer be moved.")
            self.add_error("classes", ValidationError(words, params={"classes": names}))
        return cleaned

    def _refuse_after_the_year(self, classes: Iterable[str], on: date | None) -> None:
        """Refuse a day after the school year, because these classes end before it."""
        found = [self.last_days[pk] for pk in classes]
        names = [name for name, last_day in found if on and on > last_day]
        if names:
            words = _("%(classes)s: the school year is over by then.")
            params = {"classes": str(_(", ")).join(names)}
            self.add_error("starts_on", ValidationError(words, params=params))


class PlacesForm(forms.Form):
    """One choice for each school that may still be moved.

    Schools that this officer did not change stay as they are, because a colleague may have changed them in
    the meantime.
    """

    def __init__(self, *args: Any, places: list[Place], waves: list[Wave], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choices = [("", _("in no wave")), *((str(wave.pk), wave.name) for wave in waves)]
        for place in places:
            if not place.has_begun:
                self.fields[f"school-{place.school.pk}"] = forms.ChoiceField(
                    label=place.school.name,
                    choices=choices,
                    required=False,
                    initial=str(place.wave.pk) if place.wave else "",
                    show_hidden_initial=True,
                    widget=forms.Select(attrs={"class": "form-select"}),
                )
        self.begun = {f"school-{one.school.pk}": one.school.name for one in places if one.has_begun}

    def clean(self) -> dict[str, Any]:
        """Report schools that have begun since the page was opened."""
        cleaned = super().clean() or self.cleaned_data
        for name in self.begun.keys() & set(self.data):
            words = _("%(school)s has begun in the meantime and can no longer be moved.")
            self.add_error(None, ValidationError(words, params={"school": self.begun[name]}))
        return cleaned

    def places(self) -> dict[int, int | None]:
        said = {name: self.cleaned_data[name] for name in self.changed_data}
        return {
            int(name.removeprefix("school-")): int(wave) if wave else None
            for name, wave in said.items()
        }

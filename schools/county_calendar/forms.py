from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.day_fields import day_field, refuse_day_outside, refuse_last_before_first
from schools.county_calendar.queries import Span, span_of
from schools.forms import EARLIER_DAYS, Plain
from schools.models import CountyDay, Term
from schools.presenters import DAY_WORDS

DAYS_AT_ONCE = 62  # longer than any holiday within a term


class CountyTermsForm(Plain, forms.Form):
    """The dates of both terms of a school year."""

    autumn_starts = day_field(_("Autumn term: first day"))
    autumn_ends = day_field(_("last day"))
    spring_starts = day_field(_("Spring term: first day"))
    spring_ends = day_field(_("last day"))

    def __init__(self, *args, first_year: int, **kwargs):
        super().__init__(*args, **kwargs)
        starts_on, self.last = span_of(first_year)
        self.first = starts_on - EARLIER_DAYS

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.fields:
            refuse_day_outside(self, name, self.first, self.last)
        refuse_last_before_first(self, "autumn_starts", "autumn_ends")
        refuse_last_before_first(self, "spring_starts", "spring_ends")
        autumn, spring = cleaned.get("autumn_ends"), cleaned.get("spring_starts")
        if autumn and spring and spring <= autumn:
            self.add_error(
                "spring_starts", _("The spring term begins before the autumn term ends.")
            )
        return cleaned

    def terms(self) -> dict[str, Span]:
        said = self.cleaned_data
        return {
            Term.Season.AUTUMN.value: (said["autumn_starts"], said["autumn_ends"]),
            Term.Season.SPRING.value: (said["spring_starts"], said["spring_ends"]),
        }


class CountyDaysForm(Plain, forms.ModelForm):
    """One day, or several in a row, of the school year on the page."""

    first = day_field(_("first day"))
    last = day_field(_("last day"), required=False, help_text=_("Leave it empty for one day."))

    class Meta:
        model = CountyDay
        fields = ("kind", "name")
        labels = {"name": pgettext_lazy("of a day or a lesson", "Name")}

    field_order = ("first", "last", "kind", "name")

    def __init__(self, *args, first_year: int, **kwargs):
        super().__init__(*args, **kwargs)
        self.span = span_of(first_year)
        cast(forms.ChoiceField, self.fields["kind"]).choices = list(DAY_WORDS.items())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("first", "last"):
            refuse_day_outside(self, name, *self.span)
        refuse_last_before_first(self, "first", "last")
        first = cleaned.get("first")
        cleaned["last"] = cleaned.get("last") or first
        if first and (cleaned["last"] - first).days >= DAYS_AT_ONCE:
            words = _("Enter %(days)s days at most. What is longer lies outside the terms.")
            self.add_error("last", ValidationError(words, params={"days": DAYS_AT_ONCE}))
        return cleaned

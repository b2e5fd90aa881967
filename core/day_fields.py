"""Dates in forms: one field, and what every form says about a date that is past, in the future or out of
order.
"""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.days import full_day

DAY_TO_COME = _("This day is in the future.")
DAY_OVER = _("This day is over.")
DAY_NOT_AHEAD = _("This day is not ahead.")
LAST_BEFORE_FIRST = _("The last day is before the first.")


class DayInput(forms.DateInput):
    """The browser's own calendar; it sends and accepts ISO dates."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **kwargs)


def refuse_day_to_come(on: date, today: date) -> None:
    if on > today:
        raise forms.ValidationError(DAY_TO_COME)


def refuse_day_over(on: date, today: date) -> None:
    if on < today:
        raise forms.ValidationError(DAY_OVER)


def refuse_day_not_ahead(on: date, today: date) -> None:
    """Raise ValidationError for today or an earlier day."""
    if on <= today:
        raise forms.ValidationError(DAY_NOT_AHEAD)


def refuse_day_outside(form: forms.BaseForm, name: str, first: date, last: date) -> None:
    """Add an error at the field `name` if its day is known and not one of `first` to `last`."""
    on = form.cleaned_data.get(name)
    if on and not first <= on <= last:
        words = _("Choose a day from %(first)s to %(last)s.")
        span = {"first": full_day(first), "last": full_day(last)}
        form.add_error(name, forms.ValidationError(words, params=span))


def refuse_last_before_first(
    form: forms.BaseForm, first: str = "starts_on", last: str = "ends_on"
) -> None:
    """Add an error at the field `last` if both days are known and it is before `first`."""
    starts_on, ends_on = form.cleaned_data.get(first), form.cleaned_data.get(last)
    if starts_on and ends_on and ends_on < starts_on:
        form.add_error(last, LAST_BEFORE_FIRST)

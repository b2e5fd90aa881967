"""Days in forms: one field, and what every form says of a day that is over or still to come."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _


class DayInput(forms.DateInput):
    """The browser's own calendar; it sends and takes ISO."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None):
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def day_field(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput(), **kwargs)


def refuse_day_to_come(on: date, today: date) -> None:
    if on > today:
        raise forms.ValidationError(_("This day is in the future."))


def refuse_day_over(on: date, today: date) -> None:
    if on < today:
        raise forms.ValidationError(_("This day is over."))

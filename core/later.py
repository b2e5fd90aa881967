"""The form behind "later": a day from a button, or one chosen freely."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _

PUT_OFF_AT_MOST_DAYS = 28  # days; beyond that a task is forgotten, not put off


class LaterForm(forms.Form):
    """A day to which a task is put off; `until_on` from a button, `on` chosen freely."""

    until_on = forms.DateField(required=False)
    on = forms.DateField(required=False)

    def __init__(self, data: Any, *, today: date):
        super().__init__(data)
        self.today = today

    @property
    def why(self) -> str:
        """What is wrong, in one sentence: a row of a list has no place for each field's own."""
        return next((str(error) for errors in self.errors.values() for error in errors), "")

    def clean(self) -> dict[str, Any]:
        until = self.cleaned_data.get("on") or self.cleaned_data.get("until_on")
        latest = self.today + timedelta(days=PUT_OFF_AT_MOST_DAYS)
        if until is None or not self.today < until <= latest:
            raise forms.ValidationError(_("Please choose a day within the next four weeks."))
        self.cleaned_data["until"] = until
        return self.cleaned_data

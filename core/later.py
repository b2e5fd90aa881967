"""The form behind "later": a day from a button, or any other day."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _

PUT_OFF_AT_MOST_DAYS = 28  # days; a task put off for longer would be forgotten


class LaterForm(forms.Form):
    """The day to which a task is put off: `until_on` from a button, `on` for any other day."""

    until_on = forms.DateField(required=False)
    on = forms.DateField(required=False)

    def __init__(self, data: Any, *, today: date):
        super().__init__(data)
        self.today = today

    @property
    def why(self) -> str:
        """Return what is wrong in one sentence, because a row of a list has no room for errors at
        each field.
        """
        return next((str(error) for errors in self.errors.values() for error in errors), "")

    def clean(self) -> dict[str, Any]:
        until = self.cleaned_data.get("on") or self.cleaned_data.get("until_on")
        latest = self.today + timedelta(days=PUT_OFF_AT_MOST_DAYS)
        if until is None or not self.today < until <= latest:
            raise forms.ValidationError(_("Please choose a day within the next four weeks."))
        self.cleaned_data["until"] = until
        return self.cleaned_data

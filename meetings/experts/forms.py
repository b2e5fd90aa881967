"""An expert of the list, and the day on which their record was looked up."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field, refuse_day_to_come
from core.days import full_day
from meetings.experts.models import LINE_AT_MOST

LATER = _(
    "We have %(day)s on record, which is later. If that day is wrong, take the expert off the list and"
    " write them down again."
)


class CheckForm(forms.Form):
    checked_on = day_field(
        _("Record looked up on"), error_messages={"required": _("Enter the day.")}
    )

    def __init__(self, *args, today: date, on_record: date | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.on_record = today, on_record

    def clean_checked_on(self) -> date | None:
        on = self.cleaned_data["checked_on"]
        if on is not None:
            refuse_day_to_come(on, self.today)
            if self.on_record and on < self.on_record:
                raise forms.ValidationError(LATER % {"day": full_day(self.on_record)})
        return on


class ExpertForm(CheckForm):
    name = forms.CharField(label=_("Name"), max_length=40)
    field = forms.CharField(label=_("What they know about"), max_length=LINE_AT_MOST)
    place = forms.CharField(label=_("Organisation, township or village"), max_length=LINE_AT_MOST)
    reach = forms.CharField(label=_("How to reach them"), max_length=LINE_AT_MOST)

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["checked_on"].required = False

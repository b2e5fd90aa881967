"""Recording a training, and setting what the school asks of its staff."""

import uuid
from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.day_fields import day_field, refuse_day_to_come
from learning.training.models import MOST_HOURS, MOST_ROOM_HOURS, Training
from learning.training.rules import MONTHS_TO_CHOOSE, NOT_ASKED
from uploads.forms import PhotoField


class TrainingForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    user = forms.TypedChoiceField(coerce=int, label=_("Who"))
    kind = forms.ChoiceField(label=_("Kind of training"), choices=Training.Kind.choices)
    title = forms.CharField(label=_("What it was about"), max_length=80)
    provider = forms.CharField(label=_("Who held it"), max_length=80, required=False)
    hours = forms.IntegerField(label=_("Hours"), min_value=1, max_value=MOST_HOURS)
    ended_on = day_field(_("Last day"))
    certificate = PhotoField(label=_("Photo of the certificate"), required=False)

    def __init__(self, *args, staff: Collection[User], today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["user"].choices = [(one.pk, one.name) for one in staff]  # type: ignore[attr-defined]
        self.initial.setdefault("key", uuid.uuid4())

    def clean_ended_on(self) -> date:
        on = self.cleaned_data["ended_on"]
        refuse_day_to_come(on, self.today)
        return on


def months_words(months: int) -> str:
    if months == NOT_ASKED:
        return gettext("not asked for here")
    return ngettext("every %(n)d month", "every %(n)d months", months) % {"n": months}


class StaffPlanForm(forms.Form):
    protection_months = forms.TypedChoiceField(
        label=_("Protecting pupils, and the duty to report: the whole staff"), coerce=int
    )
    support_months = forms.TypedChoiceField(
        label=_("Pupils' mental health: class teachers and counsellors"), coerce=int
    )
    room_hours = forms.IntegerField(
        label=_("Hours a week in which the counselling room is open"),
        min_value=0,
        max_value=MOST_ROOM_HOURS,
        required=False,
    )

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for name in ("protection_months", "support_months"):
            field: Any = self.fields[name]
            field.choices = [(one, months_words(one)) for one in MONTHS_TO_CHOOSE]

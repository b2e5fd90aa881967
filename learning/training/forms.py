"""Writing down a training."""

import uuid
from collections.abc import Collection
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.day_fields import day_field, refuse_day_to_come
from learning.training.models import MOST_HOURS
from uploads.forms import PhotoField


class TrainingForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    user = forms.TypedChoiceField(coerce=int, label=_("Who"))
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

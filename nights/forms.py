from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field, refuse_day_over, refuse_last_before_first
from nights.models import Reason
from nights.rules import SWITCH_DAYS_MOST
from schools.models import SchoolClass

ALL = "all"


class StartForm(forms.Form):
    """Nobody is at home with one child tonight."""

    reason = forms.ChoiceField(
        label=_("Why"), choices=Reason.choices, initial=Reason.HOSPITAL, required=False
    )

    def clean_reason(self) -> str:
        return self.cleaned_data["reason"] or Reason.OTHER


class SettleForm(forms.Form):
    words = forms.CharField(
        label=_("Who is with the child, and what you did"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class RuleForm(forms.Form):
    """Evenings that begin automatically."""

    on_festivals = forms.BooleanField(label=_("On festival days"), required=False)
    for_away = forms.BooleanField(label=_("When the carer at home is away"), required=False)


class SwitchForm(forms.Form):
    """The school asks the carers of a class, or of all, whether they are at home."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    of = forms.ChoiceField(label=_("Which families to ask"))
    reason = forms.ChoiceField(label=_("Why"), choices=Reason.choices)
    starts_on = day_field(_("First evening"))
    ends_on = day_field(_("Last evening"))
    with_boarders = forms.BooleanField(label=_("children who board, too"), required=False)

    def __init__(self, *args, classes: list[SchoolClass], may_ask_all: bool, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.classes = {str(one.pk): one for one in classes}
        self.today = today
        whole = [(ALL, _("the whole school"))] if may_ask_all else []
        cast(forms.ChoiceField, self.fields["of"]).choices = [
            *whole,
            *((pk, one.name) for pk, one in self.classes.items()),
        ]
        for name in ("starts_on", "ends_on"):
            self.fields[name].initial = today

    def clean_starts_on(self) -> date:
        on = self.cleaned_data["starts_on"]
        refuse_day_over(on, self.today)
        return on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        refuse_last_before_first(self)
        first, last = data.get("starts_on"), data.get("ends_on")
        if first and last and (last - first).days >= SWITCH_DAYS_MOST:
            self.add_error("ends_on", _("Three evenings at most."))
        return data

    @property
    def school_class(self) -> SchoolClass | None:
        return self.classes.get(self.cleaned_data["of"])

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.day_fields import LAST_BEFORE_FIRST, day_field
from core.days import week_day
from schools.duty import presenters, queries, rules
from schools.forms import TIME, Plain
from schools.models import DutyTurn, School


class _Colleague(forms.ModelChoiceField):
    def label_from_instance(self, obj: User) -> str:
        return obj.name


class PutForm(Plain, forms.Form):
    """Put somebody on duty for one or more days, by day or by night.

    Past days are the record and cannot change.
    """

    user = _Colleague(
        label=pgettext_lazy("duty", "colleague"),
        queryset=User.objects.none(),
        empty_label=_("choose"),
    )
    starts_on = day_field(_("from which day"))
    ends_on = day_field(_("until (one day: leave empty)"), required=False)
    part = forms.ChoiceField(label=_("when"), choices=DutyTurn.Part.choices)

    def __init__(self, *args: Any, school: School, at: datetime, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.school, self.at = school, at
        self.first_open = queries.duty_day_of(school, at)
        people = cast(forms.ModelChoiceField, self.fields["user"])
        people.queryset = queries.colleagues(school, self.first_open)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, part = cleaned.get("starts_on"), cleaned.get("part")
        if not first or not part or "ends_on" in self.errors:
            return cleaned
        last = cleaned["ends_on"] = cleaned.get("ends_on") or first
        if first.year > self.first_open.year + 1:
            self.add_error("starts_on", _("That is too far in the future."))
        elif last < first:
            self.add_error("ends_on", LAST_BEFORE_FIRST)
        elif (last - first).days >= rules.SPAN_DAYS:
            self.add_error("ends_on", _("Choose 31 days at most."))
        elif self._is_over(first, part):
            self.add_error("starts_on", _("That is in the past. Past days cannot change."))
        elif user := cleaned.get("user"):
            missing = queries.days_without_post(user, self.school, first, last, part)
            if missing:
                said = {"name": user.name, "day": week_day(missing[0])}
                self.add_error("user", _("%(name)s holds no post here on %(day)s.") % said)
        return cleaned

    def _is_over(self, on: date, part: str) -> bool:
        hours, zone = queries.hours_of(self.school), queries.zone_of(self.school)
        return on < self.first_open or rules.span_of(on, part, hours, zone)[1] <= self.at


class GiveForm(Plain, forms.Form):
    """Choose who takes over one turn."""

    user = _Colleague(
        label=_("who takes it"), queryset=User.objects.none(), empty_label=_("choose")
    )

    def __init__(self, *args: Any, turn: DutyTurn, **kwargs: Any):
        super().__init__(*args, **kwargs)
        people = cast(forms.ModelChoiceField, self.fields["user"])
        people.queryset = queries.colleagues(turn.school, turn.on).exclude(pk=turn.user_id)


class _Turn(forms.ModelChoiceField):
    def label_from_instance(self, obj: DutyTurn) -> str:
        return presenters.turn_words(obj)


class SwapForm(Plain, forms.Form):
    """Choose the turn to swap with."""

    other = _Turn(
        label=pgettext_lazy("a swap of duty", "with"),
        queryset=DutyTurn.objects.none(),
        empty_label=_("choose"),
    )

    def __init__(self, *args: Any, turn: DutyTurn, turns: QuerySet[DutyTurn], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choices = cast(forms.ModelChoiceField, self.fields["other"])
        choices.queryset = turns.exclude(user=turn.user_id)


class HoursForm(Plain, forms.ModelForm):
    class Meta:
        model = School
        fields = ("duty_day_from", "duty_night_from")
        widgets = {"duty_day_from": TIME, "duty_night_from": TIME}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        day, night = cleaned.get("duty_day_from"), cleaned.get("duty_night_from")
        if day and night and night <= day:
            self.add_error("duty_night_from", _("The night must begin after the day."))
        return cleaned

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.day_fields import DAY_OVER, DAY_TO_COME, day_field
from visits.actions.visits import Agreed
from visits.models import ALARMING, WORDS_MAX, Agreement, CallLog, Fact, Outcome, Visit
from visits.queries import Person
from visits.rules import CALL_MINUTES_MAX, YEAR_DAYS, is_coming_day, is_past_day

AGREED_LINES = 3
ASKED_WITHIN_DAYS = 14  # days until an extra visit is due, unless a day is chosen
VILLAGE = "village"  # the choice "the village worker" in the list of people who may go

_PAST = {
    "ahead": DAY_TO_COME,
    "long_ago": _("This day is more than a year ago. Please check the year."),
}
_COMING = {
    "over": DAY_OVER,
    "far_off": _("This day is more than a year away. Check the year."),
}


def _day(label, required: bool = True) -> forms.DateField:
    # Browsers send ISO dates; people who type without a date picker may use points or slashes.
    formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"]
    return day_field(label, required=required, input_formats=formats)


class _Dated(forms.Form):
    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def _past(self, name: str):
        on = self.cleaned_data.get(name)
        if on and (problem := is_past_day(on, self.today)):
            raise forms.ValidationError(_PAST[problem])
        return on

    def _coming(self, name: str):
        on = self.cleaned_data.get(name)
        if on and (problem := is_coming_day(on, self.today)):
            raise forms.ValidationError(_COMING[problem])
        return on


class RecordForm(_Dated):
    """The outcome of a visit. `people` lists those who may have been met; `agreed` reads the three lines."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=Outcome.choices,
        error_messages={"required": _("Select how it went.")},
    )
    visited_on = _day(_("Day of the visit"))
    met = forms.MultipleChoiceField(label=_("Who did you meet?"), required=False)
    facts = forms.MultipleChoiceField(
        label=_("What did you see?"), choices=Fact.choices, required=False
    )
    words = forms.CharField(label=_("In your own words"), max_length=WORDS_MAX, required=False)
    next_on = _day(_("Next visit"), required=False)
    alarming = ALARMING

    def __init__(self, *args, people: Sequence[Person], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["met"].choices = [(str(one.adult_id), one.called) for one in people]  # type: ignore[attr-defined]
        for n in range(1, AGREED_LINES + 1):
            self.fields[f"who_{n}"] = forms.ChoiceField(
                label=_("Who"), choices=Agreement.Who.choices, required=False
            )
            self.fields[f"what_{n}"] = forms.CharField(
                label=_("does what"), max_length=120, required=False
            )
            self.fields[f"by_{n}"] = _day(_("by when"), required=False)

    def clean_visited_on(self):
        return self._past("visited_on")

    def clean_next_on(self):
        return self._coming("next_on")

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        for n in range(1, AGREED_LINES + 1):
            on = data.get(f"by_{n}")
            if on and (problem := is_coming_day(on, data.get("visited_on") or self.today)):
                self.add_error(f"by_{n}", _COMING[problem])
            if on and not data.get(f"what_{n}"):
                self.add_error(f"what_{n}", _("Enter what was agreed for this day."))
        return data

    @property
    def agreed(self) -> list[Agreed]:
        data = self.cleaned_data
        return [
            Agreed(data[f"who_{n}"] or Agreement.Who.SCHOOL, data[f"what_{n}"], data[f"by_{n}"])
            for n in range(1, AGREED_LINES + 1)
            if data[f"what_{n}"]
        ]

    def agreed_lines(self) -> list[dict[str, forms.BoundField]]:
        return [
            {part: self[f"{part}_{n}"] for part in ("who", "what", "by")}
            for n in range(1, AGREED_LINES + 1)
        ]


class _WhoGoes(_Dated):
    """A form with `goes`: the id of a colleague, "village", or empty."""

    planned_on = _day(_("Day"), required=False)
    goes = forms.ChoiceField(label=_("Who visits"), required=False)

    def __init__(self, *args, colleagues: Sequence[User], has_worker: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.colleagues = {str(one.pk): one for one in colleagues}
        choices = [
            ("", _("not decided yet")),
            *((pk, one.name) for pk, one in self.colleagues.items()),
        ]
        if has_worker:
            choices.append((VILLAGE, _("the village worker")))
        self.fields["goes"].choices = choices  # type: ignore[attr-defined]

    def clean_planned_on(self):
        return self._coming("planned_on")

    @property
    def who(self) -> dict[str, Any]:
        chosen = self.cleaned_data["goes"]
        return {"goes": self.colleagues.get(chosen), "by_village": chosen == VILLAGE}


class PlanForm(_WhoGoes):
    """Plan several visits at once. `offered` holds the open visits to choose from."""

    visits = forms.MultipleChoiceField(
        error_messages={
            "required": _("Choose who to visit."),
            "invalid_choice": _(
                "One of these visits has been recorded or cancelled in the meantime."
            ),
        }
    )

    def __init__(self, *args, offered: dict[str, Visit], allowed: set[int], **kwargs):
        super().__init__(*args, **kwargs)
        self.offered, self.allowed = offered, allowed
        self.fields["visits"].choices = [(pk, pk) for pk in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        chosen = [self.offered[pk] for pk in data.get("visits", [])]
        if data.get("goes") == VILLAGE:
            _refuse_village([row.student for row in chosen], self.allowed)
        if not data.get("planned_on") and not data.get("goes") and "planned_on" not in self.errors:
            self.add_error("planned_on", _("Choose a day, or who visits."))
        data["rows"] = chosen
        return data


class AskForm(_WhoGoes):
    kind = forms.ChoiceField(label=_("Type of visit"), choices=Visit.Kind.choices)
    reason = forms.CharField(
        label=_("Reason, in plain words"),
        max_length=200,
        help_text=_("The person who visits reads this, including the village worker."),
        error_messages={"required": _("Enter a short reason.")},
    )

    def __init__(self, *args, student, is_allowed: bool, **kwargs):
        super().__init__(*args, **kwargs)
        self.student, self.is_allowed = student, is_allowed

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("goes") == VILLAGE:
            _refuse_village([self.student], {self.student.pk} if self.is_allowed else set())
        return self.cleaned_data

    @property
    def due_on(self):
        return self.cleaned_data["planned_on"] or self.today + timedelta(days=ASKED_WITHIN_DAYS)


def _refuse_village(students, allowed: set[int]) -> None:
    refused = [one for one in students if one.pk not in allowed]
    if refused:
        names = " ".join(one.name for one in refused)
        raise forms.ValidationError(
            _("These families do not want us to tell the village worker: %(names)s.")
            % {"names": names}
        )
    nowhere = [one.name for one in students if not one.village]
    if nowhere:
        raise forms.ValidationError(
            _("We have no village on file for these children, so no village worker: %(names)s.")
            % {"names": " ".join(nowhere)}
        )


class _CallForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("How did it go?"),
        choices=CallLog.Outcome.choices,
        error_messages={"required": _("Select how it went.")},
    )
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=0,
        max_value=CALL_MINUTES_MAX,
        error_messages={
            "max_value": _("This call would be longer than three hours. Check the minutes."),
            "min_value": _("Enter the minutes as a number."),
            "invalid": _("Enter the minutes as a number."),
        },
    )
    words = forms.CharField(label=_("In your own words"), max_length=WORDS_MAX, required=False)
    child_spoke = forms.BooleanField(
        label=_("The child also spoke with them on this phone"), required=False
    )


class EndCallForm(_CallForm):
    pass


class LogCallForm(_CallForm):
    """A call that has ended. Day and time are local to the school."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    adult = forms.ChoiceField(
        label=_("Who did you call?"),
        error_messages={
            "required": _("Select who you called."),
            "invalid_choice": _("Select who you called."),
        },
    )
    started = forms.DateTimeField(
        label=_("When"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
    )

    def __init__(self, *args, people: Sequence[Person], at: datetime, zone: ZoneInfo, **kwargs):
        super().__init__(*args, **kwargs)
        self.at, self.zone = at, zone
        self.fields["adult"].choices = [(str(one.adult_id), one.called) for one in people]  # type: ignore[attr-defined]

    def clean_started(self) -> datetime:
        started = self.cleaned_data["started"]
        if started > self.at + timedelta(minutes=5):  # a phone's clock may be a little fast
            raise forms.ValidationError(_("This time is in the future."))
        if (self.at - started).days > YEAR_DAYS:
            raise forms.ValidationError(_PAST["long_ago"])
        return started


class MeetingForm(_Dated):
    key = forms.UUIDField(widget=forms.HiddenInput)
    held_on = _day(_("Day of the meeting"))
    came = forms.MultipleChoiceField(
        label=_("Who came?"),
        error_messages={"required": _("Tick who came.")},
    )
    words = forms.CharField(
        label=_("What you discussed and agreed"),
        max_length=WORDS_MAX,
        error_messages={"required": _("Enter a few words.")},
    )

    def __init__(self, *args, carers, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["came"].choices = [(str(row.adult_id), row.adult.name) for row in carers]  # type: ignore[attr-defined]

    def clean_held_on(self):
        return self._past("held_on")


def local_now(at: datetime, zone: ZoneInfo) -> str:
    return timezone.localtime(at, zone).strftime("%Y-%m-%dT%H:%M")

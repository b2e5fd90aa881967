"""Forms about what teachers see and do. Errors appear at their field, and no input is lost."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from classroom.models import (
    AttendanceMark,
    Deed,
    FamilyRequest,
    HomeworkHelp,
    Letter,
    Observation,
    Strength,
    Theme,
)
from classroom.presenters import DAY_ONLY, weekday_names
from classroom.rules import (
    REQUEST_AHEAD_DAYS,
    may_be_told,
    refused_day,
    written_moment,
)
from core.day_fields import DAY_TO_COME, DayInput, day_field, refuse_day_over
from core.days import short_day
from core.meanwhile import AsksToReplace
from guardians.models import Guardianship
from guardians.presenters import called
from students.models import Student
from uploads.actions import key_of_form
from uploads.forms import PhotoField, VoiceField

NOW, THAT_DAY, A_DAY = "now", "today", "day"
PLACES = [
    pgettext_lazy("place at school", "playground"),
    pgettext_lazy("place at school", "classroom"),
    pgettext_lazy("place at school", "dormitory"),
    pgettext_lazy("place at school", "canteen"),
    pgettext_lazy("place at school", "on the way"),
]
DAY_REFUSED = {
    "future": DAY_TO_COME,
    "old": _("This day is more than a year ago. Check the year."),
}
FAR_DAY = _("This day is more than a year ahead. Check the year.")


def _choices(label, choices) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class ObservationForm(forms.Form):
    """A note about one child. `photo` and `voice` exist only if the family has agreed."""

    words = forms.CharField(
        label=_("What you saw"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    when = forms.ChoiceField(
        label=_("When"),
        choices=[
            (NOW, _("just now")),
            (THAT_DAY, _("earlier today")),
            (A_DAY, _("another day")),
        ],
        initial=NOW,
        required=False,
    )
    happened_on = forms.DateField(
        label=_("Day"),
        required=False,
        widget=DayInput({"class": "form-control"}),
    )
    place = forms.CharField(label=_("Where"), max_length=40, required=False)
    strengths = _choices(_("Strengths"), Strength.choices)
    themes = _choices(_("Keep an eye on"), Theme.choices)
    deeds = _choices(_("What the adult did"), Deed.choices)
    tell_family = forms.BooleanField(label=_("Tell the family this good news"), required=False)
    also = forms.ModelMultipleChoiceField(
        label=_("Also about"),
        queryset=Student.objects.none(),
        required=False,
        error_messages={
            "invalid_choice": _(
                "One of these children is no longer in your class. Please choose again."
            )
        },
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args,
        student: Student,
        at: datetime,
        left_on: date | None,
        allowed=(),
        others: QuerySet[Student] | None = None,
        shared_with: Collection[Student] = (),
        **kw,
    ):
        """Take `others`, whom the note may also be about, and `shared_with`, whom it is already about."""
        super().__init__(*args, **kw)
        if others is None:
            del self.fields["also"]
        else:
            self.fields["also"].queryset = others  # type: ignore[attr-defined]
        self.student, self.at, self.left_on = student, at, left_on
        self.shared_with = shared_with
        self.zone = ZoneInfo(student.school.time_zone)
        if "photo" in allowed:
            self.fields["photo"] = PhotoField(label=_("Photo"), required=False)
        if "voice" in allowed:
            self.fields["voice"] = VoiceField(label=_("Voice note"), required=False)

    @property
    def written_at(self) -> datetime:
        """Return when the page was filled in, as the page states it: a phone may deliver it days later."""
        said = self.data.get("written_at", "")
        try:
            said_at = datetime.fromisoformat(said.replace("Z", "+00:00")) if said else None
        except ValueError:
            said_at = None
        if said_at is not None and said_at.tzinfo is None:
            said_at = said_at.replace(tzinfo=self.zone)
        return written_moment(said_at, self.at)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["also"] = [one for one in data.get("also", ()) if one.pk != self.student.pk]
        for name, words in _REFUSED_FILES.items():
            if name in self.files and name not in self.fields:
                self.add_error(None, words)
        seen = ("words", "strengths", "themes", "photo", "voice")
        if not self.errors and not any(data.get(name) for name in seen):
            self.add_error("words", _("Enter what you saw, or tap what it showed."))
        if data.get("tell_family") and not may_be_told(data.get("themes", [])):
            self.add_error("tell_family", _TELL_REFUSED)
        elif data.get("tell_family") and (named := self._named_to_others(data)):
            words = _("Each family would read about the other child: %(names)s. Take the name out.")
            self.add_error("words", words % {"names": _(", ").join(named)})
        data["happened_at"] = self._happened_at(data)
        return data

    def _named_to_others(self, data: dict[str, Any]) -> list[str]:
        """Return the children whom the text of a note about several names.

        Each of their families reads the text.
        """
        children = [self.student, *data["also"], *self.shared_with]
        words = data.get("words", "")
        named = [one.name for one in children if one.given_name in words or one.name in words]
        return named if len(children) > 1 else []

    def _happened_at(self, data: dict[str, Any]) -> datetime:
        written = timezone.localtime(self.written_at, self.zone)
        on, happened_at = written.date(), written
        when = data.get("when") or NOW
        if when == A_DAY:
            on = data.get("happened_on") or on
            if not data.get("happened_on") and "happened_on" not in self.errors:
                self.add_error("happened_on", _("Which day was it?"))
        if when != NOW:
            happened_at = datetime.combine(on, DAY_ONLY, self.zone)
        self._check_day(on)
        return happened_at

    def _check_day(self, on: date) -> None:
        today = timezone.localdate(self.at, self.zone)
        if refused := refused_day(on, today):
            self.add_error("happened_on", DAY_REFUSED[refused])
        elif self.left_on and on > self.left_on:
            words = _("%(name)s left on %(day)s. You can still add notes about earlier days.")
            day = short_day(self.left_on, today)
            self.add_error("happened_on", words % {"name": self.student.name, "day": day})

    @property
    def act_key(self) -> UUID:
        """Return a key for exactly this note of this page, whenever it is sent."""
        data = self.cleaned_data
        timeless = {name: said for name, said in data.items() if name != "happened_at"}
        children = {"student": self.student.pk, "also": sorted(one.pk for one in data["also"])}
        return key_of_form(timeless | children)

    @property
    def seen(self) -> dict[str, Any]:
        names = ("words", "place", "happened_at", "strengths", "themes", "deeds", "tell_family")
        return {name: self.cleaned_data[name] for name in names}


_REFUSED_FILES = {
    "photo": _("The family has not agreed to photos of this child. We did not keep the photo."),
    "voice": _("The family has not agreed to recordings of this child. We did not keep it."),
}
_TELL_REFUSED = _(
    "Notes about the home or about trouble never go to the family. Untick this, or add a "
    "separate note with the good news."
)


def observation_initial(note: Observation, zone: str) -> dict[str, Any]:
    happened = timezone.localtime(note.happened_at, ZoneInfo(zone))
    names = ("words", "place", "strengths", "themes", "deeds", "tell_family", "key")
    return {name: getattr(note, name) for name in names} | {
        "when": A_DAY,
        "happened_on": happened.date(),
    }


class LetterForm(AsksToReplace, forms.ModelForm):
    class Meta:
        model = Letter
        fields = ("good_news", "body", "mood", "learning", "you_can_do")
        labels = {"learning": pgettext_lazy("part of a letter", "School")}
        widgets = dict.fromkeys(
            ("good_news", "body", "mood", "learning", "you_can_do"),
            forms.Textarea(attrs={"rows": 2}),
        )
        help_texts = {
            "good_news": _("This comes first, in large letters."),
            "body": _("For example: has grown, was not ill, eats well."),
            "mood": _("For example: laughs a lot; missed you on Monday."),
            "learning": _("For example: keeps up in maths; reads aloud better."),
            "you_can_do": _("One small thing, such as a question for the next call."),
        }


class RequestForm(forms.Form):
    adult = forms.ChoiceField(label=_("Who to ask"), widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("What to ask for"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Ask for one thing, in simple words."),
    )
    due_on = day_field(_("By when"))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, held: list[Guardianship], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.adults = {str(row.adult_id): row.adult for row in held}
        people = {str(row.adult_id): f"{called(row)} {row.adult.name}" for row in held}
        choice = cast(forms.ChoiceField, self.fields["adult"])
        choice.choices = list(people.items())
        if len(people) == 1:
            choice.initial = next(iter(people))

    def clean_due_on(self) -> date:
        due_on = self.cleaned_data["due_on"]
        refuse_day_over(due_on, self.today)
        if due_on > self.today + timedelta(days=REQUEST_AHEAD_DAYS):
            raise forms.ValidationError(FAR_DAY)
        return due_on


class HelpForm(forms.Form):
    """Help with homework by a named person, on given days at a given time."""

    SOMEBODY = "somebody"

    who = forms.ChoiceField(label=_("Who helps"))
    somebody = forms.CharField(
        label=_("Name of the neighbour or older pupil"), max_length=60, required=False
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Which days"), coerce=int, widget=forms.CheckboxSelectMultiple
    )
    starts_at = forms.TimeField(
        label=_("At what time"),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    words = forms.CharField(label=_("What they help with"), max_length=120, required=False)
    starts_on = day_field(_("Starting on"))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, staff: list[User], held: list[Guardianship], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.people: dict[str, Any] = {f"s{one.pk}": one for one in staff}
        self.people |= {f"a{row.adult_id}": row.adult for row in held}
        family = {f"a{row.adult_id}": f"{called(row)} {row.adult.name}" for row in held}
        cast(forms.ChoiceField, self.fields["who"]).choices = [
            ("", "—"),
            (_("At school"), [(f"s{one.pk}", one.name) for one in staff]),
            (_("In the family"), list(family.items())),
            (self.SOMEBODY, _("A neighbour or an older pupil: …")),
        ]
        names = list(enumerate(weekday_names()))
        cast(forms.MultipleChoiceField, self.fields["weekdays"]).choices = names

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        if starts_on < self.today - timedelta(days=REQUEST_AHEAD_DAYS):
            raise forms.ValidationError(DAY_REFUSED["old"])
        if starts_on > self.today + timedelta(days=REQUEST_AHEAD_DAYS):
            raise forms.ValidationError(FAR_DAY)
        return starts_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        is_somebody = data.get("who") == self.SOMEBODY
        if is_somebody and not data.get("somebody") and "somebody" not in self.errors:
            self.add_error("somebody", _("Enter the name."))
        return data

    @property
    def plan(self) -> dict[str, Any]:
        names = ("weekdays", "starts_at", "words", "starts_on")
        plan = {name: self.cleaned_data[name] for name in names}
        who = self.cleaned_data["who"]
        if who == self.SOMEBODY:
            return plan | {"somebody": self.cleaned_data["somebody"]}
        return plan | {"staff" if who[0] == "s" else "adult": self.people[who]}


class EndHelpForm(forms.Form):
    ending = forms.ChoiceField(
        label=_("How it ended"), choices=HomeworkHelp.Ending.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(label=_("Result"), max_length=200, required=False)


class AnswerForm(forms.Form):
    """What an adult of the family told the school by phone."""

    answer = forms.ChoiceField(
        label=_("The family's answer"),
        choices=FamilyRequest.Answer.choices,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(label=_("In their words"), max_length=300, required=False)


class ReasonForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason for the absence"),
        choices=[pair for pair in AttendanceMark.Reason.choices if pair[0]],
        widget=forms.RadioSelect,
    )


class DayForm(forms.Form):
    """The day of a register or of homework; today if none is given."""

    on = day_field(_("Day"), required=False)

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self) -> date:
        on = self.cleaned_data["on"] or self.today
        if refused := refused_day(on, self.today):
            raise forms.ValidationError(DAY_REFUSED[refused])
        return on


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("The Excel file"), widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"})
    )

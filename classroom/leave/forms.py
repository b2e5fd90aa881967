"""Forms about leave. Errors appear at their field, and no input is lost."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from classroom.calendar import no_school_words
from classroom.leave.rules import CHIPS, is_at_school, refused_span
from classroom.models import AttendanceMark, LeaveRequest
from core.day_fields import day_field, refuse_last_before_first
from core.days import near_day
from core.requests import day_of
from guardians.models import Adult, Guardianship
from guardians.presenters import called
from schools.queries import SchoolCalendar
from students.models import Student
from uploads.forms import PhotoField

Reason = AttendanceMark.Reason
Collects = LeaveRequest.Collects
REASONS = {
    Reason.ILL: gettext_lazy("ill"),
    Reason.FAMILY: gettext_lazy("something in the family"),
    Reason.WITH_PARENTS: pgettext_lazy("leave", "with the parents"),
    Reason.OTHER: gettext_lazy("another reason"),
}
LOOKED_AHEAD_DAYS = 14  # days searched for the next school day; in long holidays there may be none
TAP_A_DAY = gettext_lazy("Please tap a day.")


class LeaveForm(forms.Form):
    """Days, reason and who fetches the child. Dates entered by hand take precedence over the tapped `day`."""

    key = forms.UUIDField(
        error_messages={
            "required": gettext_lazy("We did not receive that. Please tap again."),
            "invalid": gettext_lazy("We did not receive that. Please tap again."),
        }
    )
    day = forms.CharField(max_length=10, required=False)
    starts_on = day_field(gettext_lazy("From"), required=False)
    ends_on = day_field(gettext_lazy("Until"), required=False)
    reason = forms.ChoiceField(
        choices=list(REASONS.items()),
        error_messages={"required": gettext_lazy("Please tap the reason.")},
    )
    words = forms.CharField(max_length=200, required=False)
    photo = PhotoField(required=False)
    collects = forms.ChoiceField(
        error_messages={"required": gettext_lazy("Please tap who fetches the child.")}
    )
    collector_words = forms.CharField(max_length=80, required=False)

    def __init__(
        self,
        *args: Any,
        student: Student,
        adult: Adult,
        ties: list[Guardianship],
        calendar: SchoolCalendar,
        now: datetime,
        taken: Collection[LeaveRequest] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.calendar = now.date(), calendar
        self.people = {f"a{tie.adult_id}": tie.adult for tie in ties}
        names = [
            (
                f"a{tie.adult_id}",
                _("I pick them up") if tie.adult_id == adult.pk else called(tie),
            )
            for tie in ties
        ]
        cast(forms.ChoiceField, self.fields["collects"]).choices = [
            (Collects.HOME, _("is at home already")),
            *names,
            (Collects.SOMEBODY, _("somebody else")),
            (Collects.ALONE, _("goes home alone")),
        ]
        # Today is offered while school is not over.
        first = 1 if now.time() >= calendar.closes else 0
        ahead = (now.date() + timedelta(days=n) for n in range(first, LOOKED_AHEAD_DAYS))
        free = (
            day for day in ahead if not any(row.starts_on <= day <= row.ends_on for row in taken)
        )
        self.offered = [day for day in free if calendar.is_school_day(day)][:CHIPS]
        self.initial.setdefault("day", self.offered[0].isoformat() if self.offered else "")
        is_there = is_at_school(
            now.time(), calendar.is_school_day(self.today), calendar.opens, calendar.closes
        )
        if not is_there and not student.is_boarding:
            self.initial.setdefault("collects", Collects.HOME)

    @property
    def chips(self) -> list[tuple[str, str]]:
        return [(day.isoformat(), near_day(day, self.today)) for day in self.offered]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not {"starts_on", "ends_on"} & self.errors.keys():
            self._check_span(data)
        is_somebody = data.get("collects") == Collects.SOMEBODY
        if is_somebody and not data.get("collector_words") and "collector_words" not in self.errors:
            self.add_error("collector_words", _("Who is it? Please write the name."))
        return data

    def _check_span(self, data: dict[str, Any]) -> None:
        first, last = data.get("starts_on"), data.get("ends_on")
        field = "starts_on" if first or last else "day"
        if field == "day":
            first = last = day_of(data.get("day"))
        if first is None:
            self.add_error(field, TAP_A_DAY if field == "day" else _("Which is the first day?"))
            return
        last = last or first
        refuse_last_before_first(self)
        if last < first:
            return
        if words := self._refused(first, last):
            self.add_error(field, words)
        self.span = (first, last)

    def _refused(self, first: date, last: date) -> str:
        words = {
            "back": _("These days are too long ago. Please call the teacher."),
            "ahead": _("This is too far ahead. Please ask again later."),
            "long": _("This is more than a month. Please talk with the teacher."),
        }
        if refused := refused_span(first, last, self.today):
            return words[refused]
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        if any(self.calendar.is_school_day(day) for day in days):
            return ""
        if first == last:
            return no_school_words(first, self.calendar)
        return _("There is no school on any of these days.")

    @property
    def wish(self) -> dict[str, Any]:
        """Return the arguments for classroom.leave.actions.ask."""
        data, (first, last) = self.cleaned_data, self.span
        chosen = data["collects"]
        collector = self.people.get(chosen)
        return {
            "key": data["key"],
            "starts_on": first,
            "ends_on": last,
            "reason": data["reason"],
            "words": data["words"],
            "photo": data["photo"],
            "collects": Collects.ADULT if collector else chosen,
            "collector": collector,
            "collector_words": data["collector_words"] if chosen == Collects.SOMEBODY else "",
        }


class DeclineForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("A word to the family"),
        max_length=200,
        widget=forms.TextInput(),
        error_messages={
            "required": gettext_lazy("The family should know why. A few words will do.")
        },
    )

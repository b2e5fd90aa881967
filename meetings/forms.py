"""Inviting, moving, calling off, minutes, and a family's answer; errors appear at their field."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.day_fields import DAY_OVER, day_field
from core.meanwhile import AsksToReplace
from meetings import rules
from meetings.actions import Plan
from meetings.models import (
    LINE_AT_MOST,
    MINUTES_AT_MOST,
    TITLE_AT_MOST,
    WISH_AT_MOST,
    WORDS_AT_MOST,
    Expert,
    Meeting,
    MeetingInvitation,
)
from schools import record_checks
from schools.models import School, SchoolClass
from students.models import Enrolment

_NOT_LOOKED_UP = gettext_lazy(
    "The record of %(name)s does not count on this day. Look it up first (Meetings, Experts)."
)
STALE = gettext_lazy("Please open this page again.")
SLOT_MINUTES = (10, 15, 20, 30)
Scope = Meeting.Scope


def _chosen() -> Any:
    return forms.TypedMultipleChoiceField(coerce=int, required=False)


class WhenForm(forms.Form):
    """Day, time and place, on the school's clock.

    `anyway`: hold it although the same adults have another meeting then.
    """

    day = day_field(
        gettext_lazy("Day"), error_messages={"required": gettext_lazy("Choose the day.")}
    )
    starts = forms.TimeField(
        label=gettext_lazy("From"),
        error_messages={"required": gettext_lazy("Enter when it begins.")},
    )
    ends = forms.TimeField(
        label=gettext_lazy("Until"),
        error_messages={"required": gettext_lazy("Enter when it ends.")},
    )
    place = forms.CharField(
        label=gettext_lazy("Where at the school?"),
        max_length=LINE_AT_MOST,
        error_messages={"required": gettext_lazy("Enter a place that families find.")},
    )
    anyway = forms.BooleanField(required=False)

    def __init__(
        self, *args, school: School, at: datetime, speaker: Expert | None = None, **kwargs
    ):
        super().__init__(*args, **kwargs)
        self.school, self.at, self.speaker = school, at, speaker

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        day, starts, ends = data.get("day"), data.get("starts"), data.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("The end is before the beginning."))
        if day is None or starts is None or ends is None:
            return data
        zone = ZoneInfo(self.school.time_zone)
        data["starts_at"] = datetime.combine(day, starts, tzinfo=zone)
        data["ends_at"] = datetime.combine(day, ends, tzinfo=zone)
        today = self.at.astimezone(zone).date()
        if day < today:
            self.add_error("day", DAY_OVER)
        elif data["starts_at"] <= self.at:
            self.add_error("starts", _("This time is in the past."))
        elif day > today + timedelta(days=rules.AHEAD_DAYS):
            self.add_error("day", _("That is too far in the future."))
        if self.speaker and not record_checks.counts(self.speaker.checked_on, day):
            self.add_error("day", _NOT_LOOKED_UP % {"name": self.speaker.name})
        return data

    def refuse_slots(self, minutes: int | None) -> None:
        """Refuse a time that leaves no talk of so many minutes, or too many; None: all come at once."""
        data = self.cleaned_data
        if not minutes or "starts_at" not in data or self.errors:
            return
        count = len(rules.slots(data["starts_at"], data["ends_at"], minutes))
        if not count:
            self.add_error("ends", _("There is no time for a single talk."))
        elif count > rules.SLOTS_AT_MOST:
            self.add_error("ends", _("These are too many talks for one day."))

    @property
    def when(self) -> dict[str, datetime]:
        return {name: self.cleaned_data[name] for name in ("starts_at", "ends_at")}


class MoveForm(WhenForm):
    def __init__(self, *args, slot_minutes: int | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.slot_minutes = slot_minutes

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        self.refuse_slots(self.slot_minutes)
        return data


class MeetingForm(WhenForm):
    key = forms.UUIDField(error_messages={"required": STALE, "invalid": STALE})
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=Meeting.Kind,
        error_messages={"required": gettext_lazy("Choose what it is.")},
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=TITLE_AT_MOST,
        error_messages={"required": gettext_lazy("Enter a title that says what it is about.")},
    )
    words = forms.CharField(
        label=gettext_lazy("What it is about"), max_length=WORDS_AT_MOST, required=False
    )
    remote = forms.CharField(
        label=gettext_lazy("By phone or video: how?"), max_length=LINE_AT_MOST, required=False
    )
    slot_minutes = forms.TypedChoiceField(
        label=gettext_lazy("How families come"), coerce=int, empty_value=None, required=False
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("Who is invited?"),
        choices=Scope,
        error_messages={
            "required": gettext_lazy("Choose who is invited."),
            "invalid_choice": gettext_lazy("Choose who is invited."),
        },
    )
    expert = forms.TypedChoiceField(
        label=gettext_lazy("Who speaks, from outside"), coerce=int, empty_value=None, required=False
    )
    grades = _chosen()
    classes = _chosen()
    children = _chosen()

    def __init__(
        self,
        *args,
        classes: Sequence[SchoolClass],
        children: Sequence[Enrolment],
        experts: Sequence[Expert],
        whole_school: bool,
        is_silent: bool,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        self.is_silent = is_silent
        allowed = [Scope.CLASSES, Scope.CHILDREN]
        if whole_school:
            allowed = [Scope.SCHOOL, Scope.GRADES, *allowed]
        grades = sorted({one.grade.number for one in classes}) if whole_school else []
        self._offer("scope", [(scope.value, scope.label) for scope in allowed])
        self._offer("grades", [(number, str(number)) for number in grades])
        self._offer("classes", [(one.pk, one.name) for one in classes])
        self._offer("children", [(row.student_id, row.student.name) for row in children])
        self.experts = {one.pk: one for one in experts}
        nobody = [("", _("nobody from outside"))]
        self._offer("expert", nobody + [(one.pk, f"{one.name} · {one.field}") for one in experts])
        together = [("", _("all together"))]
        self._offer(
            "slot_minutes",
            together + [(n, _("one by one, %(n)d minutes each") % {"n": n}) for n in SLOT_MINUTES],
        )

    def _offer(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field: Any = self.fields[name]
        field.choices = choices

    def clean_expert(self) -> Expert | None:
        self.speaker = self.experts.get(self.cleaned_data["expert"] or 0)
        return self.speaker

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        scope = data.get("scope")
        if scope in ("grades", "classes", "children") and not data.get(scope):
            self.add_error("scope", _("Choose at least one."))
        self.refuse_slots(data.get("slot_minutes"))
        if self.is_silent:
            raise forms.ValidationError(
                _("The school is not sending messages to families at the moment. Try again later.")
            )
        return data

    @property
    def fresh_key(self) -> UUID:
        try:
            return UUID(self.data.get("key", ""))
        except ValueError:
            return uuid4()

    @property
    def picked(self) -> list[int]:
        return self.cleaned_data.get(self.cleaned_data["scope"]) or []

    @property
    def plan(self) -> Plan:
        names = (
            "key kind title words place remote slot_minutes scope expert starts_at ends_at".split()
        )
        return Plan(**{name: self.cleaned_data[name] for name in names}, picked=self.picked)


class OffForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why? Families read this."),
        max_length=200,
        error_messages={"required": gettext_lazy("Say in a few words why.")},
    )


class MinutesForm(AsksToReplace):
    minutes = forms.CharField(
        label=gettext_lazy("What was said and agreed"), max_length=MINUTES_AT_MOST, required=False
    )
    is_shown = forms.BooleanField(
        label=gettext_lazy("The invited families may read them"), required=False
    )


class ReplyForm(forms.Form):
    """One tap of a family; `wish` may come with it or alone."""

    reply = forms.ChoiceField(required=False)
    wish = forms.CharField(
        required=False,
        max_length=WISH_AT_MOST,
        error_messages={"max_length": gettext_lazy("Use 300 characters or fewer.")},
    )

    def __init__(self, *args, invitation: MeetingInvitation, **kwargs):
        super().__init__(*args, **kwargs)
        self.meeting, self.invitation = invitation.meeting, invitation
        Reply = MeetingInvitation.Reply
        choices = [one for one in Reply if one != Reply.REMOTE or self.meeting.remote]
        field: Any = self.fields["reply"]
        field.choices = [(one.value, one.label) for one in choices]

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if "reply" in data and not data["reply"]:
            data["reply"] = self.invitation.reply_now(self.meeting)
            if not data["reply"]:
                self.add_error("reply", _("Tap one of the answers."))
        return data

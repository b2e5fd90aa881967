"""Forms for the school's phones and open times, and for a family that chooses a time."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from calls.models import CallPeriod, CallPlace
from calls.presenters import read_value
from core.phones import PhoneField
from guardians.models import Contact
from schools.forms import TIME, Plain
from schools.models import School

WORDS_MAX = 200  # characters of CallWish.words


class PlaceForm(Plain, forms.ModelForm):
    rings_at = PhoneField(
        required=False,
        max_length=40,
        label=_("number at which Jiaqiao rings this phone"),
        help_text=_(
            "At the booked time it rings here and on the parent's phone, if the parent wants that, "
            "and connects both. Nothing is recorded. Leave it empty if parents dial themselves."
        ),
    )

    class Meta:
        model = CallPlace
        fields = ("name", "kind", "how_to_join", "rings_at")
        labels = {"name": _("name of the phone or room")}
        help_texts = {
            "how_to_join": _("What the parent sees: the number to dial, or how to join the video."),
        }

    def __init__(self, *args, school: School, **kwargs):
        super().__init__(*args, **kwargs)
        self.school = school
        kinds = [one for one in CallPlace.Kind.choices if one[0] != CallPlace.Kind.HOME]
        cast(forms.ChoiceField, self.fields["kind"]).choices = kinds

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        same = CallPlace.objects.filter(CallPlace.at_school(), school=self.school, name=name)
        same = same.exclude(pk=self.instance.pk)
        if same.exists():
            raise ValidationError(_("There is already a phone or room with this name."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == CallPlace.Kind.VIDEO and cleaned.get("rings_at"):
            self.add_error("rings_at", _("Only a phone can be called, not a video room."))
        return cleaned


class PeriodForm(Plain, forms.Form):
    """The same time of day on one or several weekdays."""

    place = forms.ModelChoiceField(CallPlace.objects.none(), label=_("where"), empty_label=None)
    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"),
        coerce=int,
        choices=CallPeriod.Weekday.choices,
        widget=forms.CheckboxSelectMultiple,
    )
    starts = forms.TimeField(label=_("from"), widget=TIME)
    ends = forms.TimeField(label=_("until"), widget=TIME)
    slot_minutes = forms.IntegerField(
        label=_("minutes per call"), min_value=5, max_value=120, initial=20
    )
    during_lessons = forms.BooleanField(label=_("Also during lessons"), required=False)

    def __init__(self, *args, school: School, **kwargs):
        super().__init__(*args, **kwargs)
        self.school = school
        places = CallPlace.objects.filter(CallPlace.at_school(), school=school, is_active=True)
        self.fields["place"].queryset = places  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends:
            self._check_hours(starts, ends, cleaned.get("slot_minutes"))
            if not self.errors:
                self._refuse_overlap(cleaned, starts, ends)
        return cleaned

    def _check_hours(self, starts: time, ends: time, slot_minutes: int | None) -> None:
        if ends <= starts:
            self.add_error(
                "ends", _("The end must be after the start. A time cannot run past midnight.")
            )
            return
        length = (ends.hour - starts.hour) * 60 + ends.minute - starts.minute
        if slot_minutes and length < slot_minutes:
            self.add_error(
                "slot_minutes", _("This is longer than the whole period, so no call fits.")
            )

    def _refuse_overlap(self, cleaned: dict[str, Any], starts: time, ends: time) -> None:
        other = CallPeriod.objects.filter(
            place=cleaned["place"],
            weekday__in=cleaned["weekdays"],
            starts__lt=ends,
            ends__gt=starts,
        ).first()
        if other:
            self.add_error(
                "starts",
                _("There is already a time on %(day)s from %(start)s to %(end)s.")
                % {
                    "day": other.get_weekday_display(),
                    "start": f"{other.starts:%H:%M}",
                    "end": f"{other.ends:%H:%M}",
                },
            )


class ChooseForm(forms.Form):
    """A time that the family tapped."""

    time = forms.CharField(
        max_length=60, error_messages={"required": _("Please tap a time first.")}
    )
    key = forms.UUIDField()

    def clean_time(self) -> tuple[int, datetime]:
        found = read_value(self.cleaned_data["time"])
        if found is None:
            raise ValidationError(_("Please choose one of the times shown here."))
        return found


class WishForm(forms.Form):
    words = forms.CharField(max_length=WORDS_MAX, required=False)
    key = forms.UUIDField()


class TalkedForm(forms.Form):
    """Whether and when the child talked with one parent; a parent also says how."""

    TODAY, YESTERDAY, NOT_YET = "today", "yesterday", "not_yet"
    DAYS_BACK = {TODAY: 0, YESTERDAY: 1, NOT_YET: 0}
    KINDS = {
        "": Contact.Kind.TALK,
        "call": Contact.Kind.CALL,
        "video": Contact.Kind.VIDEO,
    }

    adult = forms.TypedChoiceField(coerce=int)
    # Choices: today, today-call, today-video …
    answer = forms.ChoiceField(
        error_messages={
            "required": _("Please tap one of the answers."),
            "invalid_choice": _("Please tap one of the answers."),
        }
    )

    def __init__(self, *args, adults: Collection[int], **kwargs):
        super().__init__(*args, **kwargs)
        answers = [f"{day}-{kind}".rstrip("-") for day in self.DAYS_BACK for kind in self.KINDS]
        self.fields["adult"].choices = [(pk, "") for pk in adults]  # type: ignore[attr-defined]
        self.fields["answer"].choices = [(one, "") for one in answers]  # type: ignore[attr-defined]

    @property
    def has_talked(self) -> bool:
        return not self.cleaned_data["answer"].startswith(self.NOT_YET)

    @property
    def kind(self) -> str:
        return str(self.KINDS[self.cleaned_data["answer"].partition("-")[2]])

    def day(self, today: date) -> date:
        return today - timedelta(days=self.DAYS_BACK[self.cleaned_data["answer"].partition("-")[0]])


class MoodForm(forms.Form):
    mood = forms.TypedChoiceField(
        coerce=int,
        choices=[(n, n) for n in range(1, 6)],
        error_messages={"required": _("Please tap one of the faces.")},
    )


class BookForForm(forms.Form):
    """A booking by a member of staff for a child and a parent."""

    student = forms.IntegerField(min_value=1, max_value=2**62)
    adult = forms.IntegerField(min_value=1, max_value=2**62)
    time = forms.CharField(max_length=60)
    key = forms.UUIDField()

    clean_time = ChooseForm.clean_time

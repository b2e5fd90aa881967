"""Forms about holidays. Every error appears at its field."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.history import mark_of
from core.day_fields import DayInput, refuse_last_before_first
from core.days import day_and_month
from core.meanwhile import AsksToReplace
from reunions.models import PROVINCES, InfoAsked, InfoPage, ReunionPlan, Season, Topic, Watch
from reunions.rules import AROUND_SEASON_DAYS
from schools.forms import Plain
from schools.models import School

FEAST_WITHIN_DAYS = 120  # days from the first day of a holiday; no holiday is longer


class PlanForm(Plain, forms.ModelForm):
    """Who travels, and when. The days must be close to the holiday."""

    class Meta:
        model = ReunionPlan
        fields = ("travel", "arrives_on", "leaves_on", "has_ticket", "words")
        widgets = {"arrives_on": DayInput(), "leaves_on": DayInput(), "travel": forms.RadioSelect}

    def __init__(self, *args, season: Season, **kwargs):
        super().__init__(*args, **kwargs)
        self.season = season
        self.fields["travel"].choices = ReunionPlan.Travel.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("travel") not in (ReunionPlan.Travel.COMES, ReunionPlan.Travel.CHILD_GOES):
            return cleaned | {"arrives_on": None, "leaves_on": None, "has_ticket": False}
        for field in ("arrives_on", "leaves_on"):
            on: date | None = cleaned.get(field)
            if on and not _is_around(self.season, on):
                self.add_error(field, _far_words(self.season))
        arrives_on, leaves_on = cleaned.get("arrives_on"), cleaned.get("leaves_on")
        if arrives_on and leaves_on and leaves_on < arrives_on:
            self.add_error("leaves_on", _("This is before the arrival day."))
        return cleaned


def _is_around(season: Season, on: date) -> bool:
    around = timedelta(days=AROUND_SEASON_DAYS)
    return season.starts_on - around <= on <= season.ends_on + around


def _far_words(season: Season) -> str:
    words = _("This day is far from the holiday (%(first)s to %(last)s).")
    return words % {"first": day_and_month(season.starts_on), "last": day_and_month(season.ends_on)}


class StaffPlanForm(PlanForm):
    """The same form, filled in by the school for a parent who phoned."""

    adult = forms.ChoiceField(label=_("Who"))
    field_order = ("adult", "travel")

    def __init__(self, *args, people: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["adult"].choices = people  # type: ignore[attr-defined]


class OutcomeForm(Plain, forms.Form):
    outcome = forms.ChoiceField(
        label=_("Did it happen?"),
        choices=ReunionPlan.Outcome.choices,
        widget=forms.RadioSelect,
    )
    leaves_on = forms.DateField(
        label=_("When do they leave again?"),
        required=False,
        widget=DayInput(),
        help_text=_("The school checks on the child 3 days before, and 3 and 14 days after."),
    )

    def __init__(self, *args, plan: ReunionPlan, **kwargs):
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.fields["leaves_on"].initial = plan.leaves_on

    def clean_leaves_on(self) -> date | None:
        on: date | None = self.cleaned_data["leaves_on"]
        if on and not _is_around(self.plan.season, on):
            raise forms.ValidationError(_far_words(self.plan.season))
        if on and self.plan.arrives_on and on < self.plan.arrives_on:
            raise forms.ValidationError(_("This is before the arrival day."))
        return on


class WatchForm(Plain, forms.Form):
    seen = forms.ChoiceField(
        label=_("How the child is"), choices=Watch.Seen.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What you saw"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seen") == Watch.Seen.WORRYING and not cleaned.get("words"):
            self.add_error("words", _("Enter a few words about what you saw."))
        return cleaned


class SeasonForm(Plain, AsksToReplace, forms.ModelForm):
    class Meta:
        model = Season
        fields = ("kind", "starts_on", "ends_on", "feast_on")
        widgets = {"starts_on": DayInput(), "ends_on": DayInput(), "feast_on": DayInput()}

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.initial["instead_of"] = mark_of(self.instance, self.Meta.fields)

    @property
    def changes(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and abs(starts_on.year - self.today.year) > 2:
            self.add_error("starts_on", _("This date is too far from today."))
        refuse_last_before_first(self)
        if starts_on and ends_on and (ends_on - starts_on).days > 120:
            self.add_error("ends_on", _("A holiday cannot be longer than four months."))
        feast_on = cleaned.get("feast_on")
        if feast_on and starts_on and abs((feast_on - starts_on).days) > FEAST_WITHIN_DAYS:
            self.add_error("feast_on", _("This is far from the holiday."))
        others = Season.objects.filter(school=self.instance.school).exclude(pk=self.instance.pk)
        if starts_on and others.filter(starts_on=starts_on).exists():
            self.add_error("starts_on", _("Another holiday begins on this day."))
        return cleaned


class InfoPageForm(Plain, AsksToReplace, forms.ModelForm):
    topic = forms.ChoiceField(label=_("Question"), choices=Topic.choices)
    province = forms.ChoiceField(label=_("Province"), choices=PROVINCES, required=False)

    class Meta:
        model = InfoPage
        fields = ("topic", "province", "body", "source")
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def __init__(self, *args, school: School, opened: tuple[str, str], **kwargs):
        """Take the topic and province of the current page (`opened`), which may be replaced."""
        super().__init__(*args, **kwargs)
        self.school, self.opened = school, opened

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        wanted = (cleaned.get("topic", ""), cleaned.get("province", ""))
        same = InfoPage.objects.filter(school=self.school, topic=wanted[0], province=wanted[1])
        if wanted != self.opened and same.exists():
            self.add_error(
                "province", _("There is already a page for this. Open that page to change it.")
            )
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Leave out topic and province: `clean` has already checked for an existing page at this school."""
        return {*super()._get_validation_exclusions(), "topic", "province"}  # type: ignore[misc]  # Django's own


class AskForm(forms.ModelForm):
    class Meta:
        model = InfoAsked
        fields = ("words",)
        error_messages = {"words": {"required": _("Enter your question.")}}

    key = forms.UUIDField(widget=forms.HiddenInput)


class AnswerForm(Plain, forms.Form):
    answer = forms.CharField(
        label=_("Your answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )


class ChildToldForm(Plain, forms.Form):
    """A form without fields: saving it records that the child has been told."""

"""Forms about holidays. Every refusal stands at its field."""

from datetime import date, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils.translation import gettext_lazy as _

from reunions.models import PROVINCES, InfoAsked, InfoPage, ReunionPlan, Season, Topic, Watch
from reunions.rules import AROUND_SEASON_DAYS

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class _Plain:
    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        return helper


class PlanForm(_Plain, forms.ModelForm):
    """Who travels, when; the days must lie around the holiday."""

    class Meta:
        model = ReunionPlan
        fields = ("travel", "arrives_on", "leaves_on", "has_ticket", "words")
        widgets = {"arrives_on": DATE, "leaves_on": DATE, "travel": forms.RadioSelect}

    def __init__(self, *args, season: Season, **kwargs):
        super().__init__(*args, **kwargs)
        self.season = season
        self.fields["travel"].choices = ReunionPlan.Travel.choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("travel") not in (ReunionPlan.Travel.COMES, ReunionPlan.Travel.CHILD_GOES):
            return cleaned | {"arrives_on": None, "leaves_on": None, "has_ticket": False}
        first = self.season.starts_on - timedelta(days=AROUND_SEASON_DAYS)
        last = self.season.ends_on + timedelta(days=AROUND_SEASON_DAYS)
        for field in ("arrives_on", "leaves_on"):
            on: date | None = cleaned.get(field)
            if on and not first <= on <= last:
                words = _("This day is far from the holiday (%(first)s to %(last)s).")
                self.add_error(
                    field, words % {"first": self.season.starts_on, "last": self.season.ends_on}
                )
        arrives_on, leaves_on = cleaned.get("arrives_on"), cleaned.get("leaves_on")
        if arrives_on and leaves_on and leaves_on < arrives_on:
            self.add_error("leaves_on", _("This is before the day of arriving."))
        return cleaned


class StaffPlanForm(PlanForm):
    """The same, written down by the school for a parent who said so by phone."""

    adult = forms.ChoiceField(label=_("Who"))
    field_order = ("adult", "travel")

    def __init__(self, *args, people: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["adult"].choices = people  # type: ignore[attr-defined]


class OutcomeForm(_Plain, forms.Form):
    outcome = forms.ChoiceField(
        label=_("What became of it"),
        choices=ReunionPlan.Outcome.choices,
        widget=forms.RadioSelect,
    )


class WatchForm(_Plain, forms.Form):
    seen = forms.ChoiceField(
        label=_("How the child is"), choices=Watch.Seen.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("What you saw"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class SeasonForm(_Plain, forms.ModelForm):
    class Meta:
        model = Season
        fields = ("kind", "starts_on", "ends_on", "feast_on")
        widgets = {"starts_on": DATE, "ends_on": DATE, "feast_on": DATE}

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        starts_on, ends_on = cleaned.get("starts_on"), cleaned.get("ends_on")
        if starts_on and abs(starts_on.year - self.today.year) > 2:
            self.add_error("starts_on", _("This is not a day of these years."))
        if starts_on and ends_on and ends_on < starts_on:
            self.add_error("ends_on", _("This is before the first day."))
        if starts_on and ends_on and (ends_on - starts_on).days > 120:
            self.add_error("ends_on", _("No holiday is longer than four months."))
        if starts_on and self._begins_with_another(starts_on):
            self.add_error("starts_on", _("Another holiday begins on this day."))
        return cleaned

    def _begins_with_another(self, starts_on: date) -> bool:
        same = Season.objects.filter(school=self.instance.school, starts_on=starts_on)
        return same.exclude(pk=self.instance.pk).exists()


class InfoPageForm(_Plain, forms.ModelForm):
    topic = forms.ChoiceField(label=_("Question"), choices=Topic.choices)
    province = forms.ChoiceField(label=_("Province"), choices=PROVINCES, required=False)

    class Meta:
        model = InfoPage
        fields = ("topic", "province", "body", "source")
        widgets = {"body": forms.Textarea(attrs={"rows": 12})}

    def _get_validation_exclusions(self) -> set[str]:
        """The same question and province again changes the page that is there."""
        return {*super()._get_validation_exclusions(), "topic", "province"}  # type: ignore[misc]  # Django's own


class AskForm(forms.ModelForm):
    class Meta:
        model = InfoAsked
        fields = ("words",)
        error_messages = {"words": {"required": _("Please write your question.")}}

    key = forms.UUIDField(widget=forms.HiddenInput)


class AnswerForm(_Plain, forms.Form):
    answer = forms.CharField(
        label=_("Your answer"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4})
    )

from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.day_fields import day_field, refuse_day_not_ahead
from counselling.models import Measure
from counselling.plans import rules
from counselling.plans.actions import MEASURE_WORDS_MAX
from guardians.models import Adult
from safeguarding.forms import KeyedForm, PlainForm

Party = Measure.Party
LOOK_WORDS_MAX = 500  # characters


class ByName(forms.ModelChoiceField):
    def label_from_instance(self, obj) -> str:
        return obj.name


class _AheadForm(PlainForm):
    """A form with a day in the future, no further ahead than a plan may last."""

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def _ahead(self, on: date, *, from_today: bool) -> date:
        if on < self.today or not from_today:
            refuse_day_not_ahead(on, self.today)
        if on > self.today + timedelta(days=rules.LONGEST_DAYS):
            raise forms.ValidationError(_("At most a year ahead; then agree on it again."))
        return on


class MeasureForm(_AheadForm, KeyedForm):
    """One thing that one party does. The form asks for the person if the party has several."""

    party = forms.ChoiceField(choices=Party.choices, widget=forms.HiddenInput)
    adult = ByName(label=_("Who"), queryset=Adult.objects.none(), empty_label=None)
    user = ByName(label=_("Who"), queryset=User.objects.none(), empty_label=None)
    words = forms.CharField(
        label=_("What they do, in plain words"),
        help_text=_(
            "They read exactly this: nothing that the child told you, and not that there is a case."
        ),
        max_length=MEASURE_WORDS_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    rhythm = forms.ChoiceField(label=_("How often"), choices=Measure.Rhythm.choices)
    due_on = day_field(_("By when"))

    def __init__(self, *args, party: str, adults=None, users=None, **kwargs):
        super().__init__(*args, auto_id=f"{party}_%s", **kwargs)
        self._choose("adult", adults if party == Party.FAMILY else None)
        self._choose("user", users if party == Party.SCHOOL else None)
        self.fields["party"].initial = party

    def _choose(self, name: str, people) -> None:
        if people is None:
            del self.fields[name]
        else:
            cast(forms.ModelChoiceField, self.fields[name]).queryset = people

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if found := rules.telling(words):
            raise forms.ValidationError(
                _(
                    "“%(word)s” tells anyone reading along that there is more behind it."
                    " Write only what is to be done."
                )
                % {"word": found[0]}
            )
        return words

    def clean_due_on(self) -> date:
        return self._ahead(self.cleaned_data["due_on"], from_today=True)


class ReviewForm(_AheadForm):
    review_on = day_field(_("When will you review it?"))

    def clean_review_on(self) -> date:
        return self._ahead(self.cleaned_data["review_on"], from_today=False)


class AskForm(PlainForm):
    """Choose a counsellor or principal of the school for the second look."""

    user = ByName(label=_("Whom"), queryset=User.objects.none(), empty_label=None)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["user"]).queryset = people


class LookForm(PlainForm):
    """The second person's answer to the version of the plan that `mark` identifies."""

    mark = forms.CharField(max_length=64, widget=forms.HiddenInput)
    words = forms.CharField(
        label=_("What should be different"),
        help_text=_("Needed where you send it back. The owner of the case reads it."),
        max_length=LOOK_WORDS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["is_agreed"] = self.data.get("to") == "agree"
        if (
            not data["is_agreed"]
            and not data.get("words", "").strip()
            and "words" not in self.errors
        ):
            self.add_error("words", _("Please say briefly what should be different."))
        return data

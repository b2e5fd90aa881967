from datetime import date, timedelta
from typing import cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.day_fields import day_field, refuse_day_not_ahead, refuse_day_over
from core.days import day_and_time
from core.reasons import REASON_MAX, REASON_MIN
from counselling.cases import rules
from counselling.cases.actions import NOTE_WORDS_MAX, TASK_WORDS_MAX
from counselling.models import Case, CaseSession, Note
from safeguarding.forms import KeyedForm, PlainForm


class _SessionChoice(forms.ModelChoiceField):
    def label_from_instance(self, session) -> str:
        return day_and_time(timezone.localtime(session.starts_at), timezone.localdate())


class NoteForm(KeyedForm):
    instead_of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    words = forms.CharField(
        label=_("In your words"),
        max_length=NOTE_WORDS_MAX,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "autocomplete": "off"}),
    )
    session = _SessionChoice(
        label=_("Which appointment"),
        queryset=CaseSession.objects.none(),
        required=False,
        empty_label=_("none; without an appointment"),
        help_text=_("It is then marked as held."),
    )

    def __init__(self, *args, kind: str, sessions, **kwargs):
        super().__init__(*args, **kwargs)
        if kind == Note.Kind.SESSION and sessions.exists():
            cast(forms.ModelChoiceField, self.fields["session"]).queryset = sessions
        else:
            del self.fields["session"]

    def clean_words(self) -> str:
        words = self.cleaned_data["words"]
        if not words.strip():
            raise forms.ValidationError(_("Nothing written yet."))
        return words


class DraftForm(forms.Form):
    words = forms.CharField(max_length=NOTE_WORDS_MAX, strip=False, required=False)
    key = forms.UUIDField(required=False)
    instead_of = forms.CharField(required=False, max_length=64)


class MoveForm(PlainForm):
    """What a move needs in addition to its guards: a review date, or the outcome."""

    to = forms.ChoiceField(choices=Case.State.choices, widget=forms.HiddenInput)
    review_on = day_field(_("Review date"))
    outcome = forms.ChoiceField(
        label=pgettext_lazy("a case", "How did it end?"),
        choices=Case.Outcome.choices,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args, to: str, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        if to not in (rules.PLANNED, rules.IN_PROGRESS):
            del self.fields["review_on"]
        if to != rules.CLOSED:
            del self.fields["outcome"]

    def clean_review_on(self) -> date:
        on = self.cleaned_data["review_on"]
        refuse_day_not_ahead(on, self.today)
        return on


class SessionForm(KeyedForm):
    starts_at = forms.DateTimeField(
        label=_("When do you meet?"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


class TaskForm(KeyedForm):
    words = forms.CharField(
        label=_("What is to be done"),
        max_length=TASK_WORDS_MAX,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    due_on = day_field(_("By when"))


class _PeopleForm(PlainForm):
    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["user"]).queryset = people


class LetInForm(_PeopleForm):
    user: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("Whom"), queryset=User.objects.none(), empty_label=None
    )
    until_on = day_field(_("Until which day"))

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_until_on(self) -> date:
        on = self.cleaned_data["until_on"]
        refuse_day_over(on, self.today)
        if on > self.today + timedelta(days=rules.LONGEST_LET_IN_DAYS):
            raise forms.ValidationError(_("At most half a year; then ask again."))
        return on


class HandCaseForm(_PeopleForm):
    user: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("To whom"), queryset=User.objects.none(), empty_label=None
    )


class ReopenCaseForm(KeyedForm):
    words = forms.CharField(
        label=_("Why it is opened again"),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class EmergencyForm(KeyedForm):
    reason = forms.CharField(
        label=_("Why you must read it now"),
        help_text=_("The counsellor gets your name and these words at once."),
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )

"""Forms for what families tap and write, and for what staff note and set up."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.requests import key_of
from messaging.models import Answer, CheckInLine, FollowUp
from uploads.actions import key_of_form
from uploads.forms import VoiceField

WORDS_AT_MOST = 500  # characters; the field's own length
SHEET_DAYS = 14  # days; nobody remembers older calls correctly
MOODS = [(number, str(number)) for number in range(1, 6)]


class ActForm(forms.Form):
    """One act on a family page. `key` is made with the page; without one, the user has to tap again."""

    key = forms.RegexField(r"^[0-9a-f-]{8,40}$")

    def __init__(self, data, files=None, *, lines: Sequence[CheckInLine]):
        super().__init__(data, files)
        self.lines = lines

    @property
    def all_errors(self) -> list[str]:
        """Return each error once, to show at the top of a page with one question."""
        if "key" in self.errors:
            return [_("We did not receive that. Please tap again.")]
        return list(dict.fromkeys(str(e) for errors in self.errors.values() for e in errors))


class AnswerForm(ActForm):
    """One answer for all children, or one for each."""

    answer = forms.ChoiceField(choices=Answer, required=False)

    def __init__(self, data, *, lines: Sequence[CheckInLine]):
        super().__init__(data, lines=lines)
        for line in lines:
            self.fields[f"answer-{line.pk}"] = forms.ChoiceField(choices=Answer, required=False)

    def clean(self) -> dict[str, Any]:
        if not self.errors and len(self.answers) < len(self.lines):
            if len(self.lines) == 1 or not self.answers:
                raise forms.ValidationError(_("Please tap one of the three answers."))
            raise forms.ValidationError(_("Please answer for each child."))
        return self.cleaned_data

    @property
    def answers(self) -> dict[int, str]:
        for_all = self.cleaned_data.get("answer", "")
        given = {
            line.student_id: self.cleaned_data.get(f"answer-{line.pk}") or for_all
            for line in self.lines
        }
        return {child: answer for child, answer in given.items() if answer}


class MoreForm(ActForm):
    """The form after an answer: how the child sounded, a written or spoken message to the teacher, and
    whether they want to be called.
    """

    words = forms.CharField(
        max_length=WORDS_AT_MOST,
        required=False,
        error_messages={
            "max_length": gettext_lazy("That is a little too long: at most 500 characters.")
        },
    )

    voice = VoiceField(required=False)
    call = forms.BooleanField(required=False)

    def __init__(self, data, files=None, *, lines: Sequence[CheckInLine]):
        super().__init__(data, files, lines=lines)
        for line in lines:
            name = "mood" if len(lines) == 1 else f"mood-{line.pk}"
            self.fields[name] = forms.TypedChoiceField(
                choices=MOODS, coerce=int, empty_value=None, required=False
            )

    @property
    def act_key(self) -> str:
        """Return a key for exactly this message of this page (uploads.actions.key_of_form)."""
        return str(key_of_form(self.cleaned_data))

    @property
    def moods(self) -> dict[int, int]:
        only = len(self.lines) == 1
        given = {
            line.student_id: self.cleaned_data.get("mood" if only else f"mood-{line.pk}")
            for line in self.lines
        }
        return {child: mood for child, mood in given.items() if mood}


class FollowUpForm(forms.Form):
    """The result of the teacher's own attempt."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("What was the result?"),
        choices=FollowUp.Outcome.by_hand,
        error_messages={"required": gettext_lazy("Choose a result.")},
    )
    words = forms.CharField(
        label=gettext_lazy("Short note"), max_length=WORDS_AT_MOST, required=False
    )


class SheetForm(forms.Form):
    """The notes from a call sheet: one day and, for each family, an outcome and a note, or nothing.

    Rows arrive as `outcome-7` and `words-7`. Empty rows stay open.
    """

    on = forms.DateField(
        error_messages={
            "required": gettext_lazy("On which day?"),
            "invalid": gettext_lazy("On which day?"),
        }
    )

    def __init__(self, data, *, today: date):
        super().__init__(data)
        self.today = today
        self.problems: dict[int, str] = {}
        self.outcomes: dict[int, tuple[str, str]] = {}

    @property
    def on_value(self) -> str:
        return self.data.get("on", "") if self.is_bound else self.today.isoformat()

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if not self.today - timedelta(days=SHEET_DAYS) <= on <= self.today:
            raise forms.ValidationError(_("Enter a day in the last two weeks."))
        return on

    def clean(self) -> dict[str, Any]:
        names = [name.partition("-") for name in self.data]
        found = {pk for start, _dash, pk in names if start in ("outcome", "words")}
        for pk in sorted(pk for text in found if (pk := key_of(text))):
            self._take(pk)
        if self.problems:
            raise forms.ValidationError(_("Check the lines marked below."))
        if not self.outcomes and not self.errors:
            raise forms.ValidationError(_("Choose a result for at least one call."))
        return self.cleaned_data

    def _take(self, pk: int) -> None:
        outcome, words, _error = self.given(pk)
        if not outcome and words:
            self.problems[pk] = _("Choose a result for this call too.")
        elif outcome and outcome not in dict(FollowUp.Outcome.by_hand()):
            self.problems[pk] = _("Choose a result.")
        elif len(words) > WORDS_AT_MOST:
            self.problems[pk] = _("That is a little too long: at most 500 characters.")
        elif outcome:
            self.outcomes[pk] = (outcome, words)

    def given(self, pk: int) -> tuple[str, str, str]:
        """Return the outcome and words as typed, and the error message for them."""
        outcome = self.data.get(f"outcome-{pk}", "")
        words = self.data.get(f"words-{pk}", "").replace("\x00", "").strip()
        return outcome, words, self.problems.get(pk, "")


class StopForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why?"),
        max_length=200,
        error_messages={"required": gettext_lazy("Please say why in a few words.")},
    )

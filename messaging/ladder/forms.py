"""The form for a school's ladder: which steps it uses, and after how many days."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from messaging.ladder.models import WORDS_AT_MOST
from messaging.rules import STEP_WAIT_AT_MOST_DAYS, TEACHER_KNOWS_WITHIN_DAYS, Ladder
from schools.models import School
from students.queries import names_a_child

# Step → its title, and from when the days count.
STEPS = {
    "ask_again": (gettext_lazy("Ask the parent again"), gettext_lazy("after the first question")),
    "other_way": (
        gettext_lazy("Ask at another number or address"),
        gettext_lazy("after the step before; skipped if there is none"),
    ),
    "other_adult": (
        gettext_lazy("Ask another adult of the family"),
        gettext_lazy("after the step before; the other parent first, then the carer at home"),
    ),
    "tell_teacher": (
        gettext_lazy("A task for the class teacher"),
        gettext_lazy("after the last question; this step is always taken"),
    ),
    "village": (
        gettext_lazy("Ask the village worker to visit"),
        gettext_lazy(
            "that the task stays open; only where one is posted in the child's village, and never by itself "
            "where somebody of the family is blocked"
        ),
    ),
}
WORDS = {
    "ask_words": gettext_lazy("The first question"),
    "again_words": gettext_lazy("When it is asked once more"),
}
LONG_NUMBER = re.compile(r"\d{5,}")
ALWAYS = "tell_teacher"


@dataclass(frozen=True)
class StepFields:
    name: str
    title: object
    counted: object
    takes: forms.BoundField | None  # None: the step cannot be left out
    days: forms.BoundField


class TrialForm(forms.Form):
    """The settings to try on recent months, in addition to the ladder itself."""

    every_days = forms.IntegerField(
        label=gettext_lazy("Days between two questions"), min_value=1, max_value=31
    )
    fen = forms.DecimalField(
        label=gettext_lazy("Price of one message, in fen"),
        min_value=0,
        max_value=1000,
        decimal_places=1,
        required=False,
    )


class LadderForm(forms.Form):
    def __init__(self, data: Any, *, ladder: Ladder, words: Mapping[str, str], school: School):
        super().__init__(data)
        self.school = school
        for name, label in WORDS.items():
            self.fields[name] = forms.CharField(
                label=label, max_length=WORDS_AT_MOST, required=False, initial=words[name]
            )
        limits = _("Between 1 and %(most)d days.") % {"most": STEP_WAIT_AT_MOST_DAYS}
        for name, (title, _counted) in STEPS.items():
            days = ladder.wait(name)
            if name != ALWAYS:
                self.fields[f"takes_{name}"] = forms.BooleanField(
                    label=title, required=False, initial=days is not None
                )
            self.fields[name] = forms.IntegerField(
                label=title,
                min_value=1,
                max_value=STEP_WAIT_AT_MOST_DAYS,
                required=False,
                initial=days or Ladder().wait(name),
                error_messages={"min_value": limits, "max_value": limits, "invalid": limits},
            )

    def clean_ask_words(self) -> str:
        return self._safe("ask_words")

    def clean_again_words(self) -> str:
        return self._safe("again_words")

    def _safe(self, name: str) -> str:
        """Return text that may appear on a lock screen: no child's name, and no link or number except our
        own.
        """
        words = " ".join(self.cleaned_data[name].split())
        if "://" in words or "www." in words.lower() or LONG_NUMBER.search(words):
            raise forms.ValidationError(
                _("Remove the link or number: we add the link automatically.")
            )
        if words and names_a_child(school_id=self.school.pk, words=words):
            raise forms.ValidationError(
                _("Remove the child's name: anyone who sees the phone could read it.")
            )
        return words

    @property
    def sentences(self) -> list[forms.BoundField]:
        return [self[name] for name in WORDS]

    @property
    def words(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in WORDS}

    @property
    def steps(self) -> list[StepFields]:
        return [
            StepFields(
                name, title, counted, None if name == ALWAYS else self[f"takes_{name}"], self[name]
            )
            for name, (title, counted) in STEPS.items()
        ]

    def clean(self) -> dict[str, Any]:
        for name in STEPS:
            is_wanted = name == ALWAYS or self.cleaned_data.get(f"takes_{name}")
            if name in self.cleaned_data and self.cleaned_data[name] is None and is_wanted:
                self.add_error(name, _("After how many days?"))
            elif not is_wanted:
                # Ignore what was entered next to a step that is not used.
                self.errors.pop(name, None)
                self.cleaned_data[name] = None
        if not self.errors and self.ladder.days_to_teacher > TEACHER_KNOWS_WITHIN_DAYS:
            told = ngettext(
                "The teacher would only hear after %(days)d day.",
                "The teacher would only hear after %(days)d days.",
                self.ladder.days_to_teacher,
            ) % {"days": self.ladder.days_to_teacher}
            most = _("At most %(most)d days in all.") % {"most": TEACHER_KNOWS_WITHIN_DAYS}
            self.add_error(ALWAYS, _("%(told)s %(most)s") % {"told": told, "most": most})
        return self.cleaned_data

    @property
    def ladder(self) -> Ladder:
        return Ladder(**{name: self.cleaned_data[name] for name in STEPS})

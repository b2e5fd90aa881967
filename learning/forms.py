"""Releasing a lesson, taking it back, sending it, and the plan; errors appear at their field."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.days import weekday_names
from learning.actions import NotHeard
from learning.readings import REASON_AT_MOST
from students.models import Student


def weekday_choices() -> list[tuple[int, str]]:
    return list(enumerate(weekday_names()))


class LetOutForm(forms.Form):
    """`reading`, `heard`: the reading that counted on the page, and the recordings that it showed."""

    has_read = forms.BooleanField(
        error_messages={"required": gettext_lazy("Tick it when you have read every sentence.")}
    )
    reading = forms.CharField(required=False)
    heard = forms.CharField(required=False)

    def add_news(self, news: Exception) -> None:
        """Say what happened while the page was open; the reader looks again and ticks again."""
        if isinstance(news, NotHeard):
            words = _("A recording has become ready meanwhile. Please listen to it, too.")
        else:
            words = _(
                "A colleague or your county has commented on this lesson in the meantime. Read it, then"
                " tick again if you still approve it."
            )
        self.add_error("has_read", words)


class TakeBackForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why, for your colleagues"),
        max_length=REASON_AT_MOST,
        error_messages={"required": gettext_lazy("Say in a few words why.")},
    )


class SendForm(forms.Form):
    """Send to a whole class, or to chosen families, who must know about it."""

    WHOLE, CHOSEN = "class", "children"
    whom = forms.ChoiceField(choices=[(WHOLE, WHOLE), (CHOSEN, CHOSEN)])
    knows = forms.BooleanField(required=False)

    def __init__(self, *args, children: Collection[Student], is_silent: bool, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.is_silent = is_silent
        self.fields["children"] = forms.TypedMultipleChoiceField(
            coerce=int, required=False, choices=[(one.pk, one.name) for one in children]
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("whom") == self.CHOSEN and "children" in data:
            if not data["children"]:
                self.add_error("children", _("Choose at least one family."))
            if not data.get("knows"):
                self.add_error(
                    "knows", _("Talk with the family first, so that it comes as no surprise.")
                )
        if self.is_silent:
            raise forms.ValidationError(
                _("The school is not sending messages to families at the moment. Try again later.")
            )
        return data


class PlanForm(forms.Form):
    is_on = forms.TypedChoiceField(
        choices=[("1", "1"), ("0", "0")], coerce=lambda given: given == "1"
    )
    weekday = forms.TypedChoiceField(
        coerce=int, choices=weekday_choices, label=gettext_lazy("Weekday")
    )


class AnswerForm(forms.Form):
    use = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda given: given == "yes"
    )

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.codes import CodeField
from core.day_fields import refuse_day_over
from schools.models import SchoolClass
from surveys import wording
from surveys.instruments import Item
from surveys.models import CODE_MAX, Round
from surveys.rules import FOLLOW_UP_WEEKS, SEAT_CODE_DIGITS, TABLET_CODE_DIGITS

ROUND_DAYS_MAX = 92  # days a round may stay open: a term
TALKS_MAX = 200


class RoundForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(
        label=_("Which questions?"),
        error_messages={
            "required": _("Choose the questions."),
            "invalid_choice": _("Choose the questions."),
        },
    )
    how = forms.ChoiceField(
        label=_("How?"), choices=Round.How.choices, required=False, widget=forms.RadioSelect
    )
    classes = forms.ModelMultipleChoiceField(
        label=_("Which classes?"),
        queryset=SchoolClass.objects.none(),
        error_messages={
            "required": _("Choose at least one class."),
            "invalid_choice": _("This class does not belong to the school. Please choose again."),
            "invalid_pk_value": _("This class does not belong to the school. Please choose again."),
        },
    )
    due_on = forms.DateField(
        label=_("Open until"),
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"],
        error_messages={"required": _("Choose a day."), "invalid": _("Choose a day.")},
    )
    talks_per_week = forms.IntegerField(
        label=_("How many children can you talk with each week afterwards?"),
        min_value=0,
        max_value=TALKS_MAX,
        error_messages={
            "required": _("Enter a number, or 0 if nobody has time."),
            "invalid": _("Enter a number, or 0 if nobody has time."),
        },
    )

    # Asked only if the same children were asked lately.
    again = forms.BooleanField(label=_("Ask them again anyway"), required=False)

    def __init__(
        self,
        *args,
        choices: list[tuple[str, str]],
        ways: Mapping[str, Sequence[str]],
        classes,
        today: date,
        **kwargs,
    ):
        """`ways`: choice → how it may be asked (rules.ways_of)."""
        super().__init__(*args, **kwargs)
        self.today, self.ways = today, ways
        self.fields["talks_per_week"].help_text = gettext(
            "Somebody talks with every child pointed out within %(weeks)s weeks. You cannot open a"
            " round that needs more talks than this."
        ) % {"weeks": FOLLOW_UP_WEEKS}
        cast(forms.ChoiceField, self.fields["choice"]).choices = choices
        cast(forms.ModelMultipleChoiceField, self.fields["classes"]).queryset = classes

    def clean_due_on(self) -> date:
        on = self.cleaned_data["due_on"]
        refuse_day_over(on, self.today)
        if on > self.today + timedelta(days=ROUND_DAYS_MAX):
            raise forms.ValidationError(_("A round stays open for three months at most."))
        return on

    def clean(self) -> dict[str, Any]:
        """If there is only one way, nobody has to choose it."""
        cleaned = super().clean() or {}
        ways = self.ways.get(cleaned.get("choice", ""), ())
        if "how" in cleaned and ways:
            cleaned["how"] = cleaned["how"] or (ways[0] if len(ways) == 1 else "")
            if not cleaned["how"]:
                self.add_error("how", _("Choose how the questions are put."))
            elif cleaned["how"] not in ways:
                self.add_error("how", wording.other_ways(ways))
        return cleaned


class LessonForm(forms.Form):
    duty_adult = forms.ModelChoiceField(
        label=_("Who is there for a child who needs somebody?"),
        queryset=User.objects.none(),
        error_messages={
            "required": _("Choose someone."),
            "invalid_choice": _("Choose someone."),
        },
    )

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["duty_adult"]).queryset = people


class SeatForm(forms.Form):
    """The number of a child's seat, or the longer one with which an adult makes a tablet ready."""

    code = CodeField(
        validators=[
            RegexValidator(
                rf"^(?:[0-9]{{{SEAT_CODE_DIGITS}}}|[0-9]{{{TABLET_CODE_DIGITS}}})$",
                _("The number has six digits. Check it again."),
            )
        ],
        error_messages={"required": _("Enter the digits first.")},
    )


class AnswerForm(forms.Form):
    """One tap: an option of the item, or none to skip it.

    `key` comes from the page and is good for one answer.
    """

    item = forms.CharField(max_length=CODE_MAX)
    option = forms.CharField(max_length=CODE_MAX, required=False)
    key = forms.UUIDField(required=False)


class WholeForm(forms.Form):
    """Every question on one page. Any may stay empty.

    Each field is named by its place in the instrument: which questions are asked changes with the answers,
    but a name never does. The field `was-…` beside each holds its answer when the page was loaded.
    """

    def __init__(self, *args, items: Sequence[Item], **kwargs):
        super().__init__(*args, **kwargs)
        self.names = {f"item-{number}": item.id for number, item in enumerate(items)}
        for (field, _name), item in zip(self.names.items(), items, strict=True):
            self.fields[field] = forms.ChoiceField(
                choices=[(option.code, option.code) for option in item.options], required=False
            )
            self.fields[was(field)] = forms.CharField(max_length=CODE_MAX, required=False)

    def answers(self, only: str = "") -> dict[str, str]:
        """Return {item: option} for what was changed on this page.

        `only`: return one field, even if it was changed back.
        """
        said = self.cleaned_data
        changed = (
            [only] if only else [one for one in self.names if said.get(one) != said.get(was(one))]
        )
        return {
            self.names[one]: said[one] for one in changed if one in self.names and said.get(one)
        }


def was(field: str) -> str:
    return f"was-{field}"


class ToDoForm(forms.Form):
    words = forms.CharField(
        label=_("Task for the class teacher"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

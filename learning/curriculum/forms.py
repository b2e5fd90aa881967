"""Choosing the lesson of a week, and recording whether it was held."""

from collections.abc import Collection
from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.day_fields import day_field, refuse_day_to_come
from learning.curriculum.models import NotHeld
from learning.models import Lesson
from schools.models import SchoolClass


class PlanLessonForm(forms.Form):
    lesson = forms.TypedChoiceField(coerce=int, error_messages={"required": _("Choose a lesson.")})
    others = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(
        self, *args, lessons: Collection[Lesson], others: Collection[SchoolClass], **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lesson"].choices = [(one.pk, str(one)) for one in lessons]  # type: ignore[attr-defined]
        self.fields["others"].choices = [(one.pk, one.name) for one in others]  # type: ignore[attr-defined]


class HeldForm(forms.Form):
    held_on = day_field(pgettext_lazy("of a lesson", "On which day?"))

    def __init__(self, *args, week_on: date, today: date, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.week_on, self.today = week_on, today

    def clean_held_on(self) -> date:
        on = self.cleaned_data["held_on"]
        refuse_day_to_come(on, self.today)
        if on < self.week_on:
            raise forms.ValidationError(_("This day is before the week of the plan."))
        return on


class NotHeldForm(forms.Form):
    reason = forms.TypedChoiceField(choices=NotHeld, coerce=NotHeld)


class CameUpForm(forms.Form):
    """Which child, and which form to open for it; none of this is saved."""

    NOTE, CONCERN, REPORT = "note", "concern", "report"
    what = forms.ChoiceField(choices=[(one, one) for one in (NOTE, CONCERN, REPORT)])
    child = forms.TypedChoiceField(
        coerce=int, error_messages={"required": _("Choose a child first.")}
    )

    def __init__(self, *args, children: Collection, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["child"].choices = [(one.pk, one.name) for one in children]  # type: ignore[attr-defined]

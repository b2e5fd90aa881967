"""Forms for what a teacher found out by asking, and for what came home from a parent."""

from collections.abc import Sequence
from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.day_fields import day_field, refuse_day_to_come
from guardians.clock.actions import WORDS_MAX, Outcome
from guardians.models import SentHome
from guardians.presenters import called
from guardians.queries import FamilyMember

SENT_BACK_DAYS = 366  # days; anything earlier belongs to a school year that is no longer reported
MET = "met"  # next to letter, gift and money: they were together, which counts as a talk


class AskedForm(forms.Form):
    """The result of a teacher's gentle question: one tap and perhaps a short note.

    `asked` is the sentence that gave the reason for asking.
    """

    outcome = forms.ChoiceField(
        choices=[
            (Outcome.TALKED.value, _("They talked")),
            (Outcome.NOT_TALKED.value, _("They did not talk")),
            (Outcome.UNCLEAR.value, _("Still unclear")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("A note"),
        max_length=WORDS_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only for you and your colleagues. Neither the child nor the family sees it."),
    )

    def __init__(self, *args, asked: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["outcome"].label = asked

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("outcome") == Outcome.UNCLEAR and not cleaned.get("words"):
            self.add_error(
                "words", _("Please add a few words, so that the next person need not ask.")
            )
        return cleaned


class SentForm(forms.Form):
    """A letter, a gift, money, or days together. `key` makes it harmless to send the form twice."""

    kind = forms.ChoiceField(
        label=_("What was it?"),
        choices=[
            (MET, pgettext_lazy("parent and child", "They were together")),
            *SentHome.Kind.choices,
        ],
        widget=forms.RadioSelect,
    )
    on = day_field(_("On which day"))
    words = forms.CharField(label=_("A few words"), max_length=WORDS_MAX, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["on"].initial = today

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        refuse_day_to_come(on, self.today)
        if on < self.today - timedelta(days=SENT_BACK_DAYS):
            raise forms.ValidationError(_("This day is more than a year ago."))
        return on


class SentFromForm(SentForm):
    """The same form at the school, which also says from whom."""

    adult = forms.ChoiceField(label=_("From whom?"))
    field_order = ("adult", "kind", "on", "words", "key")

    def __init__(self, *args, members: Sequence[FamilyMember], today: date, **kwargs):
        super().__init__(*args, today=today, **kwargs)
        self.members = {
            str(one.adult.pk): one
            for one in members
            if one.is_parent and one.adult.may_be_asked_about and not one.adult.is_blocked
        }
        self.fields["adult"].choices = [  # type: ignore[attr-defined]
            (pk, f"{called(one.guardianship)} {one.adult.name}") for pk, one in self.members.items()
        ]

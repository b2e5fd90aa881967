from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field, refuse_day_not_ahead
from core.days import full_day
from guardians.models import Guardianship
from privacy.forms import ANSWERS
from privacy.models import Consent
from privacy.rules import agrees_too
from surveys import wording
from surveys.models import Round, Study
from surveys.studies.models import LINE_AT_MOST, PURPOSE_AT_MOST

UNTIL_DAYS = 730  # days; two years, then a study asks again


class _RoundField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{wording.name_of(obj.edition.instrument)} · {full_day(obj.opened_at)}"


class StudyForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    round = _RoundField(label=_("Answers of which round?"), queryset=Round.objects.none())
    recipient = forms.CharField(
        label=capfirst(Study._meta.get_field("recipient").verbose_name),
        max_length=LINE_AT_MOST,
        help_text=_("A person and where they work. Families read it."),
    )
    purpose = forms.CharField(
        label=capfirst(Study._meta.get_field("purpose").verbose_name),
        max_length=PURPOSE_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("In plain words. Families read it, and it cannot be changed later."),
    )
    until = day_field(capfirst(Study._meta.get_field("until").verbose_name))
    ethics = forms.CharField(
        label=capfirst(Study._meta.get_field("ethics").verbose_name),
        max_length=LINE_AT_MOST,
        help_text=_("Which committee, and the number of its decision."),
    )

    def __init__(self, *args: Any, rounds: QuerySet[Round], today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        rounds = rounds.select_related("edition").order_by("-opened_at")
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.today = today

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        refuse_day_not_ahead(until, self.today)
        if until > self.today + timedelta(days=UNTIL_DAYS):
            raise forms.ValidationError(_("At most two years: then we ask the families again."))
        return until


class WordForm(forms.Form):
    """What a parent signed on paper or said."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    tie = forms.TypedChoiceField(label=_("Which child, and who signed"), coerce=int)
    decision = forms.ChoiceField(
        label=_("What was said"), choices=ANSWERS, widget=forms.RadioSelect
    )
    via = forms.ChoiceField(
        label=_("On paper or spoken"),
        choices=[(one, one.label) for one in (Consent.Via.PAPER, Consent.Via.SPOKEN)],
        widget=forms.RadioSelect,
    )
    pupil_agrees = forms.BooleanField(
        label=_("The child has signed, too"),
        required=False,
        help_text=_("Needed from 14 on."),
    )

    def __init__(self, *args: Any, ties: list[Guardianship], today: date, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.ties, self.today = {tie.pk: tie for tie in ties}, today
        self.fields["tie"].choices = [  # type: ignore[attr-defined]
            (tie.pk, f"{tie.student.name} · {tie.adult.name}") for tie in ties
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        tie = self.ties.get(given.get("tie", 0))
        said_yes = given.get("decision") == Consent.Decision.GIVEN
        is_old = tie is not None and agrees_too(tie.student.born_on, self.today)
        if said_yes and is_old and not given.get("pupil_agrees"):
            self.add_error("pupil_agrees", _("This child is 14 or older, so it signs as well."))
        return given

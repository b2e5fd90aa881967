"""Forms about what an adult is to a child."""

from datetime import date

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field
from core.days import full_day
from guardians.forms import YES_OR_NO, overlap_words, refuse_coming_day
from guardians.models import PARENTS, Guardianship
from guardians.queries import overlapping
from students.conflicts import VersionedForm


class TieForm(VersionedForm):
    may_decide = forms.TypedChoiceField(
        label=_("may decide for the child: consent, corrections, deletion"),
        choices=[
            ("", _("as the law has it: parents and guardians may, others may not")),
            ("yes", _("may decide")),
            ("no", _("may not decide")),
        ],
        coerce=YES_OR_NO.get,
        empty_value=None,
        required=False,
    )

    class Meta:
        model = Guardianship
        fields = ("relation", "kind", "may_see_file", "may_decide", "has_capacity")
        labels = {"relation": _("Relation to the child"), "kind": _("As")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        tie = self.instance
        self.initial["may_decide"] = next(k for k, v in YES_OR_NO.items() if v == tie.may_decide)
        if tie.relation not in PARENTS:
            del self.fields["has_capacity"]

    def clean_kind(self) -> str:
        kind, tie = self.cleaned_data["kind"], self.instance
        other = overlapping(
            tie.student_id, tie.adult_id, kind, tie.starts_on, tie.ends_on, but=tie.pk
        )
        if other is not None:
            raise forms.ValidationError(overlap_words(other))
        return kind


class EndForm(forms.Form):
    ends_on = day_field(_("Last day"))
    reason = forms.CharField(label=_("Why it ends"), max_length=200)

    def __init__(self, *args, tie: Guardianship, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.tie, self.today = tie, today
        self.fields["ends_on"].initial = today

    def clean_ends_on(self) -> date:
        on = self.cleaned_data["ends_on"]
        refuse_coming_day(on, self.today)
        if on < self.tie.starts_on:
            message = _("On record from %(day)s: the last day cannot be earlier.")
            raise forms.ValidationError(message % {"day": full_day(self.tie.starts_on)})
        return on


class AloneForm(forms.Form):
    starts_on = day_field(_("Since when"))
    words = forms.CharField(
        label=_("What is known, and from whom"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = today

    def clean_starts_on(self) -> date:
        on = self.cleaned_data["starts_on"]
        refuse_coming_day(on, self.today)
        return on

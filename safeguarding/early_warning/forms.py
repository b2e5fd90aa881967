from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from safeguarding.early_warning import rules
from safeguarding.early_warning.actions import WORDS_MAX
from safeguarding.forms import PlainForm
from safeguarding.models import Flag


class SettleForm(PlainForm):
    settled = forms.ChoiceField(
        label=_("What did you decide?"),
        choices=[
            (Flag.Settled.CONCERN.value, _("Open a concern: somebody looks after it")),
            (Flag.Settled.LOOKED.value, _("I have looked; nothing more is needed now")),
            (Flag.Settled.NOT_HELPFUL.value, _("This hint did not help")),
        ],
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What you found"),
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, flag_id: int, *args, **kwargs):
        super().__init__(*args, auto_id=f"flag_{flag_id}_%s", **kwargs)
        self.flag_id = flag_id


def _limit(name: str, label: Any) -> forms.IntegerField:
    low, high = rules.RANGES[name]
    return forms.IntegerField(label=label, min_value=low, max_value=high)


class SwitchForm(PlainForm):
    """The limits from which on a fact is a signal, and whether the school looks every night."""

    missed_percent = _limit("missed_percent", _("School days missed, of 100"))
    homework_misses = _limit("homework_misses", _("Homework missing, times in two weeks"))
    notes = _limit("notes", _("Days with a note to keep an eye on, in four weeks"))
    gap_days = _limit("gap_days", _("No talk for more than this many days"))
    unreachable_days = _limit("unreachable_days", _("No working number for this many days"))
    looks_a_week = forms.IntegerField(
        label=_("How many hints a week can the school look at?"), min_value=1, max_value=100
    )
    is_on = forms.BooleanField(label=_("Look every night"), required=False)

    @property
    def limits(self) -> rules.Limits:
        return rules.Limits(**{name: self.cleaned_data[name] for name in rules.RANGES})

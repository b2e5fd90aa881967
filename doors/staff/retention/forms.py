from django import forms
from django.utils.translation import gettext_lazy as _

from core.reasons import REASON_MAX, REASON_MIN


class HoldForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the data must stay"),
        help_text=_(
            "For instance an office that has asked for them, or a dispute. The principal and the"
            " administrator read this: leave out what somebody has told you in trust."
        ),
        min_length=REASON_MIN,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )

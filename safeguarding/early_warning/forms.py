from django import forms
from django.utils.translation import gettext_lazy as _

from safeguarding.early_warning.actions import WORDS_MAX
from safeguarding.forms import PlainForm
from safeguarding.models import Flag


class SettleForm(PlainForm):
    settled = forms.ChoiceField(
        label=_("What comes of it?"),
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


class SwitchForm(PlainForm):
    looks_a_week = forms.IntegerField(
        label=_("For how many looks a week is there time?"), min_value=1, max_value=100
    )
    is_on = forms.BooleanField(label=_("Look every night"), required=False)

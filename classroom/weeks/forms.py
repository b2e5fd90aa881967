from django import forms
from django.utils.translation import gettext_lazy as _

from classroom.weeks.models import WORDS_AT_MOST
from core.meanwhile import AsksToReplace


class WeekForm(AsksToReplace):
    words = forms.CharField(
        label=_("What the class did"),
        max_length=WORDS_AT_MOST,
        error_messages={"required": _("Write a few lines first.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )

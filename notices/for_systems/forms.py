from django import forms
from django.utils.text import capfirst

from notices.for_systems.models import TITLE_AT_MOST, WORDS_AT_MOST
from notices.models import SystemText


class TextForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput)
    title = forms.CharField(
        label=capfirst(SystemText._meta.get_field("title").verbose_name), max_length=TITLE_AT_MOST
    )
    words = forms.CharField(
        label=capfirst(SystemText._meta.get_field("words").verbose_name),
        max_length=WORDS_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

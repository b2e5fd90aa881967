"""Forms for the school's decision about a family's request."""

from django import forms
from django.utils.translation import gettext_lazy as _

WORDS_AT_MOST = 500  # characters; the column's own length


class AnswerForm(forms.Form):
    """Done or refused; a refusal gives its reason (PIPL Art. 50)."""

    outcome = forms.ChoiceField(
        label=_("Result"),
        choices=[("done", _("Done as asked")), ("refused", _("Not possible"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
    words = forms.CharField(
        label=_("What the family reads"),
        max_length=WORDS_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Tell the family what you did, or why you did not do it.")},
    )


class RefusalForm(forms.Form):
    words = forms.CharField(
        label=_("Reason, as the family will read it"),
        max_length=WORDS_AT_MOST,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("Give the family a reason.")},
    )


class CheckForm(forms.Form):
    """The safeguarding check. The note stays at the school; the family sees a standard sentence."""

    verdict = forms.ChoiceField(
        label=_("May the file be deleted?"),
        choices=[
            ("cleared", _("Yes: the child does not need it for its protection")),
            ("kept", _("No: the school must keep it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose one.")},
    )
    note = forms.CharField(
        label=_("Note for the school"),
        help_text=_("What you checked. The family does not see this."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Enter a sentence about what you checked.")},
    )

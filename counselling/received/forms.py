from django import forms
from django.utils.translation import gettext_lazy as _

from safeguarding.forms import PlainForm

ANSWER_MAX = 2000  # characters; one printed page


class AnswerForm(PlainForm):
    """What the receiver writes to the sender."""

    words = forms.CharField(
        max_length=ANSWER_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )


class RejectForm(AnswerForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("Why you do not take it on")
        self.fields["words"].help_text = _("The sender reads this and looks for another way.")


class DoneForm(AnswerForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["words"].label = _("What you did, and what you recommend")
        self.fields["words"].help_text = _(
            "The sender reads this: write what that school needs to know."
        )

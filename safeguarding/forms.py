from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from core.days import day_and_month
from safeguarding.actions import WORDS_MAX
from safeguarding.models import Concern, LevelSpans
from uploads.actions import key_of_form

CHOICE_CHARACTERS = 30  # of the text shown, so that concerns can be told apart


def _words(label, required: bool = True, help_text="") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=WORDS_MAX,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PlainForm(forms.Form):
    """A form that crispy-forms renders inside a `<form>` of the template."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class KeyedForm(PlainForm):
    """A form that has an effect only once if it is sent twice: the key comes from the page."""

    key = forms.UUIDField(widget=forms.HiddenInput)

    @property
    def act(self) -> dict[str, Any]:
        """Return what the form says, with a key for exactly this: other words of the same page count, too."""
        return self.cleaned_data | {"key": key_of_form(self.cleaned_data)}


class CloseForm(PlainForm):
    """Ask how it ended; a red concern ends only with an adult at the child's side."""

    closing = forms.ChoiceField(label=_("How did it end?"), widget=forms.RadioSelect)
    words = _words(_("What was done"))

    def __init__(self, *args, is_red: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        ways = [Concern.Closing.WITH_CHILD, *([] if is_red else [Concern.Closing.ANSWERED])]
        cast(forms.ChoiceField, self.fields["closing"]).choices = [
            (way.value, way.label) for way in ways
        ]


class LevelForm(PlainForm):
    level = forms.ChoiceField(
        label=pgettext_lazy("of a concern", "Level"),
        choices=Concern.Level.choices,
        widget=forms.RadioSelect,
    )
    words = _words(_("Why"), help_text=_("What you know, not what you fear it means."))


class _ConcernChoice(forms.ModelChoiceField):
    def label_from_instance(self, concern) -> str:
        day = day_and_month(timezone.localdate(concern.opened_at))
        said = concern.words[:CHOICE_CHARACTERS]
        return " · ".join(filter(None, (day, str(concern.get_source_display()), said)))


class JoinForm(PlainForm):
    into = _ConcernChoice(label=_("Into which"), queryset=Concern.objects.none(), empty_label=None)

    def __init__(self, *args, concerns, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["into"]).queryset = concerns


class SpansForm(forms.ModelForm):
    class Meta:
        model = LevelSpans
        fields = ["orange_hours", "yellow_days", "closing_is_agreed", "plans_are_agreed"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class HandOverForm(PlainForm):
    to: forms.ModelChoiceField = forms.ModelChoiceField(
        label=_("To whom"), queryset=User.objects.none(), empty_label=None
    )
    words = _words(_("What they should know"), required=False)

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        to = cast(forms.ModelChoiceField, self.fields["to"])
        to.queryset = people


class ReopenForm(PlainForm):
    words = _words(_("Why it is opened again"))


class WorryForm(PlainForm):
    words = _words(
        _("What you saw or heard, in plain words"),
        help_text=_("What you saw, when, in which words. Not what you think it means."),
    )
    is_urgent = forms.BooleanField(
        label=_("Needs an adult right now, even at night"),
        help_text=_(
            "Ticked: colleagues are called at once, the next after a quarter of an hour. "
            "Not ticked: within an hour of school time."
        ),
        required=False,
    )
    key = forms.CharField(max_length=36, widget=forms.HiddenInput)

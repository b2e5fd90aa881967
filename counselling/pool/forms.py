from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.days import weekday_names
from core.sentences import in_a_row
from counselling.models import Brief
from counselling.pool import rules
from counselling.referrals import permission as allowing
from counselling.referrals.actions import REASON_MAX
from counselling.referrals.permission import PermissionForm
from safeguarding.forms import PlainForm

WORKDAYS = range(1, 6)
# Why part of the text is refused, in words for its author.
TELLS = {
    rules.Tells.CHILD: _("“%(piece)s” reveals which child it is."),
    rules.Tells.FAMILY: _("“%(piece)s” is somebody of the child's family."),
    rules.Tells.STAFF: _("“%(piece)s” is somebody of your school."),
    rules.Tells.CLASS: _("“%(piece)s” reveals the class or the grade."),
    rules.Tells.SCHOOL: _("“%(piece)s” reveals the school."),
    rules.Tells.PLACE: _("“%(piece)s” reveals where the child lives."),
    rules.Tells.AWAY: _("“%(piece)s” reveals where a parent is, or their work."),
    rules.Tells.PUPIL: _("“%(piece)s” is another child of your school."),
    rules.Tells.BIRTHDAY: _("“%(piece)s” is the child's birthday."),
    rules.Tells.NUMBER: _("“%(piece)s” could be a phone, a card or an address."),
}


class _Ticks(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class BriefForm(PermissionForm):
    """What other counsellors read, and what permits telling one of them who it is."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    troubles = _Ticks(label=_("What you see in the child"), choices=Brief.Trouble.choices)
    done = _Ticks(label=_("What was done already"), required=False, choices=Brief.Done.choices)
    asks = _Ticks(label=_("What help you ask for"), choices=Brief.Ask.choices)
    language = forms.ChoiceField(
        label=_("The child speaks"), choices=Brief.Language.choices, widget=forms.RadioSelect
    )
    reach = forms.ChoiceField(
        label=_("From the county town to you"),
        choices=Brief.Reach.choices,
        help_text=_(
            "Others see only whether you can receive somebody; the counsellor who accepts sees the rest."
        ),
        widget=forms.RadioSelect,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days on which you can receive somebody"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(day, weekday_names()[day - 1]) for day in WORKDAYS],
    )
    words = forms.CharField(
        label=_("Anything else to know"),
        required=False,
        max_length=rules.WORDS_MAX,
        help_text=_(
            "What you see and hear, in two or three sentences. No names, no class, no place, no numbers."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    permission = forms.ChoiceField(
        label=_("What allows the counsellor to learn who the child is"),
        choices=allowing.CHOICES,
        widget=forms.RadioSelect,
    )
    field_order = (
        *("key", "seen", "troubles", "done", "asks", "language", "reach", "weekdays", "words"),
        *allowing.FIELDS,
    )

    def __init__(self, *args, known: rules.Known, **kwargs):
        super().__init__(*args, **kwargs)
        self.known = known
        words = _("Stays at the school; nobody in the queue reads it.")
        self.fields["ground_words"].help_text = words

    def clean_words(self) -> str:
        """Refuse text that identifies the child, and name the piece that does."""
        words = self.cleaned_data["words"]
        found = rules.telling(words, self.known)
        if found:
            raise forms.ValidationError(
                in_a_row(TELLS[one.what] % {"piece": one.piece} for one in found)
            )
        return words

    @property
    def shown(self) -> dict[str, Any]:
        """Return the parts of the form that others read."""
        names = ("troubles", "done", "asks", "language", "reach", "weekdays", "words")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def facts(self) -> dict[str, Any]:
        """Return the arguments of actions.hand_on."""
        return self.shown | {"key": self.cleaned_data["key"]} | self.allowed_by


class OfferForm(PlainForm):
    capacity = forms.IntegerField(
        label=_("How many children of other schools you look after at a time"),
        help_text=_("0: none for now. Those that you have accepted go on."),
        min_value=0,
        max_value=rules.CAPACITY_MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )


class GiveBackForm(PlainForm):
    words = forms.CharField(
        label=pgettext_lazy("giving a child back", "Why, and what the school should do next"),
        max_length=REASON_MAX,
        help_text=_("The school reads this. Your notes stay closed."),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )

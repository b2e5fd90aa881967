from datetime import date
from typing import Any, cast

from django import forms
from django.utils import dates
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from counselling.cases.forms import PlainForm
from counselling.models import Brief, Referral
from counselling.plans.forms import ByName
from counselling.pool import rules
from counselling.pool.presenters import telling_text
from counselling.referrals.actions import REASON_MAX
from guardians.models import Adult
from students.days import day_input

CONSENT, GROUND = "consent", "ground"
WORKDAYS = range(1, 6)


class _Ticks(forms.MultipleChoiceField):
    widget = forms.CheckboxSelectMultiple


class BriefForm(PlainForm):
    """What other counsellors read, and what allows to tell one of them who it is."""

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
            "Others read only whether you can receive somebody; the rest reads who accepts."
        ),
        widget=forms.RadioSelect,
    )
    weekdays = forms.TypedMultipleChoiceField(
        label=_("Days on which you can receive somebody"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        choices=[(day, dates.WEEKDAYS_ABBR[day - 1]) for day in WORKDAYS],
    )
    words = forms.CharField(
        label=_("What else one should know"),
        required=False,
        max_length=rules.WORDS_MAX,
        help_text=_(
            "What you see and hear, in two or three sentences. No names, no class, no place, no numbers."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    permission = forms.ChoiceField(
        label=_("What allows to tell the counsellor who it is"),
        choices=[
            (CONSENT, _("a parent or guardian agreed")),
            (GROUND, _("the law: there is no time to ask, or asking would harm the child")),
        ],
        widget=forms.RadioSelect,
    )
    consent_by = ByName(
        label=_("If they agreed: who"),
        queryset=Adult.objects.none(),
        required=False,
        empty_label="—",
    )
    consent_how = forms.ChoiceField(
        label=_("If they agreed: how"),
        required=False,
        choices=[("", "—"), *Referral.ConsentHow.choices],
    )
    consent_on = forms.DateField(
        label=_("If they agreed: on which day"), required=False, widget=day_input()
    )
    ground = forms.ChoiceField(
        label=_("If by law: on which ground"),
        required=False,
        choices=[("", "—"), *Referral.Ground.choices],
    )
    ground_words = forms.CharField(
        label=_("If by law: why it applies"),
        required=False,
        max_length=REASON_MAX,
        help_text=_("Stays at the school; nobody of the queue reads it."),
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )

    def __init__(self, *args, adults, known: rules.Known, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["consent_by"]).queryset = adults
        self.known, self.today = known, today

    def clean_words(self) -> str:
        """Refused at the field, with the piece that tells."""
        words = self.cleaned_data["words"]
        found = rules.telling(words, self.known)
        if found:
            raise forms.ValidationError(" ".join(telling_text(one) for one in found))
        return words

    def clean_consent_on(self) -> date | None:
        on = self.cleaned_data["consent_on"]
        if on and on > self.today:
            raise forms.ValidationError(_("This day is still to come."))
        return on

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        needed = {
            CONSENT: ("consent_by", "consent_how", "consent_on"),
            GROUND: ("ground", "ground_words"),
        }
        for name in needed.get(cleaned.get("permission", ""), ()):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Please fill this in: it stands in the record."))
        return cleaned

    @property
    def shown(self) -> dict[str, Any]:
        """Of what is on the form, what others read."""
        names = ("troubles", "done", "asks", "language", "reach", "weekdays", "words")
        return {name: self.cleaned_data[name] for name in names}

    @property
    def facts(self) -> dict[str, Any]:
        """For actions.hand_on: only what belongs to the permission that was chosen."""
        cleaned = self.cleaned_data
        is_consent = cleaned["permission"] == CONSENT
        return self.shown | {
            "key": cleaned["key"],
            "consent_by": cleaned["consent_by"] if is_consent else None,
            "consent_how": cleaned["consent_how"] if is_consent else "",
            "consent_on": cleaned["consent_on"] if is_consent else None,
            "ground": "" if is_consent else cleaned["ground"],
            "ground_words": "" if is_consent else cleaned["ground_words"],
        }


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

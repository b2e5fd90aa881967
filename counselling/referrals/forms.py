from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import DayInput, day_field, refuse_day_not_ahead, refuse_day_to_come
from core.meanwhile import AsksToReplace
from counselling.letters import rules
from counselling.letters.package import PARTS
from counselling.models import PlaceKind, Referral, ReferralPlace
from counselling.plans.forms import ByName
from counselling.referrals import permission as allowing
from counselling.referrals.actions import ASKS_MAX, REASON_MAX
from counselling.referrals.permission import DatedForm, PermissionForm, capitalised
from safeguarding.forms import PlainForm
from schools.models import School

NOT_YET = ""
ANSWERS = [
    (rules.ACCEPTED, _("They take it on")),
    (rules.REJECTED, _("They do not take it on")),
    (rules.DONE, _("The work is done")),
    (rules.REVOKED, _("We take it back")),
]


class _DueForm(DatedForm):
    def clean_due_on(self) -> date | None:
        on = self.cleaned_data.get("due_on")
        if on:
            refuse_day_not_ahead(on, self.today)
        if on and on > self.today + timedelta(days=rules.LONGEST_WAIT_DAYS):
            raise forms.ValidationError(_("At most half a year; then ask again."))
        return on


class _AsksForm(_DueForm):
    asks = forms.CharField(
        label=_("What you are asking them to do, and why"),
        max_length=ASKS_MAX,
        widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}),
    )
    due_on = day_field(_("Answer needed by"))


class DraftForm(PermissionForm, _AsksForm, AsksToReplace):
    """A letter from us. The permission may be added later; without it nothing can be handed over."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    place = forms.ChoiceField(label=_("To whom"))
    parts = forms.MultipleChoiceField(
        label=_("What they will read besides the name"),
        required=False,
        choices=[(key, part.title) for key, part in PARTS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    permission = forms.ChoiceField(
        label=_("What allows it"),
        required=False,
        choices=[(NOT_YET, _("Not settled yet")), *allowing.CHOICES],
        widget=forms.RadioSelect,
    )
    child_said = forms.ChoiceField(
        label=_("What the child says about it"), choices=capitalised(Referral.ChildSaid.choices)
    )
    field_order = ("key", "place", "asks", "parts", "due_on", *allowing.FIELDS, "child_said")

    def __init__(self, *args, places: Sequence[ReferralPlace], schools: Sequence[School], **kwargs):
        """`schools` are those to whose counsellors a letter about this child can be sent online."""
        super().__init__(*args, **kwargs)
        online = {school.pk for school in schools}
        by_key: dict[str, ReferralPlace | School] = {str(one.pk): one for one in places}
        linked = {one.linked_school_id for one in places}
        by_key |= {f"school-{one.pk}": one for one in schools if one.pk not in linked}
        groups: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
        for key, one in by_key.items():
            goes_online = isinstance(one, School) or one.linked_school_id in online
            groups[goes_online].append((key, one.name))
        names = {True: _("Online, to the counsellors there"), False: _("On paper")}
        self.has_places = bool(by_key)
        self._by_key = by_key
        # Nothing is preselected, so that no letter goes to the first place in the list by mistake.
        cast(forms.ChoiceField, self.fields["place"]).choices = [("", "—")] + [
            (names[is_online], choices) for is_online, choices in groups.items() if choices
        ]

    def clean_place(self) -> ReferralPlace | School:
        return self._by_key[self.cleaned_data["place"]]

    @property
    def facts(self) -> dict[str, Any]:
        """Return the arguments of actions.write."""
        names = ("place", "asks", "parts", "due_on", "child_said", "instead_of")
        return {name: self.cleaned_data[name] for name in names} | self.allowed_by


class SendForm(PlainForm):
    digest = forms.CharField(widget=forms.HiddenInput, max_length=64)
    handed = forms.ChoiceField(
        label=_("How it is delivered"), choices=capitalised(Referral.Handed.choices)
    )

    def __init__(self, *args, by_family: bool = True, is_online: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["handed"])
        ways = {rules.ONLINE} if is_online else set(Referral.Handed.values) - {rules.ONLINE}
        if not by_family:
            ways.discard(rules.BY_FAMILY)
        field.choices = [one for one in capitalised(Referral.Handed.choices) if one[0] in ways]
        if is_online:
            field.initial, field.widget = rules.ONLINE, forms.HiddenInput()


class AnswerForm(_DueForm):
    """What the place said, or what came of it."""

    to = forms.ChoiceField(
        label=_("What came of it"),
        choices=ANSWERS,
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("What the place said"),
        required=False,
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )
    due_on = forms.DateField(
        label=_("Accepted: when will you ask again?"), required=False, widget=DayInput()
    )

    def __init__(self, *args, state: str, **kwargs):
        super().__init__(*args, **kwargs)
        field = cast(forms.ChoiceField, self.fields["to"])
        field.choices = [one for one in ANSWERS if one[0] in rules.MOVES[state]]
        if rules.ACCEPTED not in rules.MOVES[state]:
            del self.fields["due_on"]


class RevokeForm(PlainForm):
    """The child's school takes back a letter that was sent online."""

    words = forms.CharField(
        label=_("Why you take it back"),
        help_text=_(
            "This stays at your school. The other school reads only that you took it back."
        ),
        max_length=REASON_MAX,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
    )


class ArrivedForm(_AsksForm):
    """A letter from another place."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    place_name = forms.CharField(label=_("Who wrote"), max_length=80)
    place_kind = forms.ChoiceField(label=_("Kind of place"), choices=capitalised(PlaceKind.choices))
    place_phone = forms.CharField(label=_("Their phone"), max_length=40, required=False)
    arrived_on = day_field(_("Day of the letter"))
    field_order = "key place_name place_kind place_phone arrived_on asks due_on".split()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["asks"].label = _("What they write and ask")
        self.fields["due_on"].label = _("Your answer is due on")

    def clean_arrived_on(self) -> date:
        on = self.cleaned_data["arrived_on"]
        refuse_day_to_come(on, self.today)
        return on


class PlaceForm(PlainForm):
    name = forms.CharField(label=_("Name of the place"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind of place"), choices=capitalised(PlaceKind.choices))
    phone = forms.CharField(label=_("Telephone"), max_length=40, required=False)
    address = forms.CharField(label=_("Address of the place"), max_length=120, required=False)
    linked_school = ByName(
        label=_("Has an account here"),
        help_text=_("Letters to it then go online, to its counsellors."),
        queryset=School.objects.none(),
        required=False,
        empty_label=_("No, send letters on paper"),
    )

    def __init__(self, *args, schools, **kwargs):
        super().__init__(*args, **kwargs)
        cast(forms.ModelChoiceField, self.fields["linked_school"]).queryset = schools

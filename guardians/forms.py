"""Forms about a family. Dates are local to the school; every error is shown at its field."""

from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from core import phones
from core.day_fields import DayInput, day_field, refuse_day_to_come
from core.days import full_day
from core.folding import Fold, Part, parts_of
from guardians.models import Adult, Contact, ContactPoint, Guardianship, Migration, Relation
from guardians.presenters import called
from guardians.queries import FamilyMember, overlapping
from guardians.zones import NAMES, zone_with_clock
from students.conflicts import VersionedForm, state_of
from students.models import Student

NEW_PERSON = "new"
YES_OR_NO = {"": None, "yes": True, "no": False}
# Choosing this opens the folded fields for the new person (static/src/staff/forms.js).
UNFOLDING = forms.Select(attrs={"data-unfolds": NEW_PERSON})
# How many years back or ahead a date about a family can lie: 1900 or 2100 is a typing error.
YEARS_BACK = 40
YEARS_AHEAD = 20


def refuse_far_day(on: date, today: date) -> None:
    """Raise ValidationError if the date is too far away to matter to any family."""
    if on.year < today.year - YEARS_BACK:
        raise forms.ValidationError(_("This day is too far back. Is the year right?"))
    if on.year > today.year + YEARS_AHEAD:
        raise forms.ValidationError(_("This day is too far in the future. Is the year right?"))


def refuse_coming_day(on: date, today: date) -> None:
    refuse_far_day(on, today)
    refuse_day_to_come(on, today)


class _DatedForm(forms.Form):
    """A change that takes effect on a day that is not in the future."""

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["starts_on"].initial = self.fields["starts_on"].initial or today

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        refuse_coming_day(starts_on, self.today)
        return starts_on

    def _refuse_before(self, other: date | None, message) -> None:
        starts_on = self.cleaned_data.get("starts_on")
        if starts_on and other and starts_on <= other:
            self.add_error("starts_on", message % {"day": full_day(other)})


class SeenForm(forms.Form):
    """A form that carries the state of the row it replaces.

    If two people edit the row, the second to save sees what the first wrote, keeps what they typed
    themselves, and saves again if theirs is right.
    """

    state = forms.IntegerField(required=False, widget=forms.HiddenInput)
    answers_for = ""  # the field at which the conflict is reported

    def __init__(self, *args, row: ContactPoint | Migration | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.row_state = state_of(row) if row else 0
        self.row_words = self.words_of(row) if row else ""
        self.fields["state"].initial = self.row_state

    def words_of(self, row) -> str:
        raise NotImplementedError

    def clean(self):
        super().clean()
        began = self.cleaned_data.pop("state", None)
        if began is not None and began != self.row_state:
            message = _(
                "Somebody else changed this while you were writing: “%(words)s”. If yours is "
                "right, save again."
            )
            self.add_error(self.answers_for, message % {"words": self.row_words or "—"})
            self.data = {**self.data.dict(), "state": str(self.row_state)}  # type: ignore[attr-defined]
        return self.cleaned_data


class PhoneField(phones.PhoneField):
    """A phone number, cleaned to (E.164, as written)."""

    def clean(self, value):
        return super().clean(value), (value or "").strip()


class CarerForm(_DatedForm):
    """The present carer: an adult on record, or a new one (the folded fields)."""

    who = forms.ChoiceField(label=_("Who cares for the child now"), widget=UNFOLDING)
    name = forms.CharField(label=_("Their name"), max_length=60, required=False)
    relation = forms.ChoiceField(
        label=_("Relation to the child"), choices=[("", "—"), *Relation.choices], required=False
    )
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    starts_on = day_field(_("From which day"))
    others_go_on = forms.BooleanField(
        label=_("The previous carer also continues to care for the child"), required=False
    )

    def __init__(self, *args, members: list[FamilyMember], **kwargs):
        super().__init__(*args, **kwargs)
        self.members = {str(m.adult.pk): m for m in members if not m.adult.is_blocked}
        choices = {
            pk: f"{called(m.guardianship)} {m.adult.name}"
            for pk, m in self.members.items()
            if m.adult.may_be_asked_about
        }
        self.fields["who"].choices = [  # type: ignore[attr-defined]
            *choices.items(),
            (NEW_PERSON, _("Somebody else: …")),
        ]
        carers = [pk for pk in choices if _is_carer(self.members[pk])]
        self.fields["who"].initial = carers[0] if carers else None

    @property
    def is_new_person(self) -> bool:
        return self.is_bound and self.data.get("who") == NEW_PERSON

    @property
    def parts(self) -> list[Part]:
        who_it_is = ("name", "relation", "phone")
        fold = Fold(_("Somebody else: who it is"), who_it_is, is_open=self.is_new_person)
        return list(parts_of(self, [fold]))

    def clean(self):
        super().clean()
        data = self.cleaned_data
        if data.get("who") == NEW_PERSON:
            for field in ("name", "relation"):
                if not data.get(field) and field not in self.errors:
                    self.add_error(field, _("Required for a person who is not on record yet."))
        if not data.get("others_go_on"):
            for member in self.members.values():
                if _is_carer(member) and str(member.adult.pk) != data.get("who"):
                    self._refuse_before(
                        member.guardianship.starts_on,
                        _(
                            "The current carer has been on record since %(day)s. Choose a later day."
                        ),
                    )
        self._refuse_overlap(data)
        return data

    def _refuse_overlap(self, data: dict) -> None:
        """Refuse a first day that is not after the end of every earlier period in which the chosen adult
        cared for the child.
        """
        member = self.members.get(data.get("who", ""))
        if member is None or not data.get("starts_on"):
            return
        held = member.guardianship
        if _is_carer(member) and held.ends_on is None:
            return
        other = overlapping(
            held.student_id, held.adult_id, Guardianship.Kind.CARER, data["starts_on"]
        )
        if other is not None:
            self.add_error("starts_on", overlap_words(other))


def _is_carer(member: FamilyMember) -> bool:
    return member.guardianship.kind == Guardianship.Kind.CARER


def overlap_words(other: Guardianship) -> str:
    """Return the message that these days overlap with a row of the same kind."""
    until = full_day(other.ends_on) if other.ends_on else _("today")
    return _("These days overlap with what is on record: %(since)s to %(until)s.") % {
        "since": full_day(other.starts_on),
        "until": until,
    }


class MemberForm(_DatedForm):
    name = forms.CharField(label=_("Their name"), max_length=60)
    relation = forms.ChoiceField(label=_("Relation to the child"), choices=Relation.choices)
    kind = forms.ChoiceField(label=_("As"), choices=Guardianship.Kind.choices)
    phone = PhoneField(label=_("Phone"), max_length=40, required=False)
    starts_on = day_field(_("From which day"))
    may_see_file = forms.TypedChoiceField(
        label=_("may see how the child is"),
        choices=[
            ("", _("as usual: people raising the child may, an emergency contact may not")),
            ("yes", _("may see it")),
            ("no", _("may not see it")),
        ],
        coerce=YES_OR_NO.get,
        empty_value=None,
        required=False,
    )


class WhereForm(SeenForm, _DatedForm):
    answers_for = "place"

    is_away = forms.TypedChoiceField(
        label=_("Where"),
        choices=[("True", _("Away for work")), ("False", _("At home"))],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )
    place = forms.CharField(label=_("City or county"), max_length=80, required=False)
    work = forms.CharField(label=_("Work"), max_length=80, required=False)
    shift = forms.ChoiceField(label=_("Shift"), choices=Adult.Shift.choices, required=False)
    starts_on = day_field(_("From which day"))

    def __init__(self, *args, adult: Adult, **kwargs):
        present = Migration.objects.filter(adult=adult, ends_on=None).first()
        kwargs["initial"] = {"shift": adult.shift}
        if present is not None:
            kwargs["initial"] |= {
                "is_away": str(present.is_away),
                "place": present.place,
                "work": present.work,
            }
        super().__init__(*args, row=present, **kwargs)
        ended = Migration.objects.filter(adult=adult).exclude(ends_on=None)
        self.present, self.last_ended = present, ended.order_by("-ends_on").first()

    def words_of(self, row: Migration) -> str:
        where = " ".join(filter(None, [row.place, row.work]))
        return where if row.is_away else str(_("At home"))

    def clean(self):
        super().clean()
        data = self.cleaned_data
        starts_on = data.get("starts_on")
        if self.present and starts_on and starts_on < self.present.starts_on:
            message = _(
                "The current place has been on record since %(day)s. Choose that day or a later one."
            )
            self.add_error("starts_on", message % {"day": full_day(self.present.starts_on)})
        if self.last_ended:
            self._refuse_before(
                self.last_ended.ends_on, _("An earlier place is on record until %(day)s.")
            )
        if data.get("is_away") and not data.get("place"):
            self.add_error("place", _("Where is the work? The city is enough."))
        return data


class DetailsForm(VersionedForm):
    class Meta:
        model = Adult
        fields = (
            "name",
            "language",
            "literacy",
            "prefers_audio",
            "shift",
            "shift_since",
            "shift_turn_days",
            "time_zone",
            "quiet_from",
            "quiet_until",
        )
        widgets = {
            "shift_since": DayInput(),
            "quiet_from": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "quiet_until": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        zones = dict.fromkeys(
            [self.instance.time_zone, *NAMES]
        )  # keep the zone on record selectable
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("time zone"),
            choices=[(zone, zone_with_clock(zone, at)) for zone in zones if zone],
            initial=self.instance.time_zone,
        )

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(_("This time zone is not known."))
        return zone

    def clean(self):
        super().clean()
        data = self.cleaned_data
        start, end = data.get("quiet_from"), data.get("quiet_until")
        if (start is None) != (end is None):
            missing = "quiet_until" if end is None else "quiet_from"
            self.add_error(missing, _("Enter both times, or neither."))
        elif start is not None and start == end:
            self.add_error("quiet_until", _("The two times are the same. Choose different times."))
        return data


class StandingForm(VersionedForm):
    class Meta:
        model = Adult
        fields = ("condition", "legal_basis")


class LinkedWayForm(forms.Form):
    """The form of a contact point that the family linked: there is nothing to type."""


class WayForm(SeenForm):
    answers_for = "address"

    kind = forms.ChoiceField(
        label=_("Kind"), choices=[(kind.value, kind.label) for kind in ContactPoint.TYPED]
    )
    address = forms.CharField(
        label=_("number or address"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    by_call = forms.BooleanField(
        label=_(
            "Ask by telephone: we call this number with the weekly question, and they answer by "
            "pressing a key"
        ),
        required=False,
    )
    agreed_key = forms.ChoiceField(
        label=_("Key that you agree on with the family"),
        required=False,
        choices=[("", _("none: no child's name is spoken"))]
        + [(digit, digit) for digit in ContactPoint.AGREED_KEYS],
        help_text=_(
            "We say the child's name only after this key is pressed, because another person or a "
            "voicemail may answer the phone. If the school calls through Alibaba Cloud or Tencent "
            "Cloud, we say no name and this key means “we talked”; without a key we ask in writing."
        ),
    )

    def __init__(self, *args, adult: Adult, point: ContactPoint | None = None, **kwargs):
        if point:
            known: dict[str, Any] = {"kind": point.kind, "address": self.words_of(point)}
            known |= {"by_call": point.by_call, "agreed_key": point.agreed_key}
            kwargs.setdefault("initial", known)
        super().__init__(*args, row=point, **kwargs)
        self.adult, self.point = adult, point

    def words_of(self, row: ContactPoint) -> str:
        return phones.readable(row.address) if row.address else row.as_written

    def clean(self):
        super().clean()
        data = self.cleaned_data
        written = data.get("address", "").strip()
        if written and "kind" in data:
            data["as_written"] = written
            data["address"] = self._address(data["kind"], written)
            same = self.adult.contact_points.filter(kind=data["kind"], address=data.get("address"))
            if self.point:
                same = same.exclude(pk=self.point.pk)
            if data.get("address") and same.exists():
                self.add_error("address", _("This number or address is already on record."))
        if data.get("by_call") and data.get("kind") == ContactPoint.Kind.EMAIL:
            self.add_error("by_call", _("Only a phone number can be called."))
        if not data.get("by_call"):
            data["agreed_key"] = ""
        return data

    def _address(self, kind: str, written: str) -> str:
        if kind == ContactPoint.Kind.EMAIL:
            try:
                validate_email(written)
            except forms.ValidationError:
                self.add_error("address", _("This is not an e-mail address."))
            return written.lower()
        try:
            return phones.parsed(written)
        except forms.ValidationError as wrong:
            self.add_error("address", wrong)
            return ""


class BlockForm(forms.Form):
    ground = forms.ChoiceField(
        label=_("Grounds"),
        # Blocking because of a report is not done here: staff write the report instead.
        choices=[(one.value, one.label) for one in Adult.BlockGround if one != "report"],
        widget=forms.RadioSelect,
    )
    decision = forms.CharField(
        label=_("Number of the court order, or who took the decision"), max_length=120
    )
    decided_on = day_field(_("Decided on"))
    reason = forms.CharField(
        label=_("Reason, in words that a colleague will understand"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["decided_on"].initial = today

    def clean_decided_on(self) -> date:
        on = self.cleaned_data["decided_on"]
        refuse_coming_day(on, self.today)
        return on


class TalkedForm(forms.Form):
    """A talk that staff saw or arranged. `key` makes it harmless to send the form twice."""

    adult = forms.ChoiceField(label=_("Talked with"))
    kind = forms.ChoiceField(
        label=_("How"), choices=[c for c in Contact.Kind.choices if c[0] != Contact.Kind.TALK]
    )
    happened_on = day_field(_("On which day"))
    minutes = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=600, required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, student: Student, members: list[FamilyMember], today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        self.members = {str(m.adult.pk): m for m in members if m.is_parent}
        self.fields["adult"].choices = [  # type: ignore[attr-defined]
            (pk, f"{called(m.guardianship)} {m.adult.name}")
            for pk, m in self.members.items()
            if m.adult.may_be_asked_about and not m.adult.is_blocked
        ]
        self.fields["happened_on"].initial = today

    def clean_happened_on(self) -> date:
        on = self.cleaned_data["happened_on"]
        refuse_coming_day(on, self.today)
        return on

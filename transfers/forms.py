from datetime import date, timedelta
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field, refuse_day_outside
from core.days import full_day
from guardians.models import Adult
from privacy.forms import ANSWERS, TOLD, FamilyWordForm
from safeguarding.forms import KeyedForm, PlainForm
from schools.forms import ClassField
from schools.models import School, SchoolClass
from students.models import Enrolment, Student
from students.presenters import masked
from transfers import rules
from transfers.models import NAME_MAX, WORDS_MAX, Part

CHOSEN = [(part.value, part.label) for part in Part if part not in rules.NEEDED]
NEW = "new"


class PrepareForm(KeyedForm):
    to_school = forms.ModelChoiceField(
        School.objects.none(),
        label=_("To which school"),
        required=False,
        help_text=_("Schools of the county that can take a file over here."),
    )
    outside = forms.CharField(
        label=_("To a school that is not on the list: its name and place"),
        max_length=NAME_MAX,
        required=False,
        help_text=_("It gets the file on paper, sealed, with a receipt to sign."),
    )
    outside_to = forms.CharField(
        label=_("Who receives it there"), max_length=NAME_MAX, required=False
    )
    parts = forms.MultipleChoiceField(
        label=_("What to send, if the family agrees"),
        choices=CHOSEN,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Name, birthday and numbers always go along: without them there is no file."),
    )

    def __init__(self, *args: Any, schools: QuerySet[School], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = cast(forms.ModelChoiceField, self.fields["to_school"])
        field.queryset, field.empty_label = schools, "—"
        self.fields["parts"].initial = [value for value, _label in CHOSEN]
        if not schools.exists():
            del self.fields["to_school"]
            self.fields["outside"].help_text = _(
                "No other school of the county can take a file over here now. This one gets the file on"
                " paper, sealed, with a receipt to sign."
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        listed, outside = data.setdefault("to_school", None), data.get("outside")
        if bool(listed) == bool(outside):
            words = _("Choose one school, or write the name of one that is not on the list.")
            self.add_error("outside", words)
        elif outside and not data.get("outside_to"):
            self.add_error("outside_to", _("Who opens it there? Write a name."))
        elif listed:
            data["outside_to"] = ""
        return data


class ToldForm(PlainForm):
    told_to = forms.CharField(label=_("Whom you told there: name and post"), max_length=NAME_MAX)


class CallBackForm(PlainForm):
    package = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("Why you call it back"),
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ReceiptForm(PlainForm):
    """The page that came back signed."""

    received_by = forms.CharField(label=_("Who signed the receipt"), max_length=NAME_MAX)
    received_on = day_field(_("Received there on"))
    last_on = day_field(_("The child's last day at your school"))
    reason = forms.ChoiceField(
        label=_("Why it left"),
        choices=[
            (one.value, one.label)
            for one in (
                Enrolment.Left.TO_PARENTS,
                Enrolment.Left.OTHER_SCHOOL,
                Enrolment.Left.OTHER,
            )
        ],
    )

    def __init__(
        self,
        *args: Any,
        sent_on: date,
        latest: date,
        joined_on: date | None,
        today: date,
        **kwargs: Any,
    ):
        """`latest`: the last day on which it can have arrived.

        `joined_on`: the day since which the child is in its class here; a day before it would remove the
        class.
        """
        super().__init__(*args, **kwargs)
        self.sent_on, self.latest, self.joined_on, self.today = sent_on, latest, joined_on, today
        self.fields["received_on"].initial, self.fields["last_on"].initial = latest, today

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        refuse_day_outside(self, "received_on", self.sent_on, self.latest)
        last = self.today + timedelta(days=rules.AHEAD_DAYS)
        first = min(self.joined_on or data.get("last_on") or last, last)
        refuse_day_outside(self, "last_on", first, last)
        return data


class OwnWordForm(FamilyWordForm):
    words = forms.CharField(max_length=WORDS_MAX, required=False)


class WordForm(KeyedForm):
    """What somebody of the family signed or said, entered by the school."""

    adult = forms.ChoiceField(label=_("Who"))
    decision = forms.ChoiceField(
        label=_("What was said"), choices=ANSWERS, widget=forms.RadioSelect
    )
    via = forms.ChoiceField(label=_("On paper or spoken"), choices=TOLD, widget=forms.RadioSelect)
    words = forms.CharField(label=_("In their words"), max_length=WORDS_MAX, required=False)

    def __init__(self, *args: Any, adults: QuerySet[Adult], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.adults = {str(adult.pk): adult for adult in adults}
        choices = [("", "—"), *((pk, adult.name) for pk, adult in self.adults.items())]
        cast(forms.ChoiceField, self.fields["adult"]).choices = choices

    def clean_adult(self) -> Adult:
        return self.adults[self.cleaned_data["adult"]]


class ChildWordForm(KeyedForm):
    """What the pupil said or wrote.

    The person who records it neither belongs to the pupil's family nor wants the transfer.
    """

    decision = forms.ChoiceField(
        label=_("What the child said"), choices=ANSWERS, widget=forms.RadioSelect
    )
    via = forms.ChoiceField(label=_("On paper or spoken"), choices=TOLD, widget=forms.RadioSelect)
    words = forms.CharField(
        label=_("In the child's own words"),
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Its family does not read this. The principal and the administrators do."),
    )
    is_alone = forms.BooleanField(
        label=_("I asked the child itself, without its family there, and read this to it.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        data.pop("is_alone", None)
        return data


class AcceptForm(PlainForm):
    which = forms.ChoiceField(label=_("Into which file"), widget=forms.RadioSelect, initial=NEW)
    school_class = ClassField(SchoolClass.objects.none(), label=_("Into which class"))
    starts_on = day_field(_("From which day"))

    def __init__(
        self,
        *args: Any,
        classes: QuerySet[SchoolClass],
        same: QuerySet[Student],
        today: date,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.today, self.found = today, {str(child.pk): child for child in same}
        field = cast(ClassField, self.fields["school_class"])
        field.on = today
        field.queryset, field.empty_label = classes, "—"
        self.fields["starts_on"].initial = today
        if self.found:
            words = _(
                "the file of %(name)s, born %(day)s, identity card %(number)s, that is here already:"
                " only gaps are filled"
            )
            choices = [
                (
                    pk,
                    words
                    % {
                        "name": child.name,
                        "day": full_day(child.born_on),
                        "number": masked(child.id_number) or "—",
                    },
                )
                for pk, child in self.found.items()
            ]
            which = cast(forms.ChoiceField, self.fields["which"])
            which.choices = [*choices, (NEW, _("a new file: this is a different child"))]
            which.initial = ""
        else:
            del self.fields["which"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first = self.today - timedelta(days=rules.BACK_DAYS)
        last = self.today + timedelta(days=rules.AHEAD_DAYS)
        refuse_day_outside(self, "starts_on", first, last)
        school_class, starts_on = data.get("school_class"), data.get("starts_on")
        if school_class and starts_on:
            year = school_class.grade.year
            if year.starts_on > max(starts_on, self.today):
                words = _("%(name)s begins on %(start)s: choose that day or a later one.")
                facts = {"name": school_class.name, "start": full_day(year.starts_on)}
                self.add_error("starts_on", words % facts)
            elif year.ends_on < starts_on:
                words = _("%(name)s ends on %(end)s. Choose a class of the new school year.")
                facts = {"name": school_class.name, "end": full_day(year.ends_on)}
                self.add_error("school_class", words % facts)
        return data

    @property
    def existing(self) -> Student | None:
        return self.found.get(self.cleaned_data.get("which", NEW))


class DeclineForm(PlainForm):
    words = forms.CharField(
        label=_("Why you do not take the child"),
        max_length=WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other school reads this."),
    )

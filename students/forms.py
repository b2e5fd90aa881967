"""The sections of a child's file. Each has a form of its own for what is edited together."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import DAY_OVER, DayInput, day_field
from core.days import full_day
from core.folding import Fold, Part, parts_of
from schools.forms import ClassField
from schools.models import SchoolClass
from students.conflicts import VersionedForm
from students.days import check_birth, check_day
from students.models import Enrolment, Student
from students.rules import AHEAD_DAYS

ID_NUMBER_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
ID_NUMBER_CHECKS = "10X98765432"
ASKED_NONE = _("Write “none” if you have asked and there is none.")


@dataclass(frozen=True)
class Section:
    """A part of the file that is edited together.

    `since` names the field, if any, for the date from which the other values apply.
    """

    title: object
    fields: tuple[str, ...]
    since: str = ""


SECTIONS: dict[str, Section] = {
    "identity": Section(
        _("Who it is"), ("name", "sex", "born_on", "ethnicity", "id_number", "student_number")
    ),
    "boarding": Section(
        _("Boarding"), ("is_boarding", "dormitory", "boards_since"), since="boards_since"
    ),
    "address": Section(
        _("Where home is"), ("address", "village", "lives_there_since"), since="lives_there_since"
    ),
    "journey": Section(
        _("Way to school"),
        (
            "journey_by",
            "journey_minutes",
            "journey_km",
            "journey_with",
            "journey_dangers",
            "journey",
            "journey_since",
        ),
        since="journey_since",
    ),
    "health": Section(
        _("Health"),
        (
            "illness",
            "allergies",
            "disability",
            "disability_level",
            "is_insured",
            "is_vaccinated",
            "checked_up_on",
            "health",
        ),
    ),
    "registration": Section(
        _("Household register and city schooling"),
        (
            "is_registered",
            "registered_at",
            "registration",
            "has_city_schooling",
            "city_schooling",
            "has_residence_permit",
            "assistance",
        ),
    ),
    "care": Section(
        _("Special care and the child's plan"),
        (
            "orphan_since",
            "orphan_basis",
            "unsupported_since",
            "unsupported_basis",
            "single_parent_since",
            "single_parent_basis",
            "migrant_since",
            "migrant_basis",
            "other_care_since",
            "other_care_basis",
            "care_plan",
            "care_plan_review_on",
        ),
    ),
    "wish": Section(
        _("The family's wish"),
        ("wish_kind", "wish", "wish_obstacle", "wish_since"),
        since="wish_since",
    ),
    "strengths": Section(_("Good at"), ("strengths",)),
}


CARE_LEAD = _(
    "Fill in what applies, several if so. Left-behind children are not entered here: the file works that out "
    "itself."
)
ASKED_GROUND = _("Please fill this in: each reason has its day and its ground.")


def is_id_number(number: str) -> bool:
    """Return whether an 18-digit resident identity number has a valid checksum (GB 11643-1999)."""
    if len(number) != 18 or not number[:17].isdigit():
        return False
    total = sum(int(d) * w for d, w in zip(number, ID_NUMBER_WEIGHTS, strict=False))
    return ID_NUMBER_CHECKS[total % 11] == number[17].upper()


class _SectionForm(VersionedForm):
    section: Section
    # The "since" that the previous round asked about: if it is sent again unchanged, it is accepted.
    held = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Student
        fields: tuple[str, ...] = ()
        widgets = {
            "born_on": DayInput(),
            "boards_since": DayInput(),
            "lives_there_since": DayInput(),
            "journey_since": DayInput(),
            "checked_up_on": DayInput(),
            "wish_since": DayInput(),
            **{f"{ground}_since": DayInput() for ground in Student.SpecialCare},
            "care_plan_review_on": DayInput(),
            "care_plan": forms.Textarea(attrs={"rows": 4}),
            "journey_minutes": forms.NumberInput(attrs={"min": 0, "max": 600}),
            "journey_km": forms.NumberInput(attrs={"min": 0, "max": 500, "step": "0.1"}),
            "health": forms.Textarea(attrs={"rows": 3}),
            "strengths": forms.Textarea(attrs={"rows": 2}),
            "wish": forms.Textarea(attrs={"rows": 3}),
            "wish_obstacle": forms.Textarea(attrs={"rows": 2}),
            "journey": forms.Textarea(attrs={"rows": 2}),
            "journey_dangers": forms.Textarea(attrs={"rows": 2}),
            "city_schooling": forms.Textarea(attrs={"rows": 2}),
        }
        labels = {
            "health": _("anything else about health"),
            "journey": _("anything else about the way"),
            "wish": _("in their own words"),
            "city_schooling": _("where, which years, and why it ended"),
        }
        help_texts = {
            "illness": ASKED_NONE,
            "allergies": ASKED_NONE,
            "journey_dangers": ASKED_NONE,
            "checked_up_on": _("School check-ups count too."),
            "boards_since": _("Leave empty if not known."),
            "lives_there_since": _("Leave empty if not known."),
            "journey_since": _("Leave empty if not known."),
            "assistance": _("For example subsistence allowance or medical aid; “none” if none."),
            **{
                f"{ground}_basis": _(
                    "For example a certificate, the civil affairs office, the family."
                )
                for ground in Student.SpecialCare
            },
            "care_plan": _(
                "One plan for each child. Leave it empty where the agreed plan of a case says it all."
            ),
            "wish_obstacle": _("For example work, a school place, papers, money, a house."),
        }

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        for field in self.fields.values():
            if isinstance(field, forms.TypedChoiceField):
                choices: Any = field.choices
                field.choices = [(value, label if value else "—") for value, label in choices]

    @property
    def parts(self) -> list[Part]:
        """Return the parts of the form; the grounds for special care are folded, because usually only one
        applies.
        """
        folds = [
            Fold(ground.label, (f"{ground}_since", f"{ground}_basis"))
            for ground in Student.SpecialCare
            if f"{ground}_since" in self.fields
        ]
        return list(parts_of(self, folds)) if folds else []

    @property
    def lead(self) -> str:
        return str(CARE_LEAD) if "care_plan" in self.fields else ""

    def clean_id_number(self) -> str:
        number = self.cleaned_data["id_number"].strip().upper()
        if number and not is_id_number(number):
            raise forms.ValidationError(
                _("This is not an identity number. Please compare the 18 characters with the card.")
            )
        self._refuse_twin("id_number", number)
        return number

    def clean_student_number(self) -> str:
        number = self.cleaned_data["student_number"].strip().upper()
        self._refuse_twin("student_number", number)
        return number

    def _refuse_twin(self, field: str, number: str) -> None:
        same = Student.objects.filter(school_id=self.instance.school_id, **{field: number})
        if number and same.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("Another child at this school has this number."))

    def clean_born_on(self) -> date | None:
        born_on = self.cleaned_data["born_on"]
        check_birth(born_on, self.today)
        return born_on

    def clean_journey_minutes(self) -> int | None:
        minutes = self.cleaned_data["journey_minutes"]
        if minutes is not None and minutes > 600:
            raise forms.ValidationError(_("That is more than ten hours one way. Please check."))
        return minutes

    def clean_journey_km(self):
        km = self.cleaned_data["journey_km"]
        if km is not None and km < 0:
            raise forms.ValidationError(_("The distance cannot be negative."))
        return km

    def clean(self):
        data = super().clean()
        held = data.pop("held", "")
        for name in self.section.fields:
            day = data.get(name)
            if isinstance(day, date) and name not in ("born_on", "care_plan_review_on"):
                self._check_day(name, day)
        self._check_care(data)
        self._refuse_stale_since(data, held)
        number, born_on = data.get("id_number"), data.get("born_on")
        if number and born_on and number[6:14] != f"{born_on:%Y%m%d}":
            told = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
            words = _("The identity number says %(day)s. Which one is right?")
            self.add_error("born_on", words % {"day": told})
        if data.get("disability_level") and data.get("disability") in ("", "none"):
            self.add_error("disability", _("You chose a level. Which disability is it?"))
        return data

    def _check_care(self, data: dict) -> None:
        """Require, for each ground, its date and how the school knows of it, and for a care plan a day for
        its review.
        """
        for ground in Student.SpecialCare if "orphan_since" in self.fields else ():
            names = (f"{ground}_since", f"{ground}_basis")
            if any(data.get(name) for name in names):
                for name in names:
                    if name not in self.errors and not data.get(name):
                        self.add_error(name, ASKED_GROUND)
        review_on = data.get("care_plan_review_on")
        if data.get("care_plan") and not review_on and "care_plan_review_on" not in self.errors:
            self.add_error("care_plan_review_on", _("Choose a date for reviewing the plan."))
        elif (
            review_on and review_on != self.instance.care_plan_review_on and review_on < self.today
        ):
            self.add_error("care_plan_review_on", DAY_OVER)

    def _check_day(self, name: str, day: date) -> None:
        try:
            check_day(day, self.today, born_on=self.instance.born_on)
        except forms.ValidationError as error:
            self.add_error(name, error)

    def _refuse_stale_since(self, data: dict, held: str) -> None:
        """Refuse a date that applied to the previous values and was left unchanged although other values are
        new.
        """
        since = self.section.since
        if not since or since in self.errors:
            return
        others = [name for name in self.section.fields if name != since and name in data]
        is_new = any(data[name] != getattr(self.instance, name) for name in others)
        stood = getattr(self.instance, since)
        if is_new and stood and data.get(since) == stood and held != since:
            self.data = {**dict(self.data.items()), "held": since}
            self.add_error(
                since,
                _(
                    "You changed something above. If this date applies to the change too, save again."
                ),
            )


def section_form(key: str) -> type[_SectionForm]:
    """Return the form class of one section."""
    section = SECTIONS[key]
    meta = type("Meta", (_SectionForm.Meta,), {"fields": section.fields})
    return type(f"{key.title()}Form", (_SectionForm,), {"Meta": meta, "section": section})


class MoveForm(forms.Form):
    """Move the child into another class from a given day or, if it has left, enrol it again."""

    school_class = ClassField(SchoolClass.objects.none(), label=_("Into which class"))
    starts_on = day_field(_("From which day"))

    def __init__(self, *args, rows: list[Enrolment], classes, today: date, born_on, **kwargs):
        super().__init__(*args, **kwargs)
        self.today, self.born_on, self.rows = today, born_on, rows
        is_now = (row for row in rows if row.covers(today))
        self.present = next(is_now, None) or next((row for row in rows if not row.ends_on), None)
        classes_field = cast(ClassField, self.fields["school_class"])
        classes_field.on, classes_field.queryset = today, classes
        self.fields["starts_on"].initial = today

    def clean_starts_on(self) -> date:
        starts_on = self.cleaned_data["starts_on"]
        check_day(starts_on, self.today, born_on=self.born_on, ahead_days=AHEAD_DAYS)
        return starts_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts_on, school_class = data.get("starts_on"), data.get("school_class")
        if not starts_on:
            return data
        if row := self._in_the_way(starts_on):
            facts = {"name": row.school_class.name, "start": full_day(row.starts_on)}
            if row is self.present and starts_on < row.starts_on:
                words = _(
                    "The child has been in %(name)s since %(start)s: choose that day or a later one."
                )
            else:
                facts["end"] = full_day(row.ends_on)
                words = _(
                    "From %(start)s to %(end)s the child was in %(name)s: choose a later day."
                )
            self.add_error("starts_on", words % facts)
        elif school_class:
            self._check_class(school_class, starts_on)
        return data

    def _in_the_way(self, starts_on: date) -> Enrolment | None:
        """Return an earlier enrolment that blocks this day, or the last one if the child leaves later than
        that day.
        """
        if self.present and starts_on < self.present.starts_on:
            return self.present
        # If another class follows, the child may leave this one earlier.
        ends = [row for row in self.rows if row.ends_on and row.ends_on >= starts_on]
        return next((row for row in ends if row is not self.present or row is self.rows[0]), None)

    def _check_class(self, school_class: SchoolClass, starts_on: date) -> None:
        there = next((row for row in self.rows if row.covers(starts_on)), None)
        if there and there.school_class_id == school_class.pk:
            self.add_error("school_class", _("The child is already in this class."))
        begins = school_class.grade.year.starts_on
        if begins > max(starts_on, self.today):
            words = _("%(name)s begins on %(start)s: choose that day or a later one.")
            facts = {"name": school_class.name, "start": full_day(begins)}
            self.add_error("starts_on", words % facts)


class LeaveForm(forms.Form):
    left_on = day_field(_("Last day here"))
    reason = forms.ChoiceField(label=_("Why"), choices=[("", "—"), *Enrolment.Left.choices])
    left_to = forms.CharField(
        label=_("Where to"),
        max_length=120,
        required=False,
        help_text=_("School and place, if known."),
    )

    def __init__(self, *args, present: Enrolment, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.present, self.today = present, today
        self.fields["left_on"].initial = today

    def clean_left_on(self) -> date:
        left_on = self.cleaned_data["left_on"]
        check_day(left_on, self.today, ahead_days=AHEAD_DAYS)
        if left_on < self.present.starts_on:
            words = _("The child joined %(name)s on %(start)s: choose that day or a later one.")
            facts = {
                "name": self.present.school_class.name,
                "start": full_day(self.present.starts_on),
            }
            raise forms.ValidationError(words % facts)
        return left_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needs_place = (Enrolment.Left.OTHER_SCHOOL, Enrolment.Left.TO_PARENTS)
        if data.get("reason") in needs_place and not data.get("left_to"):
            self.add_error("left_to", _("The place is enough. Colleagues may ask later."))
        return data

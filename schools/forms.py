from datetime import date
from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.day_fields import DayInput, day_field, refuse_day_to_come, refuse_last_before_first
from core.days import full_day
from core.phones import PhoneField, parsed, readable
from schools import hotlines
from schools.actions import add_class
from schools.appointing.actions import Appointment, account_named, was_looked_up
from schools.models import CalendarDay, Post, School, SchoolClass, SchoolYear, Term, TimetablePeriod
from schools.presenters import DAY_WORDS
from schools.queries import (
    classes_from,
    last_look_up,
    village_posts,
    year_for_classes,
    years_from,
)
from schools.record_checks import counts_for_post
from schools.roles import COUNTY_ROLES, Role

TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


SIGN_IN_REFUSED = _(
    "This name and this sign-in do not match. Ask the person for the name they sign in with,"
    " or choose another."
)


class Plain:
    """Crispy without its own <form>: the template has the form and its only button."""

    @property
    def helper(self) -> FormHelper:
        helper = FormHelper()
        helper.form_tag = False
        return helper


class HotlinesField(forms.CharField):
    """A list of hotlines, written as "number name", one per line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else hotlines.as_text(value or [])

    def clean(self, value: Any) -> list[dict[str, str]]:
        try:
            found = hotlines.parse(super().clean(value))
        except hotlines.BadLine as bad:
            raise ValidationError(
                _("“%(line)s” %(wrong)s"), params={"line": bad.line, "wrong": bad.sentence}
            ) from bad
        if len(found) > hotlines.LINES_MAX:
            raise ValidationError(
                _("Enter six numbers at most. In an emergency, more are hard to choose from.")
            )
        return found


class SchoolForm(Plain, forms.ModelForm):
    hotlines = HotlinesField(
        label=_("numbers for urgent help"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=400,
        help_text=_(
            "One per line: number, space, name. We show them on the pupils' pages, where a family"
            " asks for help, and beside every concern."
        ),
    )

    class Meta:
        model = School
        fields = ("name", "phone", "check_in_every_days", "hotlines")
        labels = {"name": _("name of the school")}
        help_texts = {
            "phone": _("Shown to families and pupils who need somebody now."),
            "check_in_every_days": _("The law asks for a talk at least once a week: 7."),
        }

    def clean_phone(self) -> str:
        """Keep the number as written, so that a landline stays readable; families call from
        other provinces.
        """
        written = self.cleaned_data["phone"].strip()
        if written:
            parsed(written)
        return written

    def clean_check_in_every_days(self) -> int:
        days = self.cleaned_data["check_in_every_days"]
        if not 1 <= days <= 31:
            raise ValidationError(_("Enter 1 to 31 days."))
        return days


class YearField(forms.ModelChoiceField):
    on: date

    def label_from_instance(self, obj: SchoolYear) -> str:
        words = _("%(first)s to %(last)s")
        if obj.ends_on < self.on:
            words = _("%(first)s to %(last)s, which is over")
        return words % {"first": full_day(obj.starts_on), "last": full_day(obj.ends_on)}


class ClassForm(Plain, forms.Form):
    grade = forms.IntegerField(label=_("grade"), min_value=1, max_value=12)
    number = forms.IntegerField(label=_("number of the class"), min_value=1, max_value=60)
    year = YearField(SchoolYear.objects.none(), label=_("school year"), widget=forms.RadioSelect)

    def __init__(self, *args, school: School, on: date, **kwargs):
        super().__init__(*args, **kwargs)
        field = cast(YearField, self.fields["year"])
        field.on, field.empty_label = on, None
        field.queryset = years_from(school, on)


class TermForm(Plain, forms.ModelForm):
    class Meta:
        model = Term
        fields = ("starts_on", "ends_on")
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_last_before_first(self)
        self._refuse_overlap(cleaned.get("starts_on"), cleaned.get("ends_on"))
        self.instance.is_own = self.instance.is_own or self.has_changed()
        return cleaned

    def _refuse_overlap(self, first: date | None, last: date | None) -> None:
        if not first or not last:
            return
        others = Term.objects.filter(year__school=self.instance.year.school_id)
        others = others.exclude(pk=self.instance.pk)
        other = others.filter(starts_on__lte=last, ends_on__gte=first).first()
        if other:
            words = _("These days overlap with what is on record: %(since)s to %(until)s.")
            span = {"since": full_day(other.starts_on), "until": full_day(other.ends_on)}
            self.add_error("starts_on", ValidationError(words, params=span))


class CalendarDayForm(Plain, forms.ModelForm):
    """A day of the school year on the page: a day in another year would be saved where nobody sees it."""

    class Meta:
        model = CalendarDay
        fields = ("on", "kind", "name")
        labels = {"name": pgettext_lazy("of a day or a lesson", "Name")}
        widgets = {"on": DayInput()}

    def __init__(self, *args, year: SchoolYear | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.year = year
        cast(forms.ChoiceField, self.fields["kind"]).choices = list(DAY_WORDS.items())

    def clean_on(self) -> date:
        on = self.cleaned_data["on"]
        if self.year is None:
            raise ValidationError(_("Open the school year first."))
        if not self.year.starts_on <= on <= self.year.ends_on:
            words = _("The school year is from %(first)s to %(last)s.")
            span = {"first": full_day(self.year.starts_on), "last": full_day(self.year.ends_on)}
            raise ValidationError(words % span)
        return on


class PeriodForm(Plain, forms.ModelForm):
    class Meta:
        model = TimetablePeriod
        fields = ("name", "starts", "ends")
        labels = {"name": pgettext_lazy("of a day or a lesson", "Name")}
        widgets = {"starts": TIME, "ends": TIME}

    def __init__(self, *args, school: School, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.school = school

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts, ends = cleaned.get("starts"), cleaned.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", _("It ends before it begins."))
        return cleaned


class YearForm(Plain, forms.Form):
    first_year = forms.IntegerField(
        label=_("School year from September"), min_value=2000, max_value=2100
    )


def name_on(school_class: SchoolClass, on: date) -> str:
    """Return the name of a class.

    Two school years have classes of the same name, so one of a future year adds from when it exists.
    """
    starts_on = school_class.grade.year.starts_on
    if starts_on <= on:
        return school_class.name
    facts = {"name": school_class.name, "start": full_day(starts_on)}
    return _("%(name)s (from %(start)s)") % facts


class ClassField(forms.ModelChoiceField):
    on: date

    def label_from_instance(self, obj: SchoolClass) -> str:
        return name_on(obj, self.on)


LOOKED_UP_HELP = _(
    "For a village worker. Before the post begins, and once a year, ask the police or the procuratorate"
    " whether they have a record of harming children (Minors Protection Law, Art. 62). Only the day is kept."
    " Nobody with a record may hold this post."
)
NOT_LOOKED_UP = _(
    "Enter the day on which their record was looked up: within the year before the post begins, or before"
    " today if they are at work already."
)
OLDER_LOOK_UP = _(
    "We have %(day)s on record, which is later. If that day is wrong, tick the box below and save again."
)


def _checked_on(form: Any) -> date | None:
    on = form.cleaned_data["record_checked_on"]
    if on is not None:
        refuse_day_to_come(on, form.on)
    return on


class PostForm(Plain, forms.Form):
    """Give somebody a post at the school, creating the account if it is new."""

    name = forms.CharField(label=_("name"), max_length=60)
    username = forms.CharField(
        label=_("phone or staff number"), max_length=150, help_text=_("They sign in with it.")
    )
    phone = PhoneField(
        label=_("mobile phone"),
        max_length=40,
        required=False,
        help_text=_(
            "We send alerts here when a child needs an adult. Leave it empty if they sign in with"
            " their mobile number. Enter it for new people only; later they update it themselves."
        ),
    )
    role = forms.ChoiceField(
        label=_("role"),
        choices=[
            ("", _("please choose")),
            *(choice for choice in Role.choices if choice[0] not in COUNTY_ROLES),
        ],
    )
    school_class = ClassField(label=_("class"), queryset=SchoolClass.objects.none(), required=False)
    village = forms.CharField(label=_("village"), max_length=60, required=False)
    # In a school without classes, a class teacher's class is created with the post.
    grade = forms.IntegerField(
        label=_("their class: grade"),
        min_value=1,
        max_value=12,
        required=False,
        help_text=_("A number, for example 3."),
    )
    number = forms.IntegerField(
        label=_("number of the class"), min_value=1, max_value=60, required=False
    )
    is_duty = forms.BooleanField(
        label=_("notified first when a child needs an adult, while nobody is on the duty roster"),
        required=False,
    )
    record_checked_on = day_field(
        _("record looked up on"), required=False, help_text=LOOKED_UP_HELP
    )
    starts_on = day_field(_("begins on"))

    def __init__(self, *args, school: School, on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.school, self.on = school, on
        classes = cast(ClassField, self.fields["school_class"])
        classes.on = on
        classes.queryset = classes_from(school, on)
        self.fields["starts_on"].initial = on
        self.year = year_for_classes(school, on)
        self.makes_class = self.year is not None and not classes.queryset.exists()
        for name in ("school_class",) if self.makes_class else ("grade", "number"):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") == Role.CLASS_TEACHER:
            for name in ("grade", "number") if self.makes_class else ("school_class",):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Which class? A class teacher needs one."))
        self._check_record(cleaned)
        self._check_account(cleaned)
        return cleaned

    def clean_record_checked_on(self) -> date | None:
        return _checked_on(self)

    def _check_record(self, cleaned: dict) -> None:
        """Require the record check for a post in a village; other posts have no use for it."""
        if cleaned.get("role") != Role.VILLAGE_WORKER:
            cleaned["record_checked_on"] = None
            return
        known = account_named(cleaned.get("username", ""))
        if known and not cleaned.get("record_checked_on"):
            cleaned["record_checked_on"] = last_look_up(known, self.school, self.on)
        starts_on, checked_on = cleaned.get("starts_on"), cleaned.get("record_checked_on")
        if starts_on is None or "record_checked_on" in self.errors:
            return
        if not was_looked_up(cleaned.get("role", ""), checked_on, starts_on, self.on):
            self.add_error("record_checked_on", NOT_LOOKED_UP)

    def _check_account(self, cleaned: dict) -> None:
        """Require an existing account with that username to belong to the person named, and to staff.

        The message does not reveal whose account it is, or that it exists.
        """
        known = account_named(cleaned.get("username", ""))
        if known is None:
            return
        is_theirs = known.name == cleaned.get("name") and known.is_active
        if not (is_theirs and known.posts.exists()):
            self.add_error("username", SIGN_IN_REFUSED)
        cleaned["username"] = known.username

    def appointment(self, school: School) -> Appointment:
        """Return the appointment, creating the class of the first class teacher."""
        said = dict(self.cleaned_data)
        grade, number = said.pop("grade", None), said.pop("number", None)
        if self.year and said["role"] == Role.CLASS_TEACHER and grade and number:
            said["school_class"] = add_class(
                school=school, year=self.year, grade=grade, number=number
            )
        return Appointment(**said)


class DutyForm(Plain, forms.ModelForm):
    """Edit whether the holder of a post is notified first, and the date of a village worker's record check.

    Phone and e-mail belong to the person; only until that person has set a password may the school correct
    the number it entered for them (`mends_phone`).
    """

    record_checked_on = day_field(
        _("record looked up on"), required=False, help_text=LOOKED_UP_HELP
    )
    corrects_day = forms.BooleanField(label=_("The day on record is wrong"), required=False)

    class Meta:
        model = Post
        fields = ("is_duty",)

    def __init__(self, *args, mends_phone: bool, on: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.on = on
        is_over = self.instance.ends_on is not None and self.instance.ends_on < on
        if self.instance.role != Role.VILLAGE_WORKER or is_over:
            del self.fields["record_checked_on"], self.fields["corrects_day"]
        else:
            looked_up = last_look_up(self.instance.user, self.instance.school, on)
            self.initial["record_checked_on"] = looked_up
        if mends_phone:
            phone = readable(self.instance.user.phone)
            self.fields["phone"] = PhoneField(
                label=_("mobile phone"), max_length=40, required=False, initial=phone
            )

    def clean(self) -> dict[str, Any]:
        """A check that is valid for longer may be replaced with an older date, or none, only if it was wrong
        and somebody says so by a separate tick.
        """
        cleaned = super().clean() or self.cleaned_data
        before, on = self.initial.get("record_checked_on"), cleaned.get("record_checked_on")
        is_asked_for = "record_checked_on" in self.fields and "record_checked_on" not in self.errors
        if is_asked_for and before and (on is None or on < before) and not cleaned["corrects_day"]:
            self.add_error("record_checked_on", OLDER_LOOK_UP % {"day": full_day(before)})
        elif is_asked_for and not self._lets_what_comes_begin(on):
            self.add_error("record_checked_on", NOT_LOOKED_UP)
        return cleaned

    def _lets_what_comes_begin(self, checked_on: date | None) -> bool:
        """Return whether posts that have not begun may still begin; they were given because of the date that
        is about to change.
        """
        posts = village_posts(self.instance.user, self.instance.school, self.on)
        return all(
            counts_for_post(checked_on, post.starts_on, self.on)
            for post in posts.filter(starts_on__gt=self.on)
        )

    def clean_record_checked_on(self) -> date | None:
        return _checked_on(self)

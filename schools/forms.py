from datetime import date, timedelta
from typing import Any, cast

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.history import last_writer_of
from accounts.models import User
from core.day_fields import DayInput, refuse_day_outside, refuse_last_before_first
from core.days import full_day
from core.meanwhile import AsksToReplace, WrittenMeanwhile, refuse_unseen, version_of
from core.phones import parsed
from schools import hotlines
from schools.models import CalendarDay, School, SchoolClass, SchoolYear, Term, TimetablePeriod
from schools.presenters import DAY_WORDS
from schools.queries import years_from

# A term may begin in the last days of August, before its school year does.
EARLIER_DAYS = timedelta(days=14)
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


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


class SchoolForm(Plain, AsksToReplace, forms.ModelForm):
    """A school's details. Save it while the school is locked."""

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

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        self.there = self._said(vars(self.instance))
        self.initial["instead_of"] = version_of(*self.there)

    def _said(self, values: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(values.get(name) for name in self._meta.fields or ())

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        *lines, numbers = self.there
        try:
            refuse_unseen(
                seen=cleaned.get("instead_of"),
                there=self.there,
                new=self._said(cleaned),
                writer=last_writer_of(self.instance, list(self._meta.fields or ())),
                words="\n".join([*map(str, lines), hotlines.as_text(numbers or [])]),
            )
        except WrittenMeanwhile as newer:
            self.ask_to_replace(newer, self.by)
        return cleaned

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


class TermForm(Plain, AsksToReplace, forms.ModelForm):
    """The dates of a term. Save it while the school year is locked."""

    class Meta:
        model = Term
        fields = ("starts_on", "ends_on")
        widgets = {"starts_on": DayInput(), "ends_on": DayInput()}

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        self.there = (self.instance.starts_on, self.instance.ends_on)
        self.initial["instead_of"] = version_of(*self.there)

    def clean(self) -> dict[str, Any]:
        cleaned, year = super().clean() or self.cleaned_data, self.instance.year
        new = (cleaned.get("starts_on"), cleaned.get("ends_on"))
        try:
            words = _("%(first)s to %(last)s")
            refuse_unseen(
                seen=cleaned.get("instead_of"),
                there=self.there,
                new=new,
                writer=None,  # no history of terms says who
                words=words % {"first": full_day(self.there[0]), "last": full_day(self.there[1])},
            )
        except WrittenMeanwhile as newer:
            self.ask_to_replace(newer, self.by)
        for name in ("starts_on", "ends_on"):
            refuse_day_outside(self, name, year.starts_on - EARLIER_DAYS, year.ends_on)
        refuse_last_before_first(self)
        self._refuse_overlap(*new)
        self.instance.is_own = self.instance.is_own or new != self.there
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

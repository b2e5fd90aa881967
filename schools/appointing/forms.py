from datetime import date
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from core.day_fields import day_field, refuse_day_to_come
from core.days import full_day
from core.phones import PhoneField, readable
from schools.actions import add_class
from schools.appointing.actions import Appointment, account_named, was_looked_up
from schools.forms import ClassField, Plain
from schools.models import Post, School, SchoolClass
from schools.queries import classes_from, last_look_up, village_posts, year_for_classes
from schools.record_checks import counts_for_post
from schools.roles import COUNTY_ROLES, Role

SIGN_IN_REFUSED = _(
    "This name and this sign-in do not match. Ask the person for the name they sign in with,"
    " or choose another."
)
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

    def save(self, commit: bool = True) -> Post:
        """Save no more than the form shows: the post may have ended meanwhile."""
        if commit:
            self.instance.save(update_fields=["is_duty"])
        return self.instance

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

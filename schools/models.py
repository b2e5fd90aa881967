from datetime import time

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from schools.appointing.models import PostOffer
from schools.county_calendar.models import CountyDay, CountyTerm, DayKind, Season
from schools.duty.models import DutyTurn
from schools.hotlines import default_hotlines
from schools.passwords.models import PasswordReset
from schools.roles import COUNTY_ROLES, Role
from schools.rollout.models import ClassStart, Wave, WaveSchool

__all__ = [
    "CalendarDay",
    "ClassStart",
    "County",
    "CountyDay",
    "CountyTerm",
    "DateSpan",
    "DutyTurn",
    "Grade",
    "PasswordReset",
    "Post",
    "PostOffer",
    "PutOff",
    "School",
    "SchoolClass",
    "SchoolYear",
    "StaffHours",
    "Term",
    "TimetablePeriod",
    "Wave",
    "WaveSchool",
    "ends_after_start",
    "holds_on",
]


class DateSpan(Func):
    """[starts_on, ends_on] as a PostgreSQL date range; a missing end is open."""

    function = "DATERANGE"

    def __init__(self, starts="starts_on", ends="ends_on", **extra):
        super().__init__(F(starts), F(ends), Value("[]"), **extra)


def holds_on(on, prefix: str = "") -> Q:
    """Return a condition on rows whose [starts_on, ends_on] contains the date `on`."""
    return Q(**{f"{prefix}starts_on__lte": on}) & (
        Q(**{f"{prefix}ends_on__isnull": True}) | Q(**{f"{prefix}ends_on__gte": on})
    )


def holds_on_sql(row: str) -> str:
    """Return `holds_on` as SQL for the row called `row`; the query gets the day as parameter `on`."""
    return f"{row}.starts_on <= %(on)s AND ({row}.ends_on IS NULL OR {row}.ends_on >= %(on)s)"


def ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name, condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on"))
    )


class County(models.Model):
    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("county")
        verbose_name_plural = _("counties")

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class School(models.Model):
    county = models.ForeignKey(County, on_delete=models.PROTECT, related_name="schools")
    name = models.CharField(_("name"), max_length=80)
    code = models.CharField(_("school code"), max_length=20, unique=True)
    phone = models.CharField(_("duty phone"), max_length=20, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=40, default="Asia/Shanghai")
    is_demo = models.BooleanField(_("for trying out"), default=False)
    check_in_every_days = models.PositiveSmallIntegerField(
        _("days between two questions to a parent"), default=7
    )
    # [{"number", "name"}] in display order; read it through schools.hotlines.of.
    hotlines = models.JSONField(_("numbers for urgent help"), default=default_hotlines)
    # When the school began to write to families; None until somebody starts it.
    sending_started_at = models.DateTimeField(null=True, blank=True)
    sending_stopped_at = models.DateTimeField(null=True, blank=True)
    # When turns of duty change (schools.duty.rules.Hours); a night ends when the next day begins.
    duty_day_from = models.TimeField(_("day begins"), default=time(7))
    duty_night_from = models.TimeField(_("night begins"), default=time(19))

    class Meta:
        verbose_name = _("school")
        verbose_name_plural = _("schools")
        ordering = ["county_id", "code"]
        constraints = [
            models.CheckConstraint(
                name="school_check_in_rhythm",
                condition=Q(check_in_every_days__gte=1) & Q(check_in_every_days__lte=31),
            ),
            models.CheckConstraint(
                name="school_duty_night_after_day",
                condition=Q(duty_night_from__gt=F("duty_day_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class SchoolYear(models.Model):
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="years")
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            ends_after_start("school_year_ends_after_start"),
            ExclusionConstraint(
                name="school_years_apart",
                expressions=[
                    ("school", RangeOperators.EQUAL),
                    (DateSpan(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on.year}–{self.ends_on.year}"


class Term(models.Model):
    Season = Season

    year = models.ForeignKey(SchoolYear, on_delete=models.CASCADE, related_name="terms")
    season = models.CharField(_("term"), max_length=10, choices=Season)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"))
    # The school has set these dates itself, so the county's dates do not replace them.
    is_own = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.UniqueConstraint(fields=["year", "season"], name="one_term_per_season"),
            ends_after_start("term_ends_after_start"),
            ExclusionConstraint(
                name="terms_of_a_year_apart",
                expressions=[
                    ("year", RangeOperators.EQUAL),
                    (DateSpan(), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} {self.get_season_display()}"


class Grade(models.Model):
    """One age group in one school year; primary 1 to 6, junior secondary 7 to 9."""

    year = models.ForeignKey(SchoolYear, on_delete=models.CASCADE, related_name="grades")
    number = models.PositiveSmallIntegerField(_("grade"))

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["year", "number"], name="one_grade_per_number"),
            models.CheckConstraint(
                name="grade_1_to_12", condition=Q(number__gte=1) & Q(number__lte=12)
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class SchoolClass(models.Model):
    """A class of one school year, such as 三年级2班.

    It stores its school so that rows about it need no joins.
    """

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="classes")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, related_name="classes")
    number = models.PositiveSmallIntegerField(_("class"))
    name = models.CharField(_("name"), max_length=40)
    door_code = models.CharField(_("code for the pupils' door"), max_length=8, unique=True)

    class Meta:
        verbose_name = _("class")
        verbose_name_plural = _("classes")
        ordering = ["grade__number", "number"]
        constraints = [
            models.UniqueConstraint(fields=["grade", "number"], name="one_class_per_number")
        ]

    def __str__(self) -> str:
        return self.name


class CalendarDay(models.Model):
    """A day that differs from the week's pattern.

    The school's entry takes precedence over the county's, and the county's over the library's.
    """

    Kind = DayKind

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="calendar_days")
    on = models.DateField(_("date"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    name = models.CharField(_("name"), max_length=40, blank=True)
    is_seeded = models.BooleanField(default=False, editable=False)
    # The county's day that this one copies, if any; it is deleted together with that day.
    of_county = models.ForeignKey(
        CountyDay, on_delete=models.CASCADE, null=True, editable=False, related_name="at_schools"
    )

    class Meta:
        ordering = ["on"]
        constraints = [
            models.UniqueConstraint(fields=["school", "on"], name="one_word_per_calendar_day")
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.name}"

    @property
    def origin(self) -> str:
        """Return who set the day: `public`, `county` or `school`."""
        if self.is_seeded:
            return "public"
        return "county" if self.of_county_id else "school"


class TimetablePeriod(models.Model):
    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="periods")
    name = models.CharField(_("name"), max_length=20)
    starts = models.TimeField(_("from"))
    ends = models.TimeField(_("until"))

    class Meta:
        ordering = ["starts"]
        constraints = [
            models.UniqueConstraint(fields=["school", "name"], name="one_period_per_name"),
            models.CheckConstraint(name="period_ends_later", condition=Q(ends__gt=F("starts"))),
        ]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Post(models.Model):
    """A role that somebody has at a school or in a county, from a day and perhaps until a day."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="posts"
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    school = models.ForeignKey(
        School, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    county = models.ForeignKey(
        County, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    school_class = models.ForeignKey(
        SchoolClass, on_delete=models.PROTECT, null=True, blank=True, related_name="posts"
    )
    village = models.CharField(_("village"), max_length=60, blank=True)
    is_duty = models.BooleanField(
        _("first to be notified when a child needs an adult"), default=False
    )
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)
    # For a village worker, every year (schools.record_checks).
    record_checked_on = models.DateField(_("record looked up on"), null=True, blank=True)
    is_look_up_due: bool  # set by schools.presenters
    # Set by schools.policies: a post in a county that has only schools for trying out.
    is_of_demo: bool

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            models.Index(fields=["user", "starts_on"]),
            models.Index(fields=["school", "role"]),
        ]
        constraints = [
            ends_after_start("post_ends_after_start"),
            models.CheckConstraint(
                name="post_at_school_or_county",
                condition=(
                    Q(role__in=COUNTY_ROLES, county__isnull=False, school__isnull=True)
                    | (~Q(role__in=COUNTY_ROLES) & Q(school__isnull=False, county__isnull=True))
                ),
            ),
            models.CheckConstraint(
                name="class_teacher_has_class",
                condition=~Q(role=Role.CLASS_TEACHER) | Q(school_class__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"


class PutOff(models.Model):
    """One member of staff has put off one row of Today until a day; it stays unchanged for everybody else.

    `work_key` is WorkItem.key. Undoing this deletes the row; the work itself is not affected.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="put_off", db_index=False
    )
    work_key = models.CharField(max_length=120)
    until_on = models.DateField(_("until"))
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "work_key"], name="one_put_off_per_row")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.work_key} {self.until_on}"


@pghistory.track()
class StaffHours(models.Model):
    """The hours in which a member of staff, or (without one) a whole school, is left in peace."""

    school = models.ForeignKey(School, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+"
    )
    quiet_from = models.TimeField(_("quiet from"))
    quiet_until = models.TimeField(_("quiet until"))
    wants_pings = models.BooleanField(
        _("tell me by SMS or e-mail when a family writes"), default=True
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["school", "user"], name="staff_hours_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.school_id} {self.user_id} {self.quiet_from}–{self.quiet_until}"

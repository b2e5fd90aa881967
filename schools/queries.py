from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, time
from itertools import count
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from core.prepared import Question, prepared
from schools import calendar
from schools.hours import QUIET_STAFF, QuietHours
from schools.models import (
    CalendarDay,
    Post,
    School,
    SchoolClass,
    SchoolYear,
    StaffHours,
    Term,
    TimetablePeriod,
    holds_on,
)
from schools.roles import Role

DEFAULT_SCHOOL_HOURS = (time(8, 0), time(17, 0))


@dataclass(frozen=True)
class SchoolCalendar:
    """The facts about a school's days and hours that the pure rules need."""

    words: dict[date, bool]
    terms: list[tuple[date, date]]
    opens: time = DEFAULT_SCHOOL_HOURS[0]
    closes: time = DEFAULT_SCHOOL_HOURS[1]
    names: dict[date, str] = field(default_factory=dict)

    def is_school_day(self, on: date) -> bool:
        return calendar.is_school_day(on, self.words, self.terms)


def calendar_of(school: School) -> SchoolCalendar:
    """Read it in three queries. The school's hours run from the first to the last timetable period."""
    days = list(CalendarDay.objects.filter(school=school))
    terms = list(Term.objects.filter(year__school=school).values_list("starts_on", "ends_on"))
    periods = list(TimetablePeriod.objects.filter(school=school).values_list("starts", "ends"))
    opens, closes = DEFAULT_SCHOOL_HOURS
    if periods:
        opens, closes = min(p[0] for p in periods), max(p[1] for p in periods)
    return SchoolCalendar(
        words={day.on: day.kind == CalendarDay.Kind.SCHOOL_DAY for day in days},
        terms=terms,
        opens=opens,
        closes=closes,
        names={day.on: day.name for day in days if day.name},
    )


def year_on(school: School, on: date) -> SchoolYear | None:
    """Return the current year; None in the weeks between two years.

    For the year whose classes count, see year_in_hand.
    """
    return SchoolYear.objects.filter(school=school, starts_on__lte=on, ends_on__gte=on).first()


def year_in_hand(school: School, on: date) -> SchoolYear | None:
    """Return the year whose classes count on that day: the last one that has begun.

    For a school whose first year is still to come, return that year.
    """
    found = _last_begun(school_id=school.pk, on=on)
    if found:
        return found[0]
    return SchoolYear.objects.filter(school=school).order_by("starts_on").first()


def year_question(school: School, on: date) -> Question:
    """Return the query that `year_in_hand` makes."""
    return _last_begun.question(school_id=school.pk, on=on)


@prepared
def _last_begun(*, school_id, on) -> QuerySet[SchoolYear]:
    return _begun(SchoolYear.objects.filter(school_id=school_id), on)[:1]


def _begun(years: QuerySet[SchoolYear], on: date) -> QuerySet[SchoolYear]:
    return years.filter(starts_on__lte=on).order_by("-starts_on")


def years_begun(school_ids: Collection[int], on: date) -> QuerySet[SchoolYear]:
    """Return the last year that has begun, at most one for each of these schools."""
    rows = _begun(SchoolYear.objects.filter(school_id__in=school_ids), on)
    return rows.order_by("school_id", "-starts_on").distinct("school_id")


def year_to_plan(school: School, on: date) -> SchoolYear | None:
    """Return the year whose days a school plans now: the current one or, between two years, the next one if
    it is open.
    """
    return years_to_plan([school.pk], on).first()


def years_to_plan(school_ids: Collection[int], on: date) -> QuerySet[SchoolYear]:
    """Return the same as `year_to_plan`, at most one year for each of these schools."""
    rows = SchoolYear.objects.filter(school_id__in=school_ids, ends_on__gte=on)
    return rows.order_by("school_id", "starts_on").distinct("school_id")


def years_from(school: School, on: date) -> QuerySet[SchoolYear]:
    """Return the years to which classes may be added: the one in hand and later ones, earliest first."""
    year, rows = year_in_hand(school, on), SchoolYear.objects.filter(school=school)
    if year is None:
        return rows.none()
    return rows.filter(starts_on__gte=year.starts_on).order_by("starts_on")


def year_for_classes(school: School, on: date) -> SchoolYear | None:
    """Return the year that a class added today belongs to; in summer this is the next one, if it is open."""
    return year_to_plan(school, on) or year_in_hand(school, on)


def term_on(school: School, on: date) -> Term | None:
    found = _terms(school_id=school.pk, on=on)
    return found[0] if found else None


def term_questions(school: School, on: date) -> list[Question]:
    """Return the query that `term_on` makes."""
    return [_terms.question(school_id=school.pk, on=on)]


@prepared
def _terms(*, school_id, on) -> QuerySet[Term]:
    rows = Term.objects.filter(year__school_id=school_id, starts_on__lte=on, ends_on__gte=on)
    return rows[:1]


def terms_begun(school: School, on: date) -> list[Term]:
    """Return all terms that have begun by that day, the latest first."""
    return _terms_begun(school_id=school.pk, on=on)


def terms_question(school: School, on: date) -> Question:
    """Return the query that `terms_begun` makes."""
    return _terms_begun.question(school_id=school.pk, on=on)


@prepared
def _terms_begun(*, school_id, on) -> QuerySet[Term]:
    rows = Term.objects.filter(year__school_id=school_id, starts_on__lte=on)
    return rows.select_related("year").order_by("-starts_on")


def classes_of_day(on: date) -> QuerySet[SchoolClass]:
    """Return classes of the year that each school has in hand (year_in_hand).

    Between two years these are the classes of the past year; classes of a future year are never included.
    """
    years = SchoolYear.objects.filter(school=OuterRef("school"))
    begun, first = _begun(years, on), years.order_by("starts_on")
    year = Coalesce(Subquery(begun.values("pk")[:1]), Subquery(first.values("pk")[:1]))
    return SchoolClass.objects.filter(grade__year=year)


def classes_on(school: School | int, on: date) -> QuerySet[SchoolClass]:
    """Return the classes of one school on that day, by grade and number."""
    return classes_of_day(on).filter(school=school).order_by("grade__number", "number")


def classes_from(school: School, on: date) -> QuerySet[SchoolClass]:
    """Return the classes that a child may move to: those of today and those of a future year, with their
    year.
    """
    ahead = SchoolClass.objects.filter(school=school, grade__year__starts_on__gt=on)
    rows = SchoolClass.objects.filter(
        Q(pk__in=classes_on(school, on).values("pk")) | Q(pk__in=ahead.values("pk"))
    )
    return rows.select_related("grade__year").order_by(
        "grade__year__starts_on", "grade__number", "number"
    )


@dataclass(frozen=True)
class ClassRow:
    pk: int
    name: str
    door_code: str
    teachers: list[str]
    year: SchoolYear


def classes_with_teachers(school: School, on: date) -> list[ClassRow]:
    """Return today's classes, and those of future years with the teachers they have on their first day."""
    day = Greatest(Value(on), F("school_class__grade__year__starts_on"))
    held = Post.objects.annotate(day=day).filter(holds_on(F("day")), role=Role.CLASS_TEACHER)
    classes = classes_from(school, on).prefetch_related(
        Prefetch("posts", held.select_related("user"), to_attr="held")
    )
    return [
        ClassRow(
            row.pk, row.name, row.door_code, [post.user.name for post in row.held], row.grade.year
        )
        for row in classes
    ]


def days_of(year: SchoolYear) -> QuerySet[CalendarDay]:
    return CalendarDay.objects.filter(
        school=year.school, on__gte=year.starts_on, on__lte=year.ends_on
    )


# Labour Day and National Day fall into every school year, on the same day each year: a school that has
# entered them has the announcement. New Year's Day alone does not show that the rest is known.
SURE_HOLIDAYS = ((5, 1), (10, 1))


def years_without_holidays(school: School, year: SchoolYear) -> list[int]:
    """Return the calendar years of the school year whose public holidays have not been entered."""
    return missing_holidays([year])[school.pk]


def missing_holidays(years: Collection[SchoolYear]) -> dict[int, list[int]]:
    """Return the same for years of several schools, by school; one query."""
    asked = {year.pk: sure_holidays(year.starts_on, year.ends_on) for year in years}
    days = CalendarDay.objects.filter(
        kind=CalendarDay.Kind.HOLIDAY,
        school_id__in={year.school_id for year in years},
        on__in={on for sure in asked.values() for on in sure},
    )
    off = set(days.values_list("school_id", "on"))
    return {
        year.school_id: sorted(
            {on.year for on in asked[year.pk] if (year.school_id, on) not in off}
        )
        for year in years
    }


def sure_holidays(starts_on: date, ends_on: date) -> list[date]:
    years = range(starts_on.year, ends_on.year + 1)
    sure = [date(year, month, day) for year in years for month, day in SURE_HOLIDAYS]
    return [on for on in sure if starts_on <= on <= ends_on]


def next_first_year(school: School, on: date) -> int:
    """Return the first calendar year, from that of `on`, whose school year is not open yet."""
    rows = SchoolYear.objects.filter(school=school, ends_on__gte=on)
    open_years = set(rows.values_list("starts_on__year", flat=True))
    return next(year for year in count(on.year) if year not in open_years)


def posts_at(school: School) -> QuerySet[Any]:
    """Return the school's posts with `has_password`: whether the holder has ever set one."""
    has_password = ~Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return (
        Post.objects.filter(school=school)
        .annotate(has_password=ExpressionWrapper(has_password, BooleanField()))
        .select_related("user", "school_class")
        .order_by(F("ends_on").desc(nulls_first=True), "role", "school_class__name", "pk")
    )


def village_posts(user: User, school: School, on: date) -> QuerySet[Post]:
    """Return the user's village posts at this school that are not over; one record check counts for all."""
    posts = Post.objects.filter(user=user, school=school, role=Role.VILLAGE_WORKER)
    return posts.filter(Q(ends_on=None) | Q(ends_on__gte=on))


def last_look_up(user: User, school: School, on: date) -> date | None:
    found = village_posts(user, school, on).aggregate(last=Max("record_checked_on"))
    return found["last"]


def school_of_door(door_code: str) -> School | None:
    return School.objects.filter(classes__door_code=door_code).first()


def quiet_hours_of(user: User | None, school: School) -> QuietHours:
    """Return their own quiet hours, else the school's, else the general default."""
    row = _staff_hours(user, school)
    starts, ends = (row.quiet_from, row.quiet_until) if row else QUIET_STAFF
    return QuietHours(starts, ends, school.time_zone)


def wants_pings(user: User, school: School) -> bool:
    row = _staff_hours(user, school)
    return row.wants_pings if row else True


def has_own_hours(user: User, school: School) -> bool:
    return StaffHours.objects.filter(school=school, user=user).exists()


def _staff_hours(user: User | None, school: School) -> StaffHours | None:
    rows = StaffHours.objects.filter(school=school).filter(Q(user=user) | Q(user=None))
    return rows.order_by(F("user").asc(nulls_last=True)).first()


def only_phone() -> str:
    """Return the school's phone number if this installation has only one school, else "".

    For pages that must not reveal whose link somebody has.
    """
    phones = list(School.objects.values_list("phone", flat=True)[:2])
    return phones[0] if len(phones) == 1 else ""

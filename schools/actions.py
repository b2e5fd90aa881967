import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import date, time

import pghistory
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from schools.calendar import public_days
from schools.models import (
    CalendarDay,
    County,
    CountyDay,
    Grade,
    School,
    SchoolClass,
    SchoolYear,
    StaffHours,
    TimetablePeriod,
)

DOOR_CODE_DIGITS = 6
# An ordinary timetable of a rural primary school; each school can change it.
DEFAULT_PERIODS = [
    ("第一节", "08:20", "09:00"),
    ("第二节", "09:10", "09:50"),
    ("第三节", "10:20", "11:00"),
    ("第四节", "11:10", "11:50"),
    ("第五节", "14:00", "14:40"),
    ("第六节", "14:50", "15:30"),
    ("课后服务", "15:40", "17:20"),
]


def lock_years(years: QuerySet[SchoolYear]) -> None:
    """Lock the school years, so that those who set dates of their terms wait for each other."""
    list(years.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def seed_calendar(*, school: School, starts_on: date, ends_on: date) -> set[int]:
    """Add the county's days, and public holidays and working weekends, to the school's calendar.

    The school's own entries stay, and the county's take precedence over the library's.

    Returns the calendar years that the library does not cover, so that the page can ask the school about
    them. Safe to call again.
    """
    known, missing = public_days(starts_on, ends_on)
    of_county = CountyDay.objects.filter(
        county=school.county_id, on__gte=starts_on, on__lte=ends_on
    )
    write_county_days([school.pk], of_county)
    write_public_days([school.pk], known)
    return missing


def write_public_days(school_ids: Collection[int], days: Mapping[date, tuple[bool, str]]) -> None:
    """Add `days` from schools.calendar.public_days. Existing entries in a school's calendar stay."""
    CalendarDay.objects.bulk_create(
        (
            CalendarDay(
                school_id=pk,
                on=on,
                kind=CalendarDay.Kind.SCHOOL_DAY if is_school_day else CalendarDay.Kind.HOLIDAY,
                name=name,
                is_seeded=True,
            )
            for on, (is_school_day, name) in days.items()
            for pk in school_ids
        ),
        ignore_conflicts=True,
    )


def write_county_days(school_ids: Collection[int], days: Iterable[CountyDay]) -> None:
    """Add the county's days to the calendars of these schools; existing entries stay."""
    CalendarDay.objects.bulk_create(
        (
            CalendarDay(school_id=pk, on=day.on, kind=day.kind, name=day.name, of_county=day)
            for day in days
            for pk in school_ids
        ),
        ignore_conflicts=True,
    )


def seed_timetable(*, school: School) -> None:
    """Add the periods of an ordinary day if the school has none yet."""
    if school.periods.exists():
        return
    TimetablePeriod.objects.bulk_create(
        TimetablePeriod(school=school, name=name, starts=starts, ends=ends)
        for name, starts, ends in DEFAULT_PERIODS
    )


def new_door_code() -> str:
    """Return new digits with which a class's pupils find their door; they are not secret by themselves."""
    while True:
        code = "".join(secrets.choice("0123456789") for _ in range(DOOR_CODE_DIGITS))
        if not SchoolClass.objects.filter(door_code=code).exists():
            return code


CHINESE_DIGITS = "零一二三四五六七八九"


def class_name(grade: int, number: int) -> str:
    """Return a name such as 三年级2班."""
    return f"{CHINESE_DIGITS[grade]}年级{number}班" if grade < 10 else f"{grade}年级{number}班"


@transaction.atomic
def add_class(
    *, school: School, year: SchoolYear, grade: int, number: int, door_code: str = ""
) -> SchoolClass:
    """Return the class, creating it if it does not exist; without `door_code` it gets a new one."""
    in_grade, _ = Grade.objects.get_or_create(year=year, number=grade)
    found = SchoolClass.objects.filter(grade=in_grade, number=number).first()
    return found or SchoolClass.objects.create(
        school=school,
        grade=in_grade,
        number=number,
        name=class_name(grade, number),
        door_code=door_code or new_door_code(),
    )


def set_calendar_day(*, school: School, on: date, kind: str, name: str) -> CalendarDay:
    """Set a day in the school's own calendar, replacing any entry for that day."""
    day, _ = CalendarDay.objects.update_or_create(
        school=school,
        on=on,
        defaults={"kind": kind, "name": name, "is_seeded": False, "of_county": None},
    )
    return day


@transaction.atomic
def remove_calendar_day(*, day: CalendarDay) -> CalendarDay | None:
    """Remove the entry and return what then applies.

    A day set by the school falls back to the county's entry, else to the public one. After any other entry is
    removed, the day follows the usual week.
    """
    is_own, on, school = day.origin == "school", day.on, day.school
    day.delete()
    if is_own:
        seed_calendar(school=school, starts_on=on, ends_on=on)
    return CalendarDay.objects.filter(school=school, on=on).first()


def keep_quiet_hours(
    *,
    school: School,
    user: User | None,
    quiet_from: time,
    quiet_until: time,
    wants_pings: bool,
    by: User,
) -> None:
    """Set the quiet hours of one member of staff or, if `user` is None, the default of the school."""
    with transaction.atomic(), pghistory.context(user=by.pk):
        StaffHours.objects.update_or_create(
            school=school,
            user=user,
            defaults={
                "quiet_from": quiet_from,
                "quiet_until": quiet_until,
                "wants_pings": wants_pings,
            },
        )


def use_default_quiet_hours(*, school: School, user: User | None) -> None:
    StaffHours.objects.filter(school=school, user=user).delete()


def lock_county(county: County) -> County:
    """Lock the county, so that changes to its set-up run one after the other."""
    return County.objects.select_for_update(no_key=True).get(pk=county.pk)

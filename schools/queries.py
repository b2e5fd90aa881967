from dataclasses import dataclass, field
from datetime import date, time

from schools import calendar
from schools.models import CalendarDay, School, SchoolYear, Term, TimetablePeriod

DEFAULT_SCHOOL_HOURS = (time(8, 0), time(17, 0))


@dataclass(frozen=True)
class SchoolCalendar:
    """What the pure rules need to know of a school's days and hours."""

    words: dict[date, bool]
    terms: list[tuple[date, date]]
    opens: time = DEFAULT_SCHOOL_HOURS[0]
    closes: time = DEFAULT_SCHOOL_HOURS[1]
    names: dict[date, str] = field(default_factory=dict)

    def is_school_day(self, on: date) -> bool:
        return calendar.is_school_day(on, self.words, self.terms)


def calendar_of(school: School) -> SchoolCalendar:
    """Three queries; hours are those of the first and the last timetable period."""
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
    return SchoolYear.objects.filter(school=school, starts_on__lte=on, ends_on__gte=on).first()


def term_on(school: School, on: date) -> Term | None:
    return Term.objects.filter(year__school=school, starts_on__lte=on, ends_on__gte=on).first()

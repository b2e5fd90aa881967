from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Value

from core.prepared import prepared
from core.weeks import next_monday
from schools.models import ClassStart, County, School, SchoolClass, Wave, WaveSchool, holds_on
from schools.queries import classes_from, classes_on
from schools.rollout.rules import class_has_begun, has_begun, later


@dataclass(frozen=True)
class Place:
    """A school in the plan; `wave` is None if it does not wait."""

    school: School
    wave: Wave | None
    has_begun: bool


@dataclass(frozen=True)
class Plan:
    """The plan of a county: `waves` by day, each with its number of schools (`schools_in`), and `places` by
    name.
    """

    waves: list[Wave]
    places: list[Place]


def planned() -> QuerySet[WaveSchool]:
    """Return schools that their own county has put into a wave; a school that moved begins when its new
    county says.
    """
    return WaveSchool.objects.filter(wave__county=F("school__county"))


def waiting(on: date) -> QuerySet[WaveSchool]:
    return planned().filter(wave__starts_on__gt=on)


def schools_that_wait(on: date) -> set[int]:
    """Return schools whose weekly questions have not begun; everything else of theirs is sent."""
    return set(waiting(on).values_list("school_id", flat=True))


@prepared
def begins_on(*, school_id, on) -> QuerySet:
    """Return the day on which the questions of this school begin, if it is in the future."""
    rows = waiting(on).filter(school_id=school_id)
    return rows.values_list("wave__starts_on", flat=True)


def day_ahead(school: School, on: date) -> date | None:
    return next(iter(begins_on(school_id=school.pk, on=on)), None)


def waves_of(county: County) -> QuerySet[Wave]:
    rows = Wave.objects.filter(county=county).select_related("set_by")
    here = Q(places__school__county=county)
    return rows.annotate(schools_in=Count("places", filter=here)).order_by("starts_on", "pk")


def plan_of(county: County, on: date) -> Plan:
    """Read the plan with two queries for any number of schools."""
    schools = School.objects.filter(county=county).select_related("rollout__wave")
    return Plan(
        waves=list(waves_of(county)),
        places=[_place(school, on) for school in schools.order_by("name", "pk")],
    )


def _place(school: School, on: date) -> Place:
    row: WaveSchool | None = getattr(school, "rollout", None)
    wave = row.wave if row and row.wave and row.wave.county_id == school.county_id else None
    starts_on, is_sending = wave.starts_on if wave else None, school.sending_started_at is not None
    return Place(school, wave, has_begun(starts_on, is_sending=is_sending, on=on))


@dataclass(frozen=True)
class ClassPlace:
    """A class in its school's plan.

    `own` is the day that the school has set, `starts_on` the one that counts.
    """

    school_class: SchoolClass
    own: date | None
    starts_on: date | None
    has_begun: bool
    set_by: str


def plan_of_classes(school: School, on: date) -> list[ClassPlace]:
    """Return current and future classes in their order; two queries."""
    of_school = planned().filter(school=school).values_list("wave__starts_on", flat=True).first()
    rows = (
        classes_from(school, on)
        .select_related("grade__year", "start__placed_by")
        .annotate(
            has_pupils=Exists(
                SchoolClass.objects.filter(pk=OuterRef("pk"), enrolments__starts_on__lte=on)
            )
        )
    )
    is_sending = school.sending_started_at is not None
    places = []
    for row in rows:
        start: ClassStart | None = getattr(row, "start", None)
        own = start.starts_on if start else None
        begun = class_has_begun(
            own, of_school, is_sending=is_sending, has_pupils=row.has_pupils, on=on
        )
        set_by = start.placed_by.name if start and own else ""
        places.append(ClassPlace(row, own, later(own, of_school), begun, set_by))
    return places


def classes_that_wait(on: date) -> QuerySet[ClassStart, int]:
    """Return the keys of the classes, of any school, whose own day is in the future."""
    rows = ClassStart.objects.filter(starts_on__gt=on)
    return rows.values_list("school_class_id", flat=True)


def day_of_class(on: date) -> QuerySet[ClassStart, date | None]:
    """Return, for rows with a `student_id`, the start day of the child's class if it is in the future."""
    here = holds_on(on, "school_class__enrolments__")
    rows = ClassStart.objects.filter(
        here, school_class__enrolments__student_id=OuterRef("student_id"), starts_on__gt=on
    )
    return rows.order_by("-starts_on").values_list("starts_on", flat=True)[:1]


@dataclass(frozen=True)
class Ahead:
    """Days in the future: that of the school, and those of classes that begin later than it, by day."""

    school: date | None
    classes: list[tuple[date, list[str]]]


def days_ahead(school: School, on: date, classes: QuerySet[SchoolClass]) -> Ahead:
    """Return the days ahead; `classes` are those that the reader may see, of which only today's count.

    One query.
    """
    schools = waiting(on).filter(school=school)
    # Next year's classes have the same names.
    of_today = classes_on(school, on).order_by().values("pk")
    later_ones = ClassStart.objects.filter(
        starts_on__gt=on, school=school, school_class__in=classes
    ).filter(school_class__in=of_today)
    place = F("school_class__grade__number") * 1000 + F("school_class__number")
    rows = schools.values_list("wave__starts_on", Value(0), Value("")).union(
        later_ones.values_list("starts_on", place, "school_class__name"), all=True
    )
    of_school: date | None = None
    by_day: dict[date, list[str]] = defaultdict(list)
    for starts_on, _place, name in sorted(rows):
        if not name:
            of_school = starts_on
        else:
            by_day[starts_on].append(name)
    return Ahead(
        of_school, [(day, names) for day, names in by_day.items() if day > (of_school or on)]
    )


def monday_from(on: date) -> date:
    """Return the day itself if it is a Monday, else the next Monday."""
    return next_monday(on - timedelta(days=1))

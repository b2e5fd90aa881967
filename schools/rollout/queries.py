from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, Q, QuerySet

from core.prepared import prepared
from schools.models import County, School, Wave, WaveSchool
from schools.rollout.rules import has_begun


@dataclass(frozen=True)
class Place:
    """A school in the plan; `wave` is None where nothing is put off."""

    school: School
    wave: Wave | None
    has_begun: bool


@dataclass(frozen=True)
class Plan:
    """`waves` by day, each with how many schools are in it (`schools_in`); `places` by name."""

    waves: list[Wave]
    places: list[Place]


def planned() -> QuerySet[WaveSchool]:
    """Schools that their own county has put into a wave; one that moved begins as its new county says."""
    return WaveSchool.objects.filter(wave__county=F("school__county"))


def schools_that_wait(on: date) -> set[int]:
    """Schools whose weekly questions have not begun; everything else of theirs goes."""
    rows = planned().filter(wave__starts_on__gt=on)
    return set(rows.values_list("school_id", flat=True))


@prepared
def begins_on(*, school_id, on) -> QuerySet:
    """The day on which the questions of this school begin, where it is still ahead."""
    rows = planned().filter(school_id=school_id, wave__starts_on__gt=on)
    return rows.values_list("wave__starts_on", flat=True)


def day_ahead(school: School, on: date) -> date | None:
    return next(iter(begins_on(school_id=school.pk, on=on)), None)


def waves_of(county: County) -> QuerySet[Wave]:
    rows = Wave.objects.filter(county=county).select_related("set_by")
    here = Q(places__school__county=county)
    return rows.annotate(schools_in=Count("places", filter=here)).order_by("starts_on", "pk")


def plan_of(county: County, on: date) -> Plan:
    """Two statements, for any number of schools."""
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


def next_monday(on: date) -> date:
    return on + timedelta(days=8 - on.isoweekday())

"""Officers plan schools, a school its classes; what has begun stays as it is. Each act runs under the lock of
the county, or of the school.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from core.clock import local_date
from schools.founding.actions import lock
from schools.models import ClassStart, County, School, Wave, WaveSchool
from schools.rollout import queries


class HasBegun(Exception):
    """The wave, the school or the class has begun."""


class NotEmpty(Exception):
    """Schools are still in the wave."""


class NameTaken(Exception):
    """The county has a wave of this name."""


@transaction.atomic
def add_wave(*, county: County, name: str, starts_on: date, by: User, at: datetime) -> Wave:
    """Raises NameTaken, and HasBegun where the day is not ahead."""
    lock(county)
    _refuse_name(county, name)
    if starts_on <= local_date(at):
        raise HasBegun
    return Wave.objects.create(county=county, name=name, starts_on=starts_on, set_by=by, set_at=at)


@transaction.atomic
def change_wave(
    *, county: County, pk: int, name: str, starts_on: date, by: User, at: datetime
) -> None:
    """Raises Wave.DoesNotExist, HasBegun, NameTaken."""
    wave = _ahead(county, pk, at)
    _refuse_name(county, name, without=pk)
    if starts_on <= local_date(at):
        raise HasBegun
    if starts_on != wave.starts_on:
        wave.starts_on, wave.set_by, wave.set_at = starts_on, by, at
    wave.name = name
    wave.save()


@transaction.atomic
def remove_wave(*, county: County, pk: int, at: datetime) -> None:
    """Raises Wave.DoesNotExist, HasBegun, NotEmpty."""
    wave = _ahead(county, pk, at)
    places = WaveSchool.objects.filter(wave=wave)
    if places.filter(school__county=county).exists():
        raise NotEmpty
    places.update(wave=None)  # of schools that have moved, which no officer here could take out
    wave.delete()


@transaction.atomic
def place_schools(
    *, county: County, places: Mapping[int, int | None], by: User, at: datetime
) -> int:
    """`places`: the wave of each school, None to put nothing off; how many were moved. One that may not be
    moved leaves all where they were: raises HasBegun. Keys of another county are passed over.
    """
    lock(county)
    plan = queries.plan_of(county, local_date(at))
    waves, moved = {wave.pk: wave for wave in plan.waves}, 0
    for place in plan.places:
        if place.school.pk not in places:
            continue
        pk = places[place.school.pk]
        if pk == (place.wave.pk if place.wave else None) or (pk is not None and pk not in waves):
            continue
        if place.has_begun or (pk is not None and waves[pk].starts_on <= local_date(at)):
            raise HasBegun
        WaveSchool.objects.update_or_create(
            school=place.school,
            defaults={"wave_id": pk, "placed_by": by, "placed_at": at},
        )
        moved += 1
    return moved


@transaction.atomic
def place_classes(
    *, school: School, classes: Collection[int], starts_on: date | None, by: User, at: datetime
) -> int:
    """Give classes their Monday, or (None) let them begin with the school; how many were moved. One that may
    not be moved leaves all where they were: raises HasBegun. Keys of another school are passed over.
    """
    school = School.objects.select_for_update(no_key=True).get(pk=school.pk)
    on, moved = local_date(at), 0
    if starts_on is not None and starts_on <= on:
        raise HasBegun
    for place in queries.plan_of_classes(school, on):
        if place.school_class.pk not in classes or place.own == starts_on:
            continue
        if place.has_begun:
            raise HasBegun
        ClassStart.objects.update_or_create(
            school_class=place.school_class,
            defaults={
                "school": school, "starts_on": starts_on, "placed_by": by, "placed_at": at
            },
        )  # fmt: skip
        moved += 1
    return moved


def _ahead(county: County, pk: int, at: datetime) -> Wave:
    lock(county)
    wave = Wave.objects.get(county=county, pk=pk)
    if wave.starts_on <= local_date(at):
        raise HasBegun
    return wave


def _refuse_name(county: County, name: str, without: int = 0) -> None:
    if Wave.objects.filter(county=county, name=name).exclude(pk=without).exists():
        raise NameTaken

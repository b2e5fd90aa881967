"""Officers plan when schools begin, a school plans its classes.

What has begun cannot be changed. Each action locks the county or the school.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from core.clock import local_date
from schools.actions import lock_county
from schools.models import ClassStart, County, School, Wave, WaveSchool
from schools.rollout import queries


class HasBegun(Exception):
    """Raised if the wave, the school or the class has begun."""


class NotEmpty(Exception):
    """Raised if schools are still in the wave."""


class NameTaken(Exception):
    """Raised if the county has a wave of this name."""


@transaction.atomic
def add_wave(*, county: County, name: str, starts_on: date, by: User, at: datetime) -> Wave:
    """Add a wave. Raises NameTaken, and HasBegun if the day is not in the future."""
    lock_county(county)
    _refuse_name(county, name)
    if starts_on <= local_date(at):
        raise HasBegun
    return Wave.objects.create(county=county, name=name, starts_on=starts_on, set_by=by, set_at=at)


@transaction.atomic
def change_wave(
    *, county: County, pk: int, name: str, starts_on: date, by: User, at: datetime
) -> None:
    """Rename a wave or move it to another day. Raises Wave.DoesNotExist, HasBegun, NameTaken."""
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
    """Delete an empty wave. Raises Wave.DoesNotExist, HasBegun, NotEmpty."""
    wave = _ahead(county, pk, at)
    places = WaveSchool.objects.filter(wave=wave)
    if places.filter(school__county=county).exists():
        raise NotEmpty
    # Rows of schools that left the county: no officer here could remove them.
    places.update(wave=None)
    wave.delete()


@transaction.atomic
def place_schools(
    *, county: County, places: Mapping[int, int | None], by: User, at: datetime
) -> int:
    """Put schools into waves and return how many were moved.

    `places` maps each school to its wave, or to None for no delay. If one school may not be moved, none are:
    raises HasBegun. Keys of another county are ignored.
    """
    lock_county(county)
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
    """Give classes their Monday or, if `starts_on` is None, let them begin with the school; return how many
    were moved.

    If one class may not be moved, none are: raises HasBegun. Keys of another school are ignored.
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
    lock_county(county)
    wave = Wave.objects.get(county=county, pk=pk)
    if wave.starts_on <= local_date(at):
        raise HasBegun
    return wave


def _refuse_name(county: County, name: str, without: int = 0) -> None:
    if Wave.objects.filter(county=county, name=name).exclude(pk=without).exists():
        raise NameTaken

"""Put an expert on the list, record that their record was looked up, take them off the list."""

from datetime import date, datetime

from django.db import transaction

from accounts.models import User
from meetings.experts.models import Expert
from schools.models import School


@transaction.atomic
def note(
    *,
    school: School,
    name: str,
    field: str,
    place: str,
    reach: str,
    checked_on: date | None,
    by: User,
    at: datetime,
) -> Expert:
    """Put an expert on the list. A form that is sent twice adds one; a later form corrects the entry."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)  # two at once wait
    expert, is_new = Expert.objects.get_or_create(
        school=school,
        name=name,
        reach=reach,
        ended_at=None,
        defaults={"field": field, "place": place, "noted_by": by, "noted_at": at},
    )
    if not is_new and (expert.field, expert.place) != (field, place):
        expert.field, expert.place = field, place
        expert.save(update_fields=["field", "place"])
    if checked_on is not None:
        note_check(expert=expert, checked_on=checked_on, by=by)
    return expert


@transaction.atomic
def note_check(*, expert: Expert, checked_on: date, by: User) -> None:
    """Record a look-up; the latest day counts, in whatever order they are recorded."""
    locked = Expert.objects.select_for_update().get(pk=expert.pk)
    if locked.checked_on is None or locked.checked_on < checked_on:
        locked.checked_on, locked.checked_by = checked_on, by
        locked.save(update_fields=["checked_on", "checked_by"])


@transaction.atomic
def end(*, expert: Expert, at: datetime) -> None:
    """Take the expert off the list; meetings that name them still do."""
    Expert.objects.filter(pk=expert.pk, ended_at=None).update(ended_at=at)

"""A member of staff's own hours and phrases, and the school's."""

from datetime import datetime, time

import pghistory
from django.db import transaction

from accounts.models import User
from schools.models import School
from threads.models import Phrase, StaffHours


def keep_hours(
    *,
    school: School,
    user: User | None,
    quiet_from: time,
    quiet_until: time,
    wants_pings: bool,
    by: User,
) -> None:
    """Of one member of staff, or (None) what holds for everybody who named no own hours."""
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


def use_default_hours(*, school: School, user: User | None) -> None:
    StaffHours.objects.filter(school=school, user=user).delete()


def add_phrase(*, school: School, user: User | None, text: str, by: User) -> Phrase:
    with transaction.atomic(), pghistory.context(user=by.pk):
        known = Phrase.objects.filter(school=school, user=user, text=text, retired_at=None).first()
        return known or Phrase.objects.create(school=school, user=user, text=text)


def retire_phrase(*, phrase: Phrase, by: User, at: datetime) -> None:
    with transaction.atomic(), pghistory.context(user=by.pk):
        Phrase.objects.filter(pk=phrase.pk, retired_at=None).update(retired_at=at)


def restore_phrase(*, phrase: Phrase, by: User) -> None:
    with transaction.atomic(), pghistory.context(user=by.pk):
        Phrase.objects.filter(pk=phrase.pk).update(retired_at=None)

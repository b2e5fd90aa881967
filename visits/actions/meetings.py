"""Save carers' meetings."""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from guardians.models import Adult
from schools.models import SchoolClass
from visits.models import Duty, Meeting


@transaction.atomic
def record_meeting(
    *,
    school_class: SchoolClass,
    held_on: date,
    came: Collection[Adult],
    words: str,
    key: UUID,
    by: User,
    at: datetime,
) -> Meeting:
    """Record a carers' meeting and settle the term's duty.

    Repeating it with the same `key` changes nothing.
    """
    meeting, is_new = Meeting.objects.get_or_create(
        key=key,
        defaults={
            "school_id": school_class.school_id,
            "school_class": school_class,
            "held_on": held_on,
            "words": words,
            "recorded_by": by,
            "recorded_at": at,
        },
    )
    if is_new:
        meeting.came.set(came)
        Duty.objects.filter(
            school_class=school_class,
            kind=Duty.Kind.CARERS_MEETING,
            starts_on__lte=held_on,
            due_on__gte=held_on,
            done_on=None,
        ).update(done_on=held_on)
    return meeting

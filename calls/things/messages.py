"""The message to a parent that something from their child waits. It does not say what it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from calls.things import rules
from calls.things.models import ThreeThings
from calls.things.policies import things_shown
from delivery.actions import queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice

WAITS = gettext_noop("Something from your child waits for you. Look at it before you call.")


def queue_things(things: ThreeThings, at: datetime) -> None:
    """Queue one message a day for each parent, however often the child chooses."""
    day = f"{timezone.localdate(at):%Y-%m-%d}"
    queue_notices(
        [
            room_notice(
                about="things",
                about_id=things.pk,
                which=day,
                key=f"things:{things.student_id}:{things.adult_id}:{day}",
                school_id=things.school_id,
                adult_id=things.adult_id,
                words=WAITS,
                path=reverse("family_calls:things", args=[things.student_id]),
                due_at=at,
                expires_at=at + timedelta(days=rules.NOTICE_DAYS),
                student_id=things.student_id,
            )
        ]
    )


class ThingsNotice(RoomNotice):
    """A message that applies while what the child chose then, or has chosen since, waits for this parent."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        about = {one.about_id for one in asked}
        children = dict(
            ThreeThings.objects.filter(pk__in=about).order_by().values_list("pk", "student_id")
        )
        waiting = set(
            things_shown(timezone.localdate(at), at)
            .filter(student_id__in=children.values(), over_at=None, answered_at=None)
            .order_by()
            .values_list("adult_id", "student_id")
        )
        for one in asked:
            if (one.adult_id, children.get(one.about_id)) in waiting:
                yield one.message_id

"""The messages of an evening: questions, and a note to the parents that somebody is there."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from delivery.actions import queue_message, queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from delivery.models import OutboxMessage
from delivery.queries.calls import can_ring
from guardians.models import ContactPoint, Guardianship
from guardians.queries import approachable, informed_guardianships
from nights import rules
from nights.models import Asking, Night, NightEntry
from nights.queries import zone_of

IS_THERE = gettext_noop("Somebody is with your child tonight.")
VILLAGE_HOURS = 8  # until the next morning; by then the school has seen to the child


def ask(asking: Asking, until: datetime, at: datetime) -> None:
    """Queue the question, once.

    A neighbour gets a message and a call, because a message wakes nobody at night.
    """
    is_carer = asking.part == Asking.Part.CARER
    kind = OutboxMessage.Kind.AT_HOME if is_carer else OutboxMessage.Kind.NEARBY
    # A neighbour's late yes still helps.
    expires_at = until if is_carer else max(until, at + timedelta(hours=1))
    phones = ContactPoint.objects.filter(adult=asking.adult_id, kind=ContactPoint.Kind.PHONE)
    is_neighbour = asking.part == Asking.Part.NEARBY
    rings = is_neighbour and phones.exclude(address="").exists() and can_ring(asking.school)
    for ring in (False, True) if rings else (False,):
        queue_message(
            kind=kind,
            school=asking.school,
            dedupe_key=f"{kind}:{asking.pk}" + (":call" if ring else ""),
            due_at=at,
            expires_at=expires_at,
            adult=asking.adult,
            about_id=asking.pk,
            payload={"ring": True} if ring else {},
        )


def tell_village(night: Night, user_ids: Collection[int], at: datetime) -> None:
    """Queue a message and a call, like an alert. Only the village worker's page names the child.

    If the evening was open again since, they are told again.
    """
    reopened = night.entries.filter(kind=NightEntry.Kind.REOPENED).count()
    which = f"v{night.pk}" + (f".{reopened}" if reopened else "")
    for user in User.objects.filter(pk__in=user_ids).order_by("pk"):
        for ring in (False, True) if user.phone and can_ring(night.school) else (False,):
            queue_message(
                kind=OutboxMessage.Kind.NEARBY,
                school=night.school,
                dedupe_key=f"nearby:{which}:{user.pk}" + (":call" if ring else ""),
                due_at=at,
                expires_at=at + timedelta(hours=VILLAGE_HOURS),
                user=user,
                about_id=night.pk,
                payload={"student": night.student_id} | ({"ring": True} if ring else {}),
            )


def tell_parents(night: Night, at: datetime) -> None:
    """Tell the parents that somebody is there; if the carer is at home as usual, only their page says so."""
    if night.settled_as == Night.Settled.HOME:
        return
    on = timezone.localdate(at)
    parents = informed_guardianships(on).filter(
        approachable(), student=night.student_id, kind=Guardianship.Kind.PARENT
    )
    queue_notices(
        [
            room_notice(
                about="tonight",
                about_id=night.pk,
                key=f"tonight:{night.pk}:{adult_id}",
                school_id=night.school_id,
                adult_id=adult_id,
                words=IS_THERE,
                path=reverse("family_nights:child", args=[night.student_id]),
                due_at=at,
                expires_at=rules.night_ends_at(night.evening, zone_of(night.school)),
                student_id=night.student_id,
            )
            for adult_id in parents.order_by("pk").values_list("adult_id", flat=True)
        ]
    )


class TonightNotice(RoomNotice):
    """The note to parents. It is sent while somebody is there, to a parent who may see how the child is."""

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        nights = Night.objects.filter(
            ~Q(settled_at=None), pk__in={one.about_id for one in asked}, called_off_at=None
        )
        children = dict(nights.values_list("pk", "student_id"))
        held = informed_guardianships(timezone.localdate(at)).filter(
            approachable(), student_id__in=children.values(), kind=Guardianship.Kind.PARENT
        )
        informed = set(held.order_by().values_list("adult_id", "student_id"))
        for one in asked:
            if (one.adult_id, children.get(one.about_id)) in informed:
                yield one.message_id

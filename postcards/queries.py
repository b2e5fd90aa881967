"""Queries for sent postcards; they never load the recording."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.prepared import Question, joined, prepared
from guardians.models import Adult, Guardianship
from guardians.presenters import called
from postcards.models import Postcard, PostcardFor
from postcards.rules import GONE_DAYS, POSTCARDS_A_DAY
from privacy.models import Purpose
from privacy.policies import students_refusing
from students.models import Enrolment, Student
from uploads.models import Upload


def is_enough_for_today(student: Student, at: datetime, sender: Adult | None = None) -> bool:
    local = at.astimezone(ZoneInfo(student.school.time_zone))
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Postcard.objects.filter(student=student, sender=sender, sent_at__gte=midnight)
    return rows.filter(sent_at__lt=midnight + timedelta(days=1)).count() >= POSTCARDS_A_DAY


def latest_of(student: Student, limit: int) -> list[Postcard]:
    """Return sent postcards in both directions, with `copies`, for the timeline; two queries."""
    cards = _latest_of(student_id=student.pk, limit=limit)
    copies: dict[int, list[PostcardFor]] = {card.pk: [] for card in cards}
    for copy in _copies_of(student_id=student.pk, limit=limit) if cards else ():
        # a postcard sent since the cards were read is not in the list
        if copy.postcard_id in copies:
            copies[copy.postcard_id].append(copy)
    # where Django stores prefetched rows; its own way would need four more statements
    for card in cards:
        card._prefetched_objects_cache = {"copies": copies[card.pk]}
    return cards


def questions(student: Student, limit: int) -> list[Question]:
    """Return the prepared queries that `latest_of` runs, for `ask_together`."""
    asked = {"student_id": student.pk, "limit": limit}
    return [_latest_of.question(**asked), _copies_of.question(**asked)]


@prepared
def _latest_of(*, student_id, limit: int) -> QuerySet[Postcard]:
    return joined(_sent(student_id), "sender__name")[:limit]


@prepared
def _copies_of(*, student_id, limit: int) -> QuerySet[PostcardFor]:
    rows = PostcardFor.objects.filter(postcard__in=_sent(student_id).values("pk")[:limit])
    return joined(rows, "adult__name").order_by("pk")


def _sent(student_id: int) -> QuerySet[Postcard]:
    return Postcard.objects.filter(student_id=student_id, withdrawn_at=None)


def sent_by_child(student: Student, limit: int) -> QuerySet[Postcard]:
    rows = Postcard.objects.filter(
        student=student, direction=Postcard.Direction.TO_FAMILY, withdrawn_at=None
    )
    return rows.prefetch_related("copies")[:limit]


def names_of(student: Student, adult_ids: Iterable[int]) -> dict[int, str]:
    """Return what the child calls each adult, by the latest guardianship; one query."""
    held = _parents(student_id=student.pk, adult_ids=set(adult_ids))
    return {row.adult_id: called(row) for row in held}


@prepared
def _parents(*, student_id, adult_ids) -> QuerySet[Guardianship]:
    rows = Guardianship.objects.filter(student_id=student_id, adult__in=adult_ids)
    rows = rows.filter(kind=Guardianship.Kind.PARENT)
    return rows.select_related("adult").order_by("starts_on")


def voices_to_delete(on: date) -> QuerySet[Upload]:
    """Return voices to delete.

    The child's own are deleted after a refusal, and all of them long after the child has left.
    """
    last_day = on - timedelta(days=GONE_DAYS)
    here = Enrolment.objects.filter(
        Q(ends_on=None) | Q(ends_on__gte=last_day), student_id=OuterRef("student_id")
    )
    refused = students_refusing(Purpose.VOICE, on)
    said_no = Q(direction=Postcard.Direction.TO_FAMILY, student__in=refused)
    over = Postcard.objects.filter(said_no | ~Exists(here)).values("pk")
    return Upload.objects.filter(postcard__in=over)

"""Messages to families about school life: queue them, and check before sending that they still apply."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from classroom.models import FamilyRequest, Letter, Observation
from classroom.news.links import news_key, news_path
from classroom.news.queries import school_day
from classroom.queries import adults_to_tell
from classroom.queries.observing import for_families
from classroom.rules import (
    LETTER_LATE_DAYS,
    REMIND_BEFORE_DAYS,
    TELL_AFTER_MINUTES,
    TELL_LATE_HOURS,
)
from delivery.actions import call_off_notices, queue_notices, room_notice
from delivery.kinds import Asked, RoomNotice
from delivery.models import OutboxMessage
from guardians.models import Guardianship

GOOD_NEWS = gettext_noop("The school has sent good news.")
LETTER = gettext_noop("You have a letter from the school.")
ASKED = gettext_noop("The school has one small request for you.")
REMINDED = gettext_noop("The school is still waiting for your answer. It takes one tap.")

REQUESTS = "/f/requests/"  # the family page for answering

MORNING = 8  # o'clock at the school, when reminders are sent


def child_path(student_id: int) -> str:
    return f"/f/children/{student_id}/"


def leave_path(student_id: int) -> str:
    return f"/f/children/{student_id}/leave/"


def follow_note(note: Observation, at: datetime) -> None:
    """Update the family's message after a note was written, corrected, retracted or restored."""
    if for_families().filter(pk=note.pk).exists():
        queue_good_news(note, at)
        return
    call_off_notices(about="good_news", about_id=note.pk, at=at)
    # One message a day covers all notes, so another note about a child of these adults may still
    # need it.
    adults = _adults_by_child([note.student_id], at)[note.student_id]
    children = Guardianship.objects.filter(adult_id__in=adults)
    others = for_families().filter(
        recorded_at__gt=at - timedelta(hours=TELL_LATE_HOURS),
        student_id__in=children.values("student_id"),
    )
    for other in others.select_related("student__school").order_by("recorded_at"):
        queue_good_news(other, at)


def queue_good_news(note: Observation, at: datetime) -> None:
    """Queue the good news for everybody who may hear of it, at most once a day.

    This holds for any number of children and notes. It is sent once the time to undo a mistaken tap is
    over.
    """
    expires_at = note.recorded_at + timedelta(hours=TELL_LATE_HOURS)
    if expires_at <= at or not for_families().filter(pk=note.pk).exists():
        return
    on = school_day(note)
    queue_notices(
        [
            room_notice(
                about="good_news",
                about_id=note.pk,
                which=f"{on:%Y-%m-%d}",
                key=news_key(adult_id, on),
                school_id=note.school_id,
                adult_id=adult_id,
                words=GOOD_NEWS,
                path=news_path(note.pk, adult_id),
                due_at=note.recorded_at + timedelta(minutes=TELL_AFTER_MINUTES),
                expires_at=expires_at,
                student_id=note.student_id,
            )
            for adult_id in _adults_by_child([note.student_id], at)[note.student_id]
        ]
    )


def queue_letter(letter: Letter, at: datetime) -> None:
    queue_notices(
        [
            room_notice(
                about="letter",
                about_id=letter.pk,
                key=f"letter:{letter.pk}:{adult_id}",
                school_id=letter.school_id,
                adult_id=adult_id,
                words=LETTER,
                path=child_path(letter.student_id),
                due_at=at,
                expires_at=at + timedelta(days=LETTER_LATE_DAYS),
                student_id=letter.student_id,
            )
            for adult_id in _adults_by_child([letter.student_id], at)[letter.student_id]
        ]
    )


def queue_request(request: FamilyRequest, at: datetime) -> None:
    """Queue the school's request, unless its due day is over or somebody has answered."""
    over = _midnight(request, 1)
    is_open = request.closed_at is None and not request.answer
    family = _adults_by_child([request.student_id], at)[request.student_id]
    if is_open and at < over and request.adult_id in family:
        queue_notices([_of_request(request, "asked", ASKED, request.asked_at, over)])


def queue_reminders(*, at: datetime) -> int:
    """Queue one reminder for each unanswered request, some days before it is due; return how many are new."""
    waiting = FamilyRequest.objects.filter(
        closed_at=None, answer="", due_on__gte=timezone.localdate(at)
    ).select_related("student__school")
    due = []
    for row in waiting.order_by("pk"):
        again, over = (
            _midnight(row, -REMIND_BEFORE_DAYS) + timedelta(hours=MORNING),
            _midnight(row, 1),
        )
        if again <= at < over and again - row.asked_at >= timedelta(days=1):
            due.append(_of_request(row, "before", REMINDED, again, over))
    family = _adults_by_child((one.payload["student"] for one in due), at)
    return queue_notices([one for one in due if one.adult_id in family[one.payload["student"]]])


def _midnight(request: FamilyRequest, days: int) -> datetime:
    """Return midnight at the school, `days` days after the request's due day."""
    zone = ZoneInfo(request.student.school.time_zone)
    return datetime.combine(request.due_on + timedelta(days=days), datetime.min.time(), zone)


def _of_request(
    request: FamilyRequest, step: str, words: str, due_at: datetime, expires_at: datetime
) -> OutboxMessage:
    return room_notice(
        about="family_request",
        about_id=request.pk,
        key=f"request:{request.pk}:{step}",
        school_id=request.school_id,
        adult_id=request.adult_id,
        words=words,
        path=REQUESTS,
        due_at=due_at,
        expires_at=expires_at,
        student_id=request.student_id,
    )


def _adults_by_child(student_ids: Iterable[int], at: datetime) -> dict[int, list[int]]:
    """Return the adults who get news of each child, each adult once, by priority."""
    held: dict[int, list[int]] = defaultdict(list)
    for row in adults_to_tell(set(student_ids), timezone.localdate(at)):
        if row.adult_id not in held[row.student_id]:
            held[row.student_id].append(row.adult_id)
    return held


class GoodNewsNotice(RoomNotice):
    """A message of good news.

    `which` is the day at the school: other notes from that day count as good news too.
    """

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        adults = Guardianship.objects.filter(adult_id__in={one.adult_id for one in asked})
        told = for_families().filter(
            recorded_at__gt=at - timedelta(hours=TELL_LATE_HOURS),
            student_id__in=adults.values("student_id"),
        )
        told = told.select_related("student__school")
        family = _adults_by_child({note.student_id for note in told}, at)
        days = {
            (adult_id, f"{school_day(note):%Y-%m-%d}")
            for note in told
            for adult_id in family[note.student_id]
        }
        for one in asked:
            if (one.adult_id, one.which) in days:
                yield one.message_id


class _ToTheFamilyOf(RoomNotice):
    """A message about one child's rows; it applies while the adult may hear how the child is."""

    def standing(self) -> QuerySet[Any]:
        raise NotImplementedError

    def holding(self, asked: Sequence[Asked], at: datetime) -> Iterator[int]:
        rows = self.standing().filter(pk__in={one.about_id for one in asked})
        children = dict(rows.values_list("pk", "student_id"))
        family = _adults_by_child(children.values(), at)
        for one in asked:
            if one.about_id in children and one.adult_id in family[children[one.about_id]]:
                yield one.message_id


class LetterNotice(_ToTheFamilyOf):
    def standing(self) -> QuerySet[Letter]:
        return Letter.objects.filter(sent_at__isnull=False)


class RequestNotice(_ToTheFamilyOf):
    """A request to a family, or its reminder."""

    def standing(self) -> QuerySet[FamilyRequest]:
        return FamilyRequest.objects.filter(closed_at=None, answer="")

"""Find out who may have sent an incoming message."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet

from core.grave_words import PATTERN as GRAVE
from core.prepared import joined, prepared
from delivery.models import IncomingMessage
from guardians.models import Adult, ContactPoint
from guardians.queries import current_guardianships, heard_points, usable_contact_points
from messaging.models import Reply
from schools.policies import today_in
from students.models import Student
from threads.models import ReplyRouting, Routing, Thread, ThreadMessage
from threads.policies import own_places, tray_for
from threads.queries.writing import children_of
from threads.rules import LANDS_IN_DONE_DAYS, Candidate, place_of

AT_ONCE = 200  # messages in one run; the next run, seconds later, takes the rest


def incoming_without_place() -> list[IncomingMessage]:
    """Return messages without a place. There is no time cursor, so a late commit is not missed."""
    known = Routing.objects.filter(incoming_id=OuterRef("pk"))
    rows = IncomingMessage.objects.filter(~Exists(known)).select_related("school", "upload")
    return list(rows.order_by("received_at", "pk")[:AT_ONCE])


def replies_without_place() -> list[Reply]:
    """Return voice notes and wishes for a call from check-ins that are in no conversation yet."""
    known = ReplyRouting.objects.filter(reply_id=OuterRef("pk"))
    rows = Reply.objects.filter(Q(voice__isnull=False) | Q(wants_call=True), ~Exists(known))
    rows = rows.select_related("voice", "line__student", "line__check_in__adult__school")
    return list(rows.order_by("at", "pk")[:AT_ONCE])


def adults_at(row: IncomingMessage) -> list[Adult]:
    """Return the school's adults with this address, except those who said that it is not theirs."""
    points = heard_points().filter(school_id=row.school_id, address=row.address)
    adults = Adult.objects.filter(pk__in=points.values("adult_id"))
    return list(adults.select_related("school").order_by("pk"))


def candidate(adult: Adult, row: IncomingMessage, at: datetime) -> Candidate:
    """Return the adult as a possible sender.

    If a blocked adult shares the number, a WeChat account linked from that number is barred as well,
    because either of them may be writing.
    """
    free = usable_contact_points().filter(adult=adult, address=row.address)
    is_barred = adult.is_blocked or not free.exists()
    return Candidate(adult.pk, is_barred, bool(children_of(adult, at)))


def cause_of(row: IncomingMessage, at: datetime) -> str:
    place = place_of([candidate(adult, row, at) for adult in adults_at(row)])
    return place.value if place.value in Routing.Cause.values else Routing.Cause.UNKNOWN.value


def calls_in_tray(on: date) -> QuerySet[Any]:
    """Return calls for help whose sender is not certain, with `incoming` and `has_child`."""
    rows = Routing.objects.filter(state=Routing.State.TRAY, calls_for_help=True)
    return rows.select_related("school", "incoming").annotate(has_child=_has_child(on))


def _has_child(on: date) -> Exists:
    """Return a test of whether the number of a routed message leads to a child (see `children_at`)."""
    return Exists(
        heard_points().filter(
            Exists(current_guardianships(on).filter(adult_id=OuterRef("adult_id"))),
            school_id=OuterRef("school_id"),
            address=OuterRef("incoming__address"),
        )
    )


def children_at(row: IncomingMessage, on: date) -> list[Student]:
    """Return the children of everybody with this address, eldest first.

    Those of blocked adults and of adults who get no news are among them: any of these may need an adult.
    """
    held = current_guardianships(on).filter(adult__in=adults_at(row))
    return list(Student.objects.filter(pk__in=held.values("student_id")).order_by("born_on", "pk"))


def writers_now(routings: Collection[int]) -> dict[int, int | None]:
    """Return {routing: the adult in whose thread the text is now}; None if it is in no thread any more."""
    put = dict(
        ThreadMessage.objects.filter(incoming__routing__in=routings).values_list(
            "incoming__routing", "adult"
        )
    )
    rows = Routing.objects.filter(pk__in=routings).values_list("pk", "state")
    return {pk: put.get(pk) for pk, state in rows if pk in put or state != Routing.State.IN_THREAD}


def point_of(adult: Adult, row: IncomingMessage) -> ContactPoint | None:
    return adult.contact_points.filter(address=row.address).first()


def thread_to_land_in(adult: Adult, at: datetime) -> Thread | None:
    """Return this adult's latest thread that they may still read.

    A finished one counts only for LANDS_IN_DONE_DAYS.
    """
    places = own_places([adult.pk], today_in(adult.school, at))
    rows = Thread.objects.filter(pk__in=places.values("thread_id"))
    rows = rows.select_related("school", "student", "owner").order_by("-last_at", "-pk")
    waiting = rows.exclude(state=Thread.State.DONE).first()
    return waiting or rows.filter(last_at__gt=at - timedelta(days=LANDS_IN_DONE_DAYS)).first()


@prepared
def in_tray(*, user, on, school_id) -> QuerySet[Any]:
    """Return ids of the messages that wait in the tray."""
    rows = tray_for(user, on).filter(school_id=school_id, state=Routing.State.TRAY)
    return rows.values_list("pk", flat=True)


@prepared
def left_in_tray(*, user, on, since, limit: int) -> QuerySet[Any]:
    """Return messages of the tray that `user` has to look at: those older than `since`, calls for help, and
    texts with grave words, as `is_grave`.

    If a child is known, safeguarding opens a concern for a call at once, so only the others are included.
    """
    of_nobody = Q(calls_for_help=True) & ~Q(_has_child(on))
    rows = tray_for(user, on).annotate(
        is_grave=ExpressionWrapper(Q(incoming__text__iregex=GRAVE), output_field=BooleanField())
    )
    rows = rows.filter(of_nobody | Q(at__lt=since) | Q(is_grave=True), state=Routing.State.TRAY)
    return joined(rows, "incoming__address").order_by("at", "pk")[:limit]

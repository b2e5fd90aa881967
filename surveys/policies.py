"""Who may do what with rounds.

The counsellor runs them and reads every answer; a class teacher gives them to their own class and sees who
has finished; a principal reads counts; a child sees its own seat.
"""

from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any, cast

from django.core import signing
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.models import User
from core import clock, walls
from core.prepared import prepared
from core.view_types import P, Page, View
from delivery.phones import hand_over
from privacy.models import Purpose
from privacy.policies import students_allowing, students_refusing
from schools.models import SchoolClass
from schools.policies import own_class_ids, school_ids_where, today_in
from schools.roles import Permission
from students.policies import children_of_own_classes, students_visible_to
from surveys.asked import asked_of
from surveys.models import (
    InstrumentFile,
    OwnQuestionnaire,
    PlannedRound,
    Round,
    Seat,
    Sitting,
    ToDo,
)
from surveys.requests import SeatRequest
from surveys.rules import SEAT_MINUTES

SEAT, SEAT_UNTIL = "survey_seat", "survey_seat_until"
LESSON, LESSON_UNTIL = "survey_lesson", "survey_lesson_until"
NOTED_EVERY = 60  # seconds


def rounds_visible_to(user: User, on: date) -> QuerySet[Round]:
    """Return all rounds of a school if the user's post allows it, and the rounds of their own class."""
    whole = {
        *school_ids_where(user, Permission.RUN_SURVEYS, on),
        *school_ids_where(user, Permission.VIEW_SURVEY_FIGURES, on),
    }
    mine = Round.classes.through.objects.filter(
        round_id=OuterRef("pk"), schoolclass_id__in=own_class_ids(user, on)
    )
    return Round.objects.filter(Q(school_id__in=whole) | Exists(mine))


def _get_round(user: User, pk: int, permission: Permission, on: date) -> Round:
    rows = Round.objects.filter(school_id__in=school_ids_where(user, permission, on))
    found = rows.select_related("school", "edition", "opened_by").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_round_to_run(user: User, pk: int, on: date) -> Round:
    return _get_round(user, pk, Permission.RUN_SURVEYS, on)


def planned_visible_to(user: User, on: date) -> QuerySet[PlannedRound]:
    return PlannedRound.objects.filter(
        school_id__in=school_ids_where(user, Permission.RUN_SURVEYS, on)
    )


def get_planned_for(user: User, pk: int, on: date) -> PlannedRound:
    rows = planned_visible_to(user, on).select_related("school")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_round_figures(user: User, pk: int, on: date) -> Round:
    return _get_round(user, pk, Permission.VIEW_SURVEY_FIGURES, on)


def get_class_of_round(user: User, pk: int, class_id: int, on: date) -> tuple[Round, SchoolClass]:
    """Return a class to which `user` may give the round: their own, or any where they run surveys."""
    round_ = rounds_visible_to(user, on).select_related("school", "edition").filter(pk=pk).first()
    if round_ is None:
        raise Http404
    giving = Q(pk__in=own_class_ids(user, on)) | Q(
        school_id__in=school_ids_where(user, Permission.RUN_SURVEYS, on)
    )
    found = round_.classes.filter(giving, pk=class_id).first()
    if found is None:
        raise Http404
    return round_, found


def get_file_for(user: User, pk: int, on: date) -> InstrumentFile:
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    found = InstrumentFile.objects.filter(school_id__in=running, pk=pk).first()
    if found is None:
        raise Http404
    return found


def own_visible_to(user: User, on: date) -> QuerySet[OwnQuestionnaire]:
    writing = school_ids_where(user, Permission.WRITE_QUESTIONS, on)
    return OwnQuestionnaire.objects.filter(school_id__in=writing)


def get_own_for(user: User, pk: int, on: date) -> OwnQuestionnaire:
    rows = own_visible_to(user, on).select_related("school", "changed_by")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def seats_visible_to(user: User, on: date) -> QuerySet[Seat]:
    """Return seats whose answers `user` may read: never those of a child whose file is closed to them."""
    running = school_ids_where(user, Permission.RUN_SURVEYS, on)
    visible = students_visible_to(user, on).values("pk")
    return Seat.objects.filter(school_id__in=running, student_id__in=visible)


def get_seat_for(user: User, pk: int, on: date) -> Seat:
    rows = seats_visible_to(user, on).select_related(
        "school",
        "student",
        "round__edition",
        "sitting__duty_adult",
        "school_class",
        "adult",
        "filled_by",
        "looked_by",
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def to_dos_for(user: User, on: date) -> QuerySet[ToDo]:
    """Return tasks for this class teacher, about children of today's class whose files are open to them."""
    mine = Q(seat__student_id__in=children_of_own_classes(user, on))
    visible = Q(seat__student_id__in=students_visible_to(user, on).values("pk"))
    return ToDo.objects.filter(mine, visible)


def get_to_do_for(user: User, pk: int, on: date) -> ToDo:
    found = to_dos_for(user, on).select_related("seat__student").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def forms_fillable_by(user: User, on: date) -> QuerySet[Seat]:
    """Return forms that a member of staff fills in or asks in a talk.

    These are forms of their own class, or of schools where they run surveys, but never about a child whose
    file is closed to them.
    """
    giving = Q(school_class_id__in=own_class_ids(user, on)) | Q(
        school_id__in=school_ids_where(user, Permission.RUN_SURVEYS, on)
    )
    visible = students_visible_to(user, on).values("pk")
    ways = [Round.How.INTERVIEW, Round.How.STAFF]
    return Seat.objects.filter(giving, student_id__in=visible, round__how__in=ways)


def get_form_for(user: User, pk: int, on: date) -> Seat:
    """Return the form, even if it is finished or its round is over; its page says so, and shows no answer."""
    rows = forms_fillable_by(user, on).select_related(
        "school", "student", "school_class", "adult", "round__edition", "round__opened_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def is_form_open(seat: Seat, at: datetime) -> bool:
    """Return whether form and round are open, and this adult may still be asked about this child."""
    round_ = seat.round
    if seat.finished_at is not None or not round_.is_open(today_in(seat.school, at)):
        return False
    asked = asked_of(
        round_.classes.all(),
        round_.edition.instrument,
        round_.how,
        seat.school,
        at,
        only=[seat.student_id],
    )
    return any(form.adult_id == seat.adult_id for form in asked)


def _whole() -> QuerySet[Seat]:
    """Return seats with everything a question needs; the edition's wording is cached (Edition.instrument)."""
    return Seat.objects.select_related(
        "school", "student", "round__edition", "round__opened_by", "sitting__duty_adult"
    ).defer("round__edition__definition")


def _answerable(at: datetime, on: date) -> QuerySet[Seat]:
    """Return unfinished seats of a running lesson, in an open round."""
    return _whole().filter(
        finished_at=None,
        sitting__ends_at__gt=at,
        sitting__begun_at__lte=at,
        round__closed_at=None,
        round__due_on__gte=on,
    )


# A whole class taps at once, and each tap needs these: see docs/decisions/0028-sql-made-once.md.
@prepared
def _answerable_seat(*, pk, at, on) -> QuerySet[Seat]:
    return _answerable(at, on).filter(pk=pk)


@prepared
def _seat_with_all(*, pk) -> QuerySet[Seat]:
    return _whole().filter(pk=pk)


@prepared
def _allowed(*, student_id, on) -> QuerySet[Any]:
    return students_allowing(Purpose.SCREENING, on).filter(pk=student_id).values_list("pk")


@prepared
def _refused(*, student_id, on) -> QuerySet[Any]:
    return students_refusing(Purpose.SCREENING, on).filter(pk=student_id).values_list("pk")


def may_be_asked(seat: Seat, at: datetime) -> bool:
    """Return whether the family's consent allows it; once it is withdrawn, no more questions are asked.

    Where no consent is needed, return whether the family has not refused.
    """
    on = today_in(seat.school, at)
    if not seat.round.edition.instrument.needs_consent:
        return not _refused(student_id=seat.student_id, on=on)
    return bool(_allowed(student_id=seat.student_id, on=on))


def seat_by_code(code: str, at: datetime) -> Seat | None:
    found = _answerable(at, timezone.localdate(at)).filter(code=code).first() if code else None
    return found if found and may_be_asked(found, at) else None


def lesson_by_code(code: str, at: datetime) -> Sitting | None:
    """Return the running lesson for which an adult makes a tablet ready."""
    return _lessons(at).filter(tablet_code=code).first() if code else None


def _lessons(at: datetime) -> QuerySet[Sitting]:
    running = Sitting.objects.filter(ends_at__gt=at, begun_at__lte=at, round__closed_at=None)
    running = running.filter(round__due_on__gte=timezone.localdate(at))
    return running.select_related(
        "school", "school_class", "duty_adult", "round__edition", "round__opened_by"
    )


def take_lesson(request: HttpRequest, sitting: Sitting) -> None:
    """Sign out the previous user of the tablet; for some minutes it may fetch this lesson's forms."""
    hand_over(request)
    until = clock.for_request(request) + timedelta(minutes=SEAT_MINUTES)
    request.session[LESSON], request.session[LESSON_UNTIL] = sitting.pk, until.timestamp()


def lesson_in_hand(request: HttpRequest) -> Sitting | None:
    at = clock.for_request(request)
    if request.session.get(LESSON_UNTIL, 0) < at.timestamp():
        return None
    return _lessons(at).filter(pk=request.session[LESSON]).first()


def seats_of_lesson(sitting: Sitting, at: datetime) -> list[Seat]:
    """Return unfinished forms of the children who may be asked now."""
    seats = _whole().filter(sitting=sitting, finished_at=None, code__isnull=False)
    return [one for one in seats.order_by("pk") if may_be_asked(one, at)]


def _answerable_now(pk: int, at: datetime) -> Seat | None:
    rows = _answerable_seat(pk=pk, at=at, on=timezone.localdate(at))
    return rows[0] if rows and may_be_asked(rows[0], at) else None


def seat_in_hand(request: HttpRequest, known: Seat | None = None) -> Seat | None:
    """Return the seat whose code was typed at this tablet, until its time, lesson or round is over.

    `known`: an open seat that was looked up already.
    """
    pk, until = request.session.get(SEAT), request.session.get(SEAT_UNTIL, 0)
    at = clock.for_request(request)
    if pk is None or until < at.timestamp():
        return None
    if known is not None and known.pk == pk:
        return known
    return _answerable_now(pk, at)


def seat_token(seat: Seat) -> str:
    """Return a token for the form of each question, so that no answer counts for the next child.

    It names the lesson in which the page was made.
    """
    return signing.Signer(salt=SEAT).sign(f"{seat.pk}-{seat.sitting_id or 0}")


def _of_token(token: str) -> tuple[int, int] | None:
    """Return (seat, lesson or 0), or None if it is forged.

    Tokens made before they named the lesson give 0.
    """
    try:
        seat, _, sitting = signing.Signer(salt=SEAT).unsign(token).partition("-")
    except signing.BadSignature:
        return None
    return int(seat), int(sitting or 0)


def seat_of_token(token: str) -> Seat | None:
    """Return the seat of a page, whatever has happened to lesson, round and seat; None for a forged token."""
    named = _of_token(token)
    rows = _seat_with_all(pk=named[0]) if named else []
    return rows[0] if rows else None


def sitting_of_token(token: str, seat: Seat) -> Sitting | None:
    """Return the lesson in which the page was made, even if the child has moved to another lesson since."""
    named = _of_token(token)
    if named is None or named[1] in (0, seat.sitting_id):
        return seat.sitting
    return Sitting.objects.filter(pk=named[1], round=seat.round_id).first() or seat.sitting


def open_seat_of_token(token: str, at: datetime) -> Seat | None:
    """Return the seat of a page whose lesson is still running; another child may hold the tablet by now."""
    named = _of_token(token)
    return _answerable_now(named[0], at) if named else None


def may_arrive(seat: Seat, at: datetime) -> bool:
    """Return whether a tablet may still send what it kept in the lesson.

    The round must be open, the form unfinished and the family's consent in force.
    """
    if seat.finished_at is not None or seat.sitting_id is None:
        return False
    return seat.round.is_open(today_in(seat.school, at)) and may_be_asked(seat, at)


def take_seat(request: HttpRequest, seat: Seat) -> None:
    """Sign out the previous user of the tablet, and sign this child in."""
    hand_over(request)
    request.session[SEAT] = seat.pk
    stay_seated(request)


def stay_seated(request: HttpRequest) -> None:
    """Extend the seat's time, but write it at most once a minute: a whole class taps at once."""
    until = (clock.for_request(request) + timedelta(minutes=SEAT_MINUTES)).timestamp()
    if until - request.session.get(SEAT_UNTIL, 0) >= NOTED_EVERY:
        request.session[SEAT_UNTIL] = until


def seat_required(view: View[SeatRequest, P]) -> Page[P]:
    """Guard the questions; the view receives `request.seat`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        with walls.every_school("a tablet's number or page says the seat, and so the school"):
            seat = seat_in_hand(request)
        if seat is None:
            return redirect("seat:enter")
        walls.narrow_to(seat.school_id)
        stay_seated(request)
        seated = cast(SeatRequest, request)
        seated.seat = seat
        return view(seated, *args, **kwargs)

    return guarded

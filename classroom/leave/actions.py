"""Ask for leave, confirm it, agree or decline, and take each of these back."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.core.files import File
from django.db import transaction
from django.db.models import F, Q

from accounts.models import User
from classroom.leave import messages
from classroom.leave.queries import agreed_with_blocked, asked_of, standing_between
from classroom.leave.rules import is_filled, may_be_agreed
from classroom.models import AttendanceMark, ClassRegister, LeaveRequest
from classroom.rules import Mark, may_be_corrected
from core.clock import local_date
from core.database import run_step
from guardians.models import Adult
from schools.queries import calendar_of
from students.models import Student
from uploads.actions import keep_photo

State = LeaveRequest.State
Kind = AttendanceMark.Kind


class DaysTaken(ValueError):
    """Leave is already waiting or agreed for one of these days."""


@transaction.atomic
def ask(
    *,
    student: Student,
    adult: Adult,
    key: UUID,
    at: datetime,
    by: User | None = None,
    photo: File | None = None,
    **fields: Any,
) -> tuple[LeaveRequest, bool]:
    """Return the request and whether it is new; the same key never asks twice. Raises DaysTaken.

    The family's page has already checked the person asking: the child comes from guardians.policies.
    """
    # Handle one request at a time for each child, so that two adults cannot ask for the same day.
    Student.objects.select_for_update(no_key=True).get(pk=student.pk)
    known = LeaveRequest.objects.filter(key=key, adult=adult, student=student).first()
    if known:
        return known, False
    if standing_between(student.pk, fields["starts_on"], fields["ends_on"]).exists():
        raise DaysTaken
    kept = None
    if photo is not None:
        kept = keep_photo(student=student, file=photo, key=uuid5(key, "photo"), by=by, at=at)
    row = LeaveRequest.objects.create(
        school_id=student.school_id,
        student=student,
        adult=adult,
        key=key,
        photo=kept,
        asked_at=at,
        **fields,
    )
    messages.queue_question(row, at)
    return row, True


@transaction.atomic
def withdraw(*, leave: LeaveRequest, at: datetime) -> bool:
    """Withdraw the request for the family while nobody has decided; return False once somebody has."""
    row = _locked(leave)
    if row.state != State.ASKED:
        return False
    row.state = State.WITHDRAWN
    row.save(update_fields=["state"])
    messages.call_off(row, at)
    return True


@transaction.atomic
def say(
    *, leave: LeaveRequest, adult: Adult, agrees: bool, at: datetime, called_by: User | None = None
) -> bool:
    """Record a second adult's answer, given by a tap or, with `called_by`, on the phone.

    The first tap counts; a later phone call overrides it. Return False if it is too late or the answer is
    already recorded.
    """
    row = _locked(leave)
    is_over = row.state != State.ASKED or row.adult_id == adult.pk
    if is_over or (row.second_agrees is not None and called_by is None):
        return False
    if (row.second_id, row.second_agrees, row.called_by_id) == (
        adult.pk, agrees, called_by and called_by.pk,
    ):  # fmt: skip
        return False
    row.second, row.second_agrees, row.second_at = adult, agrees, at
    row.called_by = called_by
    row.save(update_fields=["second", "second_agrees", "second_at", "called_by"])
    messages.call_off(row, at)
    return True


@transaction.atomic
def agree(*, leave: LeaveRequest, by: User, on: date, at: datetime) -> bool:
    """Agree to the request and excuse its school days.

    Return False and change nothing if it was decided or withdrawn in the meantime, or if a second adult
    still has to confirm it.
    """
    row = _locked(leave)
    if not may_be_agreed(asked_of([row], on)[row.pk]):
        return False
    _decide(row, State.AGREED, "", by, at)
    # Fill the register of those days, but keep what somebody has already written there.
    taken = _days_taken(row)
    within = AttendanceMark.objects.select_for_update().filter(
        student_id=row.student_id, marked_on__gte=row.starts_on, marked_on__lte=row.ends_on
    )
    marks = {mark.marked_on: mark for mark in within}
    calendar = calendar_of(row.student.school)
    for ahead in range((row.ends_on - row.starts_on).days + 1):
        day = row.starts_on + timedelta(days=ahead)
        mark = marks.get(day)
        stored = Mark(mark.kind, mark.reason) if mark else None
        if not calendar.is_school_day(day) or not is_filled(stored, day in taken):
            continue
        AttendanceMark.objects.update_or_create(
            student_id=row.student_id,
            marked_on=day,
            defaults={
                "school_id": row.school_id,
                "kind": Kind.LEAVE,
                "reason": row.reason,
                "leave": row,
                "written_by": by,
                "written_at": at,
            },
        )
    return True


@transaction.atomic
def decline(*, leave: LeaveRequest, words: str, by: User, at: datetime) -> bool:
    row = _locked(leave)
    if row.state != State.ASKED:
        return False
    _decide(row, State.DECLINED, words.strip()[:200], by, at)
    return True


@transaction.atomic
def take_back(*, leave: LeaveRequest, by: User, at: datetime) -> bool:
    """Undo a decision within a day: the request waits again, and attendance is as it was before.

    Return False if there is no decision or the day is over.
    """
    row = _locked(leave)
    if row.decided_at is None or not may_be_corrected(row.decided_at, at):
        return False
    if row.state == State.AGREED:
        _restore_marks(row, by, at)
    _ask_again(row, at)
    return True


def reopen_blocked(*, at: datetime) -> int:
    """Let leave wait again if an adult who asked, confirmed or fetches the child was blocked since.

    From today on attendance excuses nothing more, so that an absence is looked at. Return how many requests.
    Safe to run twice.
    """
    found = list(agreed_with_blocked(local_date(at)))
    return sum(bool(run_step(_reopen_blocked, row, at)) for row in found)


@transaction.atomic
def _reopen_blocked(leave: LeaveRequest, at: datetime) -> bool:
    row, on = _locked(leave), local_date(at)
    if not agreed_with_blocked(on).filter(pk=row.pk).exists():
        return False
    _restore_marks(row, None, at, since=on)
    _ask_again(row, at)
    return True


def _ask_again(row: LeaveRequest, at: datetime) -> None:
    row.state, row.answer, row.decided_by, row.decided_at = State.ASKED, "", None, None
    row.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    messages.call_off(row, at)


def _restore_marks(
    row: LeaveRequest, by: User | None, at: datetime, since: date = date.min
) -> None:
    """Restore each mark of these days. An earlier absence comes back as it was.

    A day without an earlier mark becomes an absence if the register has been taken since (the child was not
    there); otherwise the mark is deleted. Anything that somebody wrote over it since stays.
    """
    taken = _days_taken(row)
    marks = AttendanceMark.objects.select_for_update().filter(leave=row, kind=Kind.LEAVE)
    for mark in marks.filter(marked_on__gte=since):
        history = AttendanceMark.pgh_event_model.objects.filter(pgh_obj_id=mark.pk)  # type: ignore[attr-defined]
        before = history.exclude(kind=Kind.LEAVE).order_by("-pgh_id").first()
        if before is None and mark.marked_on not in taken:
            mark.delete()
            continue
        mark.kind, mark.reason = (before.kind, before.reason) if before else (Kind.ABSENT, "")
        mark.leave, mark.written_by, mark.written_at = None, by or mark.written_by, at
        mark.save()


def _locked(leave: LeaveRequest) -> LeaveRequest:
    rows = LeaveRequest.objects.select_for_update(of=("self",)).select_related(
        "second", "student__school"
    )
    return rows.get(pk=leave.pk)


def _decide(row: LeaveRequest, state: str, words: str, by: User, at: datetime) -> None:
    row.state, row.answer, row.decided_by, row.decided_at = state, words, by, at
    row.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    messages.queue_answer(row, at)


def _days_taken(row: LeaveRequest) -> set[date]:
    """Return the days of the request on which the child's class at that time took its register.

    The registers are locked, so that nobody saves them in the meantime.
    """
    stay = "school_class__enrolments__"
    taken = ClassRegister.objects.filter(
        Q(**{f"{stay}ends_on": None}) | Q(**{f"{stay}ends_on__gte": F("taken_on")}),
        **{f"{stay}student": row.student_id, f"{stay}starts_on__lte": F("taken_on")},
        taken_on__gte=row.starts_on,
        taken_on__lte=row.ends_on,
    )
    locked = taken.select_for_update(of=("self",)).order_by("taken_on", "pk")
    return set(locked.values_list("taken_on", flat=True))

"""Write the roster. Past turns stay as they were; a running turn ends now and a new row continues it."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from schools.duty import queries, rules
from schools.models import DutyTurn, School


class IsOver(ValueError):
    """The turn is over or was removed: past turns are the record of who was responsible."""


class SamePerson(ValueError):
    """Raised if a turn would be given to, or swapped with, the person who already has it."""


class NoPost(ValueError):
    """Raised if the person holds no post there on that day that could take a child's call."""


class LeavesGap(ValueError):
    """Raised if the other person already covers part of the turn with other hours, so that for a while nobody
    would be there.
    """


@transaction.atomic
def put_down(
    *,
    school: School,
    user: User,
    starts_on: date,
    ends_on: date,
    part: str,
    by: User,
    at: datetime,
) -> int:
    """Put somebody on duty and return on how many days something changed; they may be on duty already.

    Raises NoPost, and IsOver if the turn on the first day is already over.
    """
    _lock(school)
    if queries.days_without_post(user, school, starts_on, ends_on, part):
        raise NoPost
    days = [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1)]
    if _span(school, starts_on, part)[1] <= at:
        raise IsOver
    return sum(_write(school, user, on, part, by, at) for on in days)


@transaction.atomic
def copy_week(*, school: School, monday: date, by: User, at: datetime) -> tuple[int, int]:
    """Copy the previous week into days without anybody in the week from `monday`; return (turns written,
    turns left out because the person no longer holds a post).

    Turns that would be over are left out silently.
    """
    _lock(school)
    week = [monday + timedelta(days=n) for n in range(7)]
    taken = set(
        DutyTurn.objects.filter(school=school, on__in=week, off_at=None).values_list(
            "on", flat=True
        )
    )
    before = DutyTurn.objects.filter(
        school=school, on__gte=monday - timedelta(days=7), on__lt=monday, off_at=None
    )
    written = left_out = 0
    for turn in before.select_related("user").order_by("starts_at", "pk"):
        on = turn.on + timedelta(days=7)
        if on in taken or _span(school, on, turn.part)[1] <= at:
            continue
        missing = queries.days_without_post(turn.user, school, on, on, turn.part)
        if not turn.user.is_active or missing:
            left_out += 1
            continue
        written += _write(school, turn.user, on, turn.part, by, at)
    return written, left_out


@transaction.atomic
def take_off(*, turn: DutyTurn, by: User, at: datetime) -> None:
    """Remove a turn. Raises IsOver."""
    _lock(turn.school)
    _off(_open(turn, at), by, at)


@transaction.atomic
def give(*, turn: DutyTurn, user: User, by: User, at: datetime) -> None:
    """Give the turn to somebody else; if it is running, from now on.

    Raises IsOver, SamePerson, NoPost, LeavesGap.
    """
    _lock(turn.school)
    turn = _open(turn, at)
    if turn.user_id == user.pk:
        raise SamePerson
    if queries.days_without_post(user, turn.school, turn.on, turn.on, turn.part):
        raise NoPost
    _off(turn, by, at)
    _stand_in(turn, user, by, at)


@transaction.atomic
def swap(*, turn: DutyTurn, other: DutyTurn, by: User, at: datetime) -> None:
    """Swap the people of two turns. Raises IsOver, SamePerson, NoPost, LeavesGap."""
    _lock(turn.school)
    turn, other = _open(turn, at), _open(other, at)
    if turn.user_id == other.user_id:
        raise SamePerson
    for mine, theirs in ((turn, other), (other, turn)):
        if queries.days_without_post(theirs.user, mine.school, mine.on, mine.on, mine.part):
            raise NoPost
    _off(turn, by, at)
    _off(other, by, at)
    _stand_in(turn, other.user, by, at)
    _stand_in(other, turn.user, by, at)


@transaction.atomic
def set_hours(*, school: School, day_from: time, night_from: time) -> None:
    """Set when turns change; turns already written keep the hours for which they were made."""
    school.duty_day_from, school.duty_night_from = day_from, night_from
    school.save(update_fields=["duty_day_from", "duty_night_from"])


def _lock(school: School) -> None:
    """Allow one writer per roster; other rows may still refer to the school."""
    School.objects.select_for_update(no_key=True).get(pk=school.pk)


def _open(turn: DutyTurn, at: datetime) -> DutyTurn:
    found = DutyTurn.objects.select_related("school", "user").get(pk=turn.pk)
    if found.off_at is not None or found.ends_at <= at:
        raise IsOver
    return found


def _span(school: School, on: date, part: str) -> tuple[datetime, datetime]:
    return rules.span_of(on, part, queries.hours_of(school), queries.zone_of(school))


def _off(turn: DutyTurn, by: User, at: datetime) -> None:
    turn.off_at, turn.off_by = at, by
    turn.save(update_fields=["off_at", "off_by"])


def _write(school: School, user: User, on: date, part: str, by: User, at: datetime) -> bool:
    """Write a turn and return whether anything changed. A turn that would have begun already starts now."""
    known = _turns_of(school, user, on).values_list("part", flat=True)
    part = rules.still_to_write(part, known)
    if not part:
        return False
    starts_at, ends_at = _span(school, on, part)
    if ends_at <= at:
        return False
    _create(school, user, on, part, (max(starts_at, at), ends_at), by, at)
    return True


def _stand_in(turn: DutyTurn, user: User, by: User, at: datetime) -> None:
    """Give `user` the rest of `turn`, with the hours for which it was written; if they cover part of it
    already, only the remainder.

    Raises LeavesGap.
    """
    mine = {one.part: one for one in _turns_of(turn.school, user, turn.on)}
    part = rules.still_to_write(turn.part, mine)
    starts_at, ends_at = max(turn.starts_at, at), turn.ends_at
    begins, ends = starts_at, ends_at
    if part == rules.Part.NIGHT and rules.Part.DAY in mine:
        begins = max(starts_at, mine[rules.Part.DAY].ends_at)
    if part == rules.Part.DAY and rules.Part.NIGHT in mine:
        ends = min(ends_at, mine[rules.Part.NIGHT].starts_at)
    if part and begins < ends:
        _create(turn.school, user, turn.on, part, (begins, ends), by, at)
    if not rules.is_covered(starts_at, ends_at, _turns_of(turn.school, user, turn.on)):
        raise LeavesGap


def _turns_of(school: School, user: User, on: date) -> QuerySet[DutyTurn]:
    return DutyTurn.objects.filter(school=school, user=user, on=on, off_at=None)


def _create(
    school: School,
    user: User,
    on: date,
    part: str,
    span: tuple[datetime, datetime],
    by: User,
    at: datetime,
) -> None:
    DutyTurn.objects.create(
        school=school,
        user=user,
        on=on,
        part=part,
        starts_at=span[0],
        ends_at=span[1],
        put_by=by,
        put_at=at,
    )

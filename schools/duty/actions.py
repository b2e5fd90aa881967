"""Writing the roster. What is over stays as it was; what runs ends at this moment and another row goes on."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from schools.duty import queries, rules
from schools.models import DutyTurn, School


class IsOver(ValueError):
    """The turn is over or was taken off: what was is the record of who was responsible."""


class SamePerson(ValueError):
    """Two turns of one person are not swapped."""


class NoPost(ValueError):
    """That person holds no post there on that day that could take a child's call."""


class LeavesGap(ValueError):
    """The other person is down for a part of it, by other hours: for a while nobody would be there."""


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
    """On how many days of the span something changed; down already: no change. Raises NoPost, and IsOver
    where the span begins with what lies behind.
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
    """The week before into the one that begins on `monday`, into days on which nobody is down: (turns
    written, turns left out because the person no longer holds a post). What is over is left out silently.
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
    """Raises IsOver."""
    _lock(turn.school)
    _off(_open(turn, at), by, at)


@transaction.atomic
def give(*, turn: DutyTurn, user: User, by: User, at: datetime) -> None:
    """Somebody else takes it, from now on where it runs already. Raises IsOver, SamePerson, NoPost,
    LeavesGap.
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
    """Each takes the other's. Raises IsOver, SamePerson, NoPost, LeavesGap."""
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
    """When turns change; those that are written down keep the hours for which they were."""
    school.duty_day_from, school.duty_night_from = day_from, night_from
    school.save(update_fields=["duty_day_from", "duty_night_from"])


def _lock(school: School) -> None:
    """One writer at a roster; others may go on pointing at the school."""
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
    """Whether this changed anything. Begun already, it holds from now on."""
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
    """`user` has what is left of `turn`, by the hours for which that one was written; down already for a part
    of it, the rest. Raises LeavesGap.
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

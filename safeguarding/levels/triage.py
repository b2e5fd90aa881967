"""Judging concerns: how soon somebody must act, and which concerns belong together.

Every action is a person's, and setting a level needs an explanation. The clock of a level only notifies more
people; it never lowers, closes or joins anything.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from core.database import run_step
from safeguarding import actions, queries, rules
from safeguarding.ladder import rungs_of
from safeguarding.levels import rules as level_rules
from safeguarding.models import Concern, ConcernEntry, LevelSpans
from safeguarding.policies import may_lower_levels
from schools.models import School
from schools.queries import calendar_of

Kind = ConcernEntry.Kind


class LevelHeld(ValueError):
    """Somebody else set the level; only a counsellor or principal lowers it."""


class CannotJoin(ValueError):
    """The two concerns cannot be joined.

    They are about different children, one is closed or already joined, or more people would read the text
    than can read it now.
    """


def spans_of(school: School) -> level_rules.Spans:
    row = LevelSpans.objects.filter(school=school).first()
    return level_rules.Spans(row.orange_hours, row.yellow_days) if row else level_rules.Spans()


@transaction.atomic
def set_spans(
    *,
    school: School,
    orange_hours: int,
    yellow_days: int,
    closing_is_agreed: bool = False,
    plans_are_agreed: bool = False,
) -> LevelSpans:
    """Save the school's spans. They apply to levels, cases and plans from now on."""
    facts = {
        "orange_hours": orange_hours,
        "yellow_days": yellow_days,
        "closing_is_agreed": closing_is_agreed,
        "plans_are_agreed": plans_are_agreed,
    }
    return LevelSpans.objects.update_or_create(school=school, defaults=facts)[0]


@transaction.atomic
def set_level(*, concern: Concern, by: User, level: str, words: str, at: datetime) -> Concern:
    """Record how soon `by` judges that somebody must act, and why. Raises LevelHeld, actions.WordsNeeded.

    A red concern runs round the clock, and everybody on its rung is notified unless an adult has taken it.
    """
    if not words.strip():
        raise actions.WordsNeeded
    concern = actions.lock(concern)
    if concern.closed_at is not None:
        return concern
    on = at.astimezone(ZoneInfo(concern.school.time_zone)).date()
    if not level_rules.may_set(
        level,
        now=concern.level,
        set_by_self=concern.level_by_id == by.pk,
        may_lower=may_lower_levels(by, concern, on),
    ):
        raise LevelHeld
    is_raised = level_rules.is_lower(concern.level, level)
    concern.level, concern.level_by, concern.level_at = level, by, at
    concern.look_by = _look_by(concern, at)
    if concern.source in (*queries.FROM_CHILD, Concern.Source.PEER):
        # We promised the child who told us that somebody comes before this school day ends.
        school, zone = calendar_of(concern.school), ZoneInfo(concern.school.time_zone)
        clock = rules.clock_for(concern.source, wanted_when=concern.wanted_when)
        due_at = rules.answer_due_at(clock, concern.opened_at, school, zone)
        promised_at = datetime.combine(due_at.astimezone(zone).date(), school.closes, zone)
        if promised_at > at:
            concern.look_by = min(concern.look_by, promised_at)
    if level == level_rules.RED:
        concern.clock = rules.ROUND_THE_CLOCK
        concern.due_at = min(concern.due_at, concern.look_by)
    concern.save()
    actions.append(concern, Kind.LEVEL, at, by=by, words=words, level=level)
    if is_raised and level == level_rules.RED:
        told = [concern.named_adult_id, *_on_rung(concern, concern.rung, at)]
        actions.alert(concern, [pk for pk in told if pk and pk != by.pk], at)
    return concern


def _look_by(concern: Concern, at: datetime) -> datetime:
    school = concern.school
    zone = ZoneInfo(school.time_zone)
    return level_rules.look_by(concern.level, at, spans_of(school), calendar_of(school), zone)


def _on_rung(concern: Concern, rung: int, at: datetime) -> tuple[int, ...]:
    """Return the people on a rung; those on duty only while nobody has taken the concern."""
    rungs = rungs_of(concern, at, with_duty=concern.acknowledged_at is None)
    return rules.people_on(rungs, rung)


def remind_of_late(at: datetime) -> int:
    """Remind people of concerns that were judged and not looked after in time; return how many concerns.

    We notify the named adult and the next rung, once in each span of the level.
    """
    return sum(bool(run_step(_remind, pk, at)) for pk in queries.ids_late(at))


@transaction.atomic
def _remind(pk: int, at: datetime) -> bool:
    concern = queries.lock_late(pk, at)
    if concern is None:
        return False
    above = _on_rung(concern, concern.rung + 1, at)
    concern.rung += 1
    concern.look_by = _look_by(concern, at)
    concern.save(update_fields=["rung", "look_by"])
    actions.append(concern, Kind.LATE, at, about_id=concern.named_adult_id, level=concern.level)
    named = [concern.named_adult_id] if concern.named_adult_id else []
    actions.alert(concern, [*named, *above], at)
    return True


@transaction.atomic
def join(*, concern: Concern, into: Concern, by: User, at: datetime) -> Concern:
    """Join two reports of the same trouble: `concern` continues in `into`.

    `into` keeps the higher level and the faster clock of the two, and shows the text of `concern` unless that
    is narrow. Raises CannotJoin. No change if they are joined already.
    """
    first, second = sorted((concern, into), key=lambda one: one.pk)
    locked = {row.pk: row for row in (actions.lock(first), actions.lock(second))}
    concern, into = locked[concern.pk], locked[into.pk]
    if concern.joined_to_id == into.pk:
        return into
    is_open = concern.closed_at is None and into.closed_at is None
    is_kept_close = into.is_narrow or not concern.is_narrow
    are_two = concern.pk != into.pk and concern.student_id == into.student_id
    if not (is_open and is_kept_close and are_two):
        raise CannotJoin
    if level_rules.is_lower(into.level, concern.level):
        into.level, into.level_by = concern.level, concern.level_by
        into.level_at, into.look_by = concern.level_at, concern.look_by
    if concern.clock == rules.ROUND_THE_CLOCK:
        into.clock = concern.clock
        into.due_at = min(into.due_at, concern.due_at)
    into.save()
    concern.joined_to, concern.closing = into, Concern.Closing.JOINED
    concern.closed_at, concern.closed_by = at, by
    concern.acknowledged_at = concern.acknowledged_at or at
    concern.acknowledged_by = concern.acknowledged_by or by
    concern.save()
    actions.append(concern, Kind.JOINED, at, by=by)
    words = "" if concern.is_narrow else concern.words
    actions.append(into, Kind.JOINED, at, by=by, words=words)
    return into


@transaction.atomic
def part(*, concern: Concern, by: User, at: datetime) -> Concern:
    """Separate a concern that was about other trouble after all: it continues with the level that it had.

    The concern to which it was joined keeps its level, which only a person lowers. No change if it is not
    joined.
    """
    into = concern.joined_to
    if into is None:
        return concern
    first, second = sorted((concern, into), key=lambda one: one.pk)
    locked = {row.pk: row for row in (actions.lock(first), actions.lock(second))}
    concern, into = locked[concern.pk], locked[into.pk]
    if concern.joined_to_id != into.pk:
        return concern
    concern.joined_to, concern.closing = None, ""
    concern.closed_at = concern.closed_by = None
    concern.acknowledged_at, concern.acknowledged_by, concern.named_adult = at, by, by
    if concern.level:
        concern.look_by = _look_by(concern, at)
    concern.save()
    actions.append(concern, Kind.PARTED, at, by=by)
    actions.append(into, Kind.PARTED, at, by=by)
    return concern

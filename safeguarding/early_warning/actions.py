"""The nightly look for signals, and what a person decides about a hint.

The look only writes hints: it opens no concern, sets no level, sends no message and closes nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from accounts.models import User
from core.database import is_away
from safeguarding import actions as concerns
from safeguarding.early_warning import rules
from safeguarding.early_warning.facts import facts_of
from safeguarding.models import Concern, Flag, WarningRules
from schools.models import School, holds_on
from students.models import Enrolment

log = structlog.get_logger(__name__)

CHILDREN_AT_ONCE = 20_000  # whose facts are in memory at the same time
WORDS_MAX = 500  # characters, as in the column


class WordsNeeded(ValueError):
    """Settling a hint needs an explanation for the next person."""


class TooMany(ValueError):
    """The rules would bring more hints a week than there is time for, so they stay off."""


def look_for_signals(at: datetime) -> int:
    """Write a hint for each child whose signals came together, in schools that switched the rules on.

    Return how many were written. Safe to run twice: a child has at most one open hint, and a settled one
    rests.
    """
    limits_of = {one.school_id: one.limits for one in WarningRules.objects.filter(is_on=True)}
    schools = School.objects.filter(pk__in=limits_of).order_by("pk").values_list("pk", "time_zone")
    on_of = {pk: at.astimezone(ZoneInfo(zone)).date() for pk, zone in schools}
    written = 0
    for on in sorted(set(on_of.values())):
        here = [pk for pk, day in on_of.items() if day == on]
        written += sum(_look_or_log(chunk, limits_of, on, at) for chunk in _chunks(here, on))
    return written


def _look_or_log(
    school_ids: Sequence[int], limits_of: Mapping[int, rules.Limits], on: date, at: datetime
) -> int:
    """Look at these schools; if a school's records cannot be read, log it and continue with the others."""
    try:
        return _look_at(school_ids, limits_of, on, at)
    except Exception as error:
        if is_away(error):
            raise
        if len(school_ids) > 1:
            return sum(_look_or_log([pk], limits_of, on, at) for pk in school_ids)
        log.exception("look_failed", school_id=school_ids[0])
        return 0


def _chunks(school_ids: Sequence[int], on: date) -> Iterator[list[int]]:
    """Group schools until a group has as many children as we read at once."""
    counted = dict(
        Enrolment.objects.filter(holds_on(on), school_id__in=school_ids)
        .order_by()
        .values_list("school_id")
        .annotate(Count("pk"))
    )
    chunk: list[int] = []
    children = 0
    for pk in school_ids:
        if chunk and children + counted.get(pk, 0) > CHILDREN_AT_ONCE:
            yield chunk
            chunk, children = [], 0
        chunk.append(pk)
        children += counted.get(pk, 0)
    if chunk:
        yield chunk


@transaction.atomic
def _look_at(
    school_ids: Sequence[int], limits_of: Mapping[int, rules.Limits], on: date, at: datetime
) -> int:
    # Children whom an adult already looks after: with an open concern, or a waiting hint.
    concerns_open = Concern.objects.filter(school_id__in=school_ids, closed_at=None)
    flags_open = Flag.objects.filter(school_id__in=school_ids, settled_at=None)
    silent = set(concerns_open.order_by().values_list("student_id", flat=True))
    silent |= set(flags_open.order_by().values_list("student_id", flat=True))
    settled = Flag.objects.filter(school_id__in=school_ids, settled_at__isnull=False)
    latest = settled.order_by("student_id", "-settled_at").distinct("student_id")
    last = {
        one.student_id: rules.Last(
            domains=tuple(one.domains),
            settled_on=timezone.localdate(one.settled_at),
            did_not_help=one.settled == Flag.Settled.NOT_HELPFUL,
        )
        for one in latest
        if one.settled_at
    }
    rows = []
    for student, school, facts in facts_of(school_ids, on):
        limits = limits_of[school]
        if student in silent or not rules.may_be_raised(facts, limits):
            continue
        found = rules.judge(facts, on, limits)
        if found.is_raised and rules.is_raised_again(found.domains, last.get(student), on):
            row = Flag(
                school_id=school,
                student_id=student,
                raised_on=on,
                raised_at=at,
                domains=found.domains,
                reasons=[one.stored(on) for one in found.signals],
                missing_share=found.missing_share,
            )
            rows.append(row)
    Flag.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
    return len(rows)


@transaction.atomic
def settle(*, flag: Flag, by: User, settled: str, words: str, at: datetime) -> Flag:
    """Record what a person decided: open a concern, nothing more, or "did not help".

    A hint that is already settled does not change. Raises WordsNeeded.
    """
    if not words.strip():
        raise WordsNeeded
    locked = Flag.objects.select_for_update(of=("self",)).select_related("student").get(pk=flag.pk)
    if locked.settled_at is not None:
        return locked
    locked.settled, locked.settled_at, locked.settled_by = Flag.Settled(settled), at, by
    locked.words = words.strip()[:WORDS_MAX]
    if settled == Flag.Settled.CONCERN:
        locked.concern = concerns.open_for_signals(
            student=locked.student, by=by, words=locked.words, at=at, key=str(locked.pk)
        )
    locked.save()
    return locked


@transaction.atomic
def switch(
    *,
    school: School,
    by: User,
    is_on: bool,
    looks_a_week: int,
    limits: rules.Limits = rules.USUAL,
    flags_a_week: float,
    at: datetime,
) -> WarningRules:
    """Switch the rules on or off and save the limits.

    `flags_a_week`: hints a week in the school's own past term with these limits (trial.py). Raises TooMany.
    """
    if is_on and flags_a_week > looks_a_week:
        raise TooMany
    chosen = {"is_on": is_on, "looks_a_week": looks_a_week, **asdict(limits)}
    row = WarningRules.objects.select_for_update().filter(school=school).first()
    if row is not None and all(getattr(row, name) == value for name, value in chosen.items()):
        return row  # unchanged: keep the day and the person on record
    facts = chosen | {"changed_by": by, "changed_at": at}
    return WarningRules.objects.update_or_create(school=school, defaults=facts)[0]

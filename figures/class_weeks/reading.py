"""Reads of kept weeks."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from core.prepared import Question, prepared
from figures.class_weeks.counting import count, ever_here, reached
from figures.class_weeks.models import ClassWeek, ClassWeekCorrection
from schools.models import School

Key = ClassWeek.Key


@dataclass(frozen=True)
class Sums:
    """Sums over all classes of a school. `has_changed`: since the week was frozen."""

    numerator: int
    denominator: int
    missing: int
    has_changed: bool = field(default=False, compare=False)


def sums(school: School, days: Collection[date], keys: Collection[str]) -> dict[tuple, Sums]:
    """Return (day, key) → the kept figure of the whole school; one statement."""
    return {
        (ends_on, key): Sums(part, whole, missing, bool(changed))
        for ends_on, key, part, whole, missing, changed in _sums(
            school_id=school.pk, days=list(days), keys=list(keys)
        )
    }


def sums_question(school: School, days: Collection[date], keys: Collection[str]) -> Question:
    """Return the query that `sums` needs."""
    return _sums.question(school_id=school.pk, days=list(days), keys=list(keys))


@prepared
def _sums(*, school_id, days, keys) -> QuerySet[Any]:
    rows = ClassWeek.objects.filter(school_id=school_id, ends_on__in=days, key__in=keys)
    counted = rows.values_list("ends_on", "key").annotate(
        Sum("numerator"),
        Sum("denominator"),
        Sum("missing"),
        changed=Count("pk", filter=Q(counted_at__gt=F("frozen_at"))),
    )
    return counted.order_by()


def school_sums(
    school: School, ends_on: date, is_fresh: bool, without: Collection[int] = ()
) -> dict[str, Sums]:
    """Return, by key, the figure of one week as kept.

    Without these children, or if nothing is kept, it is counted now. For a week that is no longer fresh, who
    could be reached can no longer be counted.
    """
    without = ever_here(school, without)
    if not without:
        kept = sums(school, [ends_on], Key.values)
        if kept:
            return {key: one for (_day, key), one in kept.items()}
    rows = count(school, [ends_on], without=without)
    away, connected = sum(row.away for row in rows), sum(row.connected for row in rows)
    pupils, missing = sum(row.pupils for row in rows), sum(row.missing for row in rows)
    found: dict[str, Sums] = {
        Key.PUPILS: Sums(pupils, pupils, 0),
        Key.CONNECTED: Sums(connected, away, missing),
        Key.CONFIRMED: Sums(sum(row.confirmed for row in rows), connected, 0),
    }
    if is_fresh:
        ways = sum(reached([school.pk], ends_on, without).values())
        found[Key.REACHED] = Sums(min(ways, away), away, missing)
    return found


@dataclass(frozen=True)
class Corrected:
    """A school's week in which a frozen figure was counted again: its first value, and its value now."""

    ends_on: date
    at: datetime
    before: Sums
    now: Sums


def corrected(school: School, days: Sequence[date], key: str) -> list[Corrected]:
    """Return the weeks that differ from what was frozen, the oldest first.

    One statement if there are none.
    """
    rows = ClassWeekCorrection.objects.filter(
        class_week__school=school, class_week__ends_on__in=days, class_week__key=key
    )
    changes = list(rows.select_related("class_week").order_by("pk"))
    if not changes:
        return []
    now = sums(school, {row.class_week.ends_on for row in changes}, [key])
    found = []
    for (ends_on, _key), is_now in sorted(now.items()):
        of_week = [row for row in changes if row.class_week.ends_on == ends_on]
        first = {row.class_week_id: row for row in reversed(of_week)}.values()
        parts, wholes, missing = (
            getattr(is_now, name)
            + sum(getattr(row, name) - getattr(row.class_week, name) for row in first)
            for name in _COUNTS
        )
        before = Sums(parts, wholes, missing)
        if before != is_now:
            found.append(Corrected(ends_on, of_week[-1].at, before, is_now))
    return found


_COUNTS = ("numerator", "denominator", "missing")

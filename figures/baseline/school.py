"""A school: each of its classes compared with its own first weeks."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from core import replica
from figures.baseline import rules
from figures.class_weeks.counting import count, ever_here
from figures.class_weeks.models import ClassWeek
from schools.models import School
from surveys.pulses.rules import MOOD

Key = ClassWeek.Key
BALANCE, PULSES = "begun", "pulses"
KEYS = (Key.CONNECTED, Key.CONFIRMED, Key.REACHED, BALANCE, PULSES)

Pair = tuple[int, int]
Figures = Mapping[str, Mapping[tuple[int, date], Pair]]  # key → rules.Figure of classes

# Who began the exchanges of a week, by the class that the child was in on that day; conversations about no
# child are left out.
_EXCHANGES = """
SELECT enrolment.school_class_id,
    message.day + (7 - extract(isodow FROM message.day)::int), count(message.adult_id), count(*)
FROM (
    SELECT thread_id, adult_id, (at AT TIME ZONE %(zone)s)::date AS day FROM threads_threadmessage
    WHERE school_id = %(school)s AND opens_exchange
      AND at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND at < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s
) message
JOIN threads_thread thread ON thread.id = message.thread_id
JOIN students_enrolment enrolment ON enrolment.student_id = thread.student_id
 AND enrolment.starts_on <= message.day
 AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= message.day)
WHERE NOT thread.student_id = ANY(%(without)s::bigint[])
GROUP BY 1, 2
"""
# How many children finished the week's questions.
_PULSES = """
SELECT enrolment.school_class_id, pulse.week_on + 6, count(DISTINCT pulse.student_id)
FROM surveys_pulse pulse
JOIN surveys_edition edition ON edition.id = pulse.edition_id AND edition.key = %(mood)s
JOIN students_enrolment enrolment ON enrolment.student_id = pulse.student_id
 AND enrolment.starts_on <= pulse.week_on + 6
 AND (enrolment.ends_on IS NULL OR enrolment.ends_on >= pulse.week_on + 6)
WHERE pulse.school_id = %(school)s AND pulse.finished_at IS NOT NULL
  AND pulse.week_on BETWEEN %(first)s AND %(until)s AND NOT pulse.student_id = ANY(%(without)s::bigint[])
GROUP BY 1, 2
"""


@dataclass(frozen=True)
class Change:
    """One figure.

    `missing`: the percentage of children in these weeks for whom it is unknown whether they count; None if
    that cannot happen for the figure.
    """

    key: str
    compared: rules.Compared | None
    missing: int | None = None


@dataclass(frozen=True)
class Weeks:
    """Weeks of the classes that have pupils in the last kept week.

    `missing`: the children for whom it is unknown, and all whom the figure could be about.
    """

    pupils: Mapping[tuple[int, date], int]
    missing: Mapping[tuple[int, date], Pair]
    figures: Figures

    @property
    def days(self) -> Mapping[int, Sequence[date]]:
        found = defaultdict(list)
        for class_id, day in sorted(self.pupils):
            found[class_id].append(day)
        return found


@dataclass(frozen=True)
class SinceStart:
    """`classes`: the number with enough weeks; `young`: with too few.

    `began`: the first week of `classes`; `weeks`: everything that was read.
    """

    began: date | None
    classes: int
    young: int
    changes: Sequence[Change]
    weeks: Weeks


def since_start(school: School, until: date, without: Collection[int] = ()) -> SinceStart:
    """Return the changes up to the week that ends on `until`.

    The number of statements does not depend on the school's size.
    """
    weeks = _weeks(school, until, ever_here(school, without))
    days = weeks.days
    spans = {class_id: rules.periods(found) for class_id, found in days.items()}
    # A class that has ended is no longer compared.
    last = max((day for found in days.values() for day in found), default=None)
    running = {pk for pk, found in days.items() if max(found) == last}
    ready = {pk: span for pk, span in spans.items() if span and pk in running}
    figures = weeks.figures if ready else {}
    return SinceStart(
        began=min((first[0] for first, _now in ready.values()), default=None),
        classes=len(ready),
        young=len(running) - len(ready),
        changes=[
            Change(
                key, rules.compare(rules.units_of(figures[key], ready)), _missing(key, weeks, ready)
            )
            for key in KEYS
            if key in figures
        ],
        weeks=weeks,
    )


def _weeks(school: School, until: date, without: Collection[int]) -> Weeks:
    """Return weeks of the classes that have pupils in the last kept week.

    They start with the first week that has a talk on record, so that classes of earlier years are not read
    every year.
    """
    rows = ClassWeek.objects.filter(school=school, ends_on__lte=until)
    with_pupils = rows.filter(key=Key.PUPILS, numerator__gt=0)
    last = with_pupils.order_by("-ends_on").first()
    if last is None:
        return Weeks({}, {}, {})
    running = with_pupils.filter(ends_on=last.ends_on).values_list("school_class", flat=True)
    rows = rows.filter(school_class__in=list(running))
    first = rows.filter(key=Key.CONNECTED, numerator__gt=0).order_by("ends_on").first()
    if first is None:
        return Weeks({}, {}, {})
    found: dict[str, dict[tuple[int, date], Pair]] = defaultdict(dict)
    missing: dict[tuple[int, date], Pair] = {}
    for row in rows.filter(ends_on__gte=first.ends_on):
        at = row.school_class_id, row.ends_on
        found[row.key][at] = row.numerator, row.denominator
        if row.key == Key.CONNECTED:
            missing[at] = row.missing, row.missing + row.denominator
    if without:
        found, missing = _without(school, {day for _class, day in missing}, without)
    pupils = {at: counts[0] for at, counts in found.pop(Key.PUPILS, {}).items() if counts[0]}
    begins_on = first.ends_on - timedelta(days=6)
    found[BALANCE], answered = begun_and_answered(school, begins_on, until, without)
    found[PULSES] = {at: (answered.get(at, 0), n) for at, n in pupils.items()} if answered else {}
    return Weeks(pupils, missing, found)


def begun_and_answered(
    school: School, first: date, until: date, without: Collection[int]
) -> tuple[dict[tuple[int, date], Pair], dict[tuple[int, date], int]]:
    """Return by class and week who began the exchanges, and how many children answered the questions."""
    asked: dict[str, Any] = {
        "school": school.pk,
        "zone": school.time_zone,
        "first": first,
        "until": until,
        "without": list(without),
        "mood": MOOD,
    }
    with replica.reading().cursor() as cursor:
        cursor.execute(_EXCHANGES, asked)
        begun = {(pk, day): (part, n) for pk, day, part, n in cursor.fetchall()}
        cursor.execute(_PULSES, asked)
        return begun, {(pk, day): n for pk, day, n in cursor.fetchall()}


def _without(
    school: School, days: Collection[date], without: Collection[int]
) -> tuple[dict[str, dict[tuple[int, date], Pair]], dict[tuple[int, date], Pair]]:
    """Count again from the rows, without these children.

    Who could be reached at the time is no longer known then.
    """
    found: dict[str, dict[tuple[int, date], Pair]] = defaultdict(dict)
    missing: dict[tuple[int, date], Pair] = {}
    for row in count(school, sorted(days), without=without):
        at = row.class_id, row.ends_on
        found[Key.PUPILS][at] = row.pupils, row.pupils
        found[Key.CONNECTED][at] = row.connected, row.away
        found[Key.CONFIRMED][at] = row.confirmed, row.connected
        missing[at] = row.missing, row.missing + row.away
    return found, missing


Spans = Mapping[int, tuple[Sequence[date], Sequence[date]]]


def _missing(key: str, weeks: Weeks, spans: Spans) -> int | None:
    if key not in (Key.CONNECTED, Key.REACHED):
        return None
    sums = [rules.total(weeks.missing, pk, days) for pk, both in spans.items() for days in both]
    parts, wholes = zip(*sums, strict=True)
    return round(100 * sum(parts) / sum(wholes)) if sum(wholes) else None

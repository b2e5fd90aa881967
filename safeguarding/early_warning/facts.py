"""Facts for the rules of early warning, for whole schools at once.

The number of queries does not depend on the number of children, because the database groups the rows; each
round of a scale that was asked twice takes three more. Facts of a past day are those on record for that day.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone

from classroom.models import AttendanceMark, ClassRegister, MissedHomework, Observation
from guardians.models import Contact, Guardianship
from guardians.queries import approachable, current_guardianships, usable_contact_points
from safeguarding.early_warning import rules
from safeguarding.early_warning.rules import Facts
from schools.models import holds_on
from students.models import Enrolment
from surveys.pulses.queries import low_moods
from surveys.trends import changes_of

TALKS_BACK_DAYS = 120  # how far back we look for the last talk: a term


class _Of:
    """Filter rows to the children: all of some schools, or one."""

    def __init__(self, school_ids: Collection[int], student_id: int | None) -> None:
        self.school_ids, self.student_id = school_ids, student_id

    def __call__(self, rows: Any) -> Any:
        rows = rows.filter(school_id__in=self.school_ids).order_by()
        return rows if self.student_id is None else rows.filter(student_id=self.student_id)


def facts_of(
    school_ids: Collection[int], on: date, student_id: int | None = None
) -> Iterator[tuple[int, int, Facts]]:
    """Yield (child id, school id, facts) for everybody in a class of these schools on that day."""
    of = _Of(school_ids, student_id)
    kids = list(
        of(Enrolment.objects.filter(holds_on(on))).values_list(
            "student_id", "school_id", "school_class_id", "starts_on"
        )
    )
    registers, absent, away = _attendance(of, on)
    missed, looked_at = _homework(of, on)
    notes, scores = _notes(of, on), changes_of(school_ids, on, student_id)
    low = low_moods(school_ids, on, student_id)
    (talked, silent, recording), cut_off = _talks(of, on), _cut_off(of, on)
    for student, school, school_class, starts_on in kids:
        days = [
            day
            for day, unseen in registers.get(school_class, ())
            if day >= starts_on and student not in unseen
        ]
        gone = absent.get(student, ())
        noted, noted_on = notes.get(student, (0, None))
        is_worse, scored_on = scores.get(student, (False, None))
        yield (
            student,
            school,
            Facts(
                registers=len(days),
                absent=sum(day in days for day in gone),
                registered_on=max(days, default=None),
                homework_missed=sum(
                    day not in away.get(student, ()) for day in missed.get(student, ())
                ),
                homework_on=looked_at.get(school),
                notes=noted,
                noted_on=noted_on,
                score_is_worse=is_worse,
                scored_on=scored_on,
                low_on=low.get(student),
                silent_since=silent.get(student) if school in recording else None,
                talked_on=talked.get(student),
                unreachable_since=cut_off.get(student),
            ),
        )


def _attendance(
    of: _Of, on: date
) -> tuple[dict[int, list[tuple[date, list[int]]]], dict[int, list[date]], dict[int, list[date]]]:
    """Return registers by class, and days of absence and days away by child.

    * class → days on which its register was taken, each with the children about whom it says nothing;
    * child → days on which it was absent;
    * child → those days together with the days of leave that the school agreed to. Leave is no signal, and no
      homework is expected on it.
    """
    since = on - timedelta(days=rules.WEEKS_BACK_DAYS)
    taken = ClassRegister.objects.filter(
        school_id__in=of.school_ids, taken_on__gt=since, taken_on__lte=on
    )
    Kind = AttendanceMark.Kind
    marks = AttendanceMark.objects.filter(
        kind__in=(Kind.ABSENT, Kind.LEAVE), marked_on__gt=since, marked_on__lte=on
    )
    registers = defaultdict(list)
    for school_class, day, unseen in taken.order_by().values_list(
        "school_class_id", "taken_on", "unseen"
    ):
        registers[school_class].append((day, unseen))
    away = list(of(marks).values_list("student_id", "marked_on", "kind"))
    absent = [(child, day) for child, day, kind in away if kind == Kind.ABSENT]
    return registers, _grouped(absent), _grouped((child, day) for child, day, _kind in away)


def _homework(of: _Of, on: date) -> tuple[dict[int, list[date]], dict[int, date]]:
    """Return {child: days of missed homework} and {school: last day on which anybody recorded any}.

    For a school that records none, nothing is known.
    """
    lately, since = (on - timedelta(days=n) for n in (rules.HOMEWORK_DAYS, rules.WEEKS_BACK_DAYS))
    misses = MissedHomework.objects.filter(
        retracted_at=None, missed_on__gt=lately, missed_on__lte=on
    )
    noted = MissedHomework.objects.filter(
        school_id__in=of.school_ids, missed_on__gt=since, missed_on__lte=on
    )
    last = noted.order_by().values_list("school_id").annotate(last=Max("missed_on"))
    missed = _grouped(of(misses).values_list("student_id", "missed_on"))
    return missed, {school: day for school, day in last if day}


def _talks(of: _Of, on: date) -> tuple[dict[int, date], dict[int, date], set[int]]:
    """Return when each child last talked, since when each has not, and which schools record talks.

    The first two are {child id: day}. The second holds only children with a parent away who may be asked
    about, because nobody else is expected to call. It means nothing at a school that records no talks.
    """
    since = on - timedelta(days=TALKS_BACK_DAYS)
    talks = Contact.objects.filter(happened_on__gt=since, happened_on__lte=on)
    last = of(talks.filter(retracted_at=None)).values_list("student_id")
    talked = dict(last.annotate(last=Max("happened_on")))
    here = talks.filter(school_id__in=of.school_ids).order_by()
    recording = set(here.values_list("school_id", flat=True).distinct())
    # One filter, so that all conditions apply to the same stay: an earlier one that ended does not count.
    ties = Guardianship.objects.filter(
        holds_on(on),
        holds_on(on, "adult__migrations__"),
        approachable(),
        kind=Guardianship.Kind.PARENT,
        adult__migrations__is_away=True,
    )
    away = of(ties).values_list("student_id").annotate(Min("adult__migrations__starts_on"))
    silent = {student: max(talked.get(student, since), away_on) for student, away_on in away}
    return talked, silent, recording


def _notes(of: _Of, on: date) -> dict[int, tuple[int, date]]:
    """Return {child: (days with a note to keep an eye on, day of the last note of any kind)}."""
    since = on - timedelta(days=rules.WEEKS_BACK_DAYS)
    rows = Observation.objects.filter(
        retracted_at=None,
        is_reported=False,  # what another system reported opens nothing
        happened_at__gte=_begin_of(since),
        happened_at__lt=_begin_of(on, 1),
    )
    counted = (
        of(rows)
        .values_list("student_id")
        .annotate(
            days=Count(TruncDate("happened_at"), distinct=True, filter=~Q(themes=[])),
            last=TruncDate(Max("happened_at")),
        )
    )
    return {student: (days, last) for student, days, last in counted}


def _begin_of(on: date, days: int = 0) -> datetime:
    return timezone.make_aware(datetime.combine(on + timedelta(days=days), time.min))


def _cut_off(of: _Of, on: date) -> dict[int, date]:
    """Return {child: since when no contact point on record reaches anybody in the family}.

    A family without any contact point is unknown, not cut off.
    """
    points = usable_contact_points().filter(adult_id=OuterRef("adult_id")).order_by()
    works = points.filter(Q(failing_since=None) | Q(failing_since__date__gt=on))
    ties = of(current_guardianships(on).filter(approachable()))
    reached = ties.filter(student_id=OuterRef("student_id")).filter(Exists(works))
    failing = (
        ties.filter(
            ~Exists(reached),
            adult__contact_points__failing_since__date__lte=on,
        )
        .values_list("student_id")
        .annotate(since=TruncDate(Max("adult__contact_points__failing_since")))
    )
    return dict(failing)


def _grouped(rows: Any) -> dict[int, list[date]]:
    found: dict[int, list[date]] = defaultdict(list)
    for key, day in rows:
        found[key].append(day)
    return found

"""Queries for past results: the children that a sheet may mean, its rows checked, one child's results."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from accounts.models import User
from guardians.rules import age_on
from privacy.models import Purpose
from privacy.policies import students_allowing, students_refusing
from schools.models import School
from schools.policies import today_in
from students.models import Enrolment, Student
from students.policies import students_visible_to
from surveys import queries, scoring, wording
from surveys.instruments import Instrument
from surveys.models import Edition, PastImport, PastScore, Seat
from surveys.past import rules

State = PastImport.State


def instruments_for(school: School) -> list[Instrument]:
    """Return validated scales that have sums: the school's edition if there is one, else what we ship."""
    found = {one.key: one.instrument for one in queries.latest_editions(school)}
    known = queries.shipped.instruments() | found
    return [one for one in known.values() if one.is_scored and one.is_validated]


def instrument_of(past: PastImport) -> Instrument:
    found = queries.instrument_named(past.key, past.school)
    if found is None:
        raise LookupError(past.key)
    return found


def highest_of(instrument: Instrument) -> dict[str, Decimal]:
    nobody = scoring.score(instrument, {})
    return {one.scale.id: Decimal(float(wording.highest(one, instrument))) for one in nobody.scales}


def children_for(past: PastImport, user: User, on: date) -> list[rules.Child]:
    """Return children whose files are open to `user`, with what their families say today."""
    visible = students_visible_to(user, on).filter(school=past.school_id)
    refusing = set(students_refusing(Purpose.SCREENING, on).values_list("pk", flat=True))
    allowing: set[int] = set()
    if past.ground == PastImport.Ground.NOW:
        allowing = set(students_allowing(Purpose.SCREENING, on).values_list("pk", flat=True))
    held = Enrolment.objects.filter(school=past.school_id).filter(
        Q(ends_on=None) | Q(ends_on__gte=past.taken_on)
    )
    classes: dict[int, set[str]] = defaultdict(set)
    for student_id, name in held.values_list("student_id", "school_class__name"):
        classes[student_id].add("".join(name.split()))
    kept = PastScore.objects.filter(
        past_import__key=past.key,
        past_import__taken_on=past.taken_on,
        past_import__respondent=past.respondent,
    )
    has_result = set(kept.exclude(past_import=past).values_list("student_id", flat=True))
    found = []
    for pk, name, number in visible.values_list("pk", "name", "student_number"):
        why_not = "refused" if pk in refusing else ""
        if not why_not and past.ground == PastImport.Ground.NOW and pk not in allowing:
            why_not = "no_consent"
        found.append(
            rules.Child(pk, name, number, frozenset(classes[pk]), why_not, pk in has_result)
        )
    return found


def checked(past: PastImport, user: User, on: date) -> list[rules.Row]:
    instrument = instrument_of(past)
    mapping = {int(column): meaning for column, meaning in past.mapping.items()}
    children = children_for(past, user, on)
    return rules.check(past.lines, mapping, instrument, highest_of(instrument), children)


def may_be_taken_back(past: PastImport, at: datetime) -> bool:
    return (
        past.state == State.KEPT
        and past.kept_at is not None
        and at - past.kept_at <= timedelta(hours=rules.UNDO_HOURS)
    )


def level_of(
    instrument: Instrument, scale_id: str, value: Decimal, student: Student, on: date
) -> str:
    """Return the band's level by today's definition; "" if there is none."""
    age = age_on(student.born_on, on) if student.born_on else None
    scale = next((one for one in instrument.scales if one.id == scale_id), None)
    bands = scale.bands if scale else ()
    return next((one.level for one in bands if one.holds(float(value), student.sex, age)), "")


def levels_in(past: PastImport) -> Mapping[str, Mapping[str, int]]:
    """Return {scale: {level: children}} of a sheet that was kept."""
    instrument = instrument_of(past)
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in past.scores.select_related("student"):
        level = level_of(instrument, one.scale, one.value, one.student, past.taken_on)
        found[one.scale][level] += 1
    return found


@dataclass(frozen=True)
class ResultRow:
    """The result of one form or of one line of a sheet; `parts`: name of the sum, value, band as text."""

    on: date
    name: str
    who: str
    parts: list[tuple[str, str, str]]
    seat_id: int | None = None


def results_of(student: Student, on: date) -> list[ResultRow]:
    """Return every result of one child, the latest first: rounds here, and sums from before.

    Sums from before are hidden if consent has been withdrawn since.
    """
    found = [*_from_rounds(student), *_from_before(student, on)]
    return sorted(found, key=lambda one: one.on, reverse=True)


def _from_rounds(student: Student) -> list[ResultRow]:
    """Return results of rounds; the number of queries depends on the editions, not on the rounds."""
    rows = Seat.objects.filter(student=student, finished_at__isnull=False)
    found = []
    for edition in Edition.objects.filter(rounds__seats__in=rows).distinct():
        instrument = edition.instrument
        if not instrument.is_scored:
            continue
        seats = rows.filter(round__edition=edition)
        for one in queries.results_of(seats, instrument):
            seat, score = one.seat, one.score
            if score.is_void or seat.finished_at is None:
                continue
            parts = [
                (
                    wording.words(part.scale.names),
                    scoring.figure(part.value),
                    wording.level_words(part.level),
                )
                for part in score.scales
                if part.value is not None
            ]
            who = seat.adult.name if seat.adult else seat.filled_by.name if seat.filled_by else ""
            day = today_in(seat.school, seat.finished_at)
            found.append(ResultRow(day, wording.name_of(instrument), who, parts, seat.pk))
    return found


def _from_before(student: Student, on: date) -> list[ResultRow]:
    if _is_refused(student.pk, on):
        return []
    rows = PastScore.objects.filter(student=student).select_related("past_import__school")
    by_import: dict[PastImport, list[PastScore]] = defaultdict(list)
    for one in rows.order_by("pk"):
        by_import[one.past_import].append(one)
    found = []
    for past, scores in by_import.items():
        instrument = instrument_of(past)
        names = {one.id: wording.words(one.names) for one in instrument.scales}
        parts = [
            (
                names.get(one.scale, one.scale),
                f"{one.value.normalize():f}",
                wording.level_words(
                    level_of(instrument, one.scale, one.value, student, past.taken_on)
                ),
            )
            for one in scores
        ]
        found.append(ResultRow(past.taken_on, wording.name_of(instrument), "", parts))
    return found


def _is_refused(student_id: int, on: date) -> bool:
    """Return whether the family refuses today, which overrides the ground on which the sums were kept."""
    return students_refusing(Purpose.SCREENING, on).filter(pk=student_id).exists()


def before(seat: Seat, on: date) -> tuple[date, dict[str, Fraction]] | None:
    """Return the latest sums of the same scale before this form, by the same kind of respondent.

    `on`: today, because a refusal by the family hides them.
    """
    asked = [who for who, how in rules.HOW.items() if how == seat.round.how]
    rows = PastImport.objects.filter(
        state=State.KEPT,
        school=seat.school_id,
        key=seat.round.edition.key,
        version=seat.round.edition.version,
        respondent__in=asked,
        taken_on__lt=today_in(seat.school, seat.finished_at or seat.round.opened_at),
        scores__student=seat.student_id,
    )
    past = rows.order_by("taken_on", "pk").last()
    if past is None or _is_refused(seat.student_id, on):
        return None
    scores = past.scores.filter(student=seat.student_id).values_list("scale", "value")
    return past.taken_on, {scale: Fraction(value) for scale, value in scores}

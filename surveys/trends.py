"""Whether a child's answers to the same questions became clearly worse from one round to the next.

Only for instruments that say how far two measurements of an unchanged child may differ (instruments.Change);
a smaller difference is no change.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction

from django.utils import timezone

from surveys import scoring
from surveys.instruments import LOOK, SOON, Instrument
from surveys.models import Round, Seat
from surveys.queries import results_of

COMPARED_DAYS = 400  # between two rounds: a school year

Scores = dict[int, tuple[Fraction, date]]


def changes_of(
    school_ids: Collection[int], on: date, student_id: int | None = None
) -> dict[int, tuple[bool, date]]:
    """Return {child id: (whether the latest score is clearly worse than the one before, its day)}.

    One query if no school has two rounds of such an instrument, or `student_id` has not answered two.
    """
    found: dict[int, tuple[bool, date]] = {}
    # Rounds of one school that asked the same questions in the same way, the earliest first.
    since = on - timedelta(days=COMPARED_DAYS)
    rows = Round.objects.filter(school_id__in=school_ids, due_on__gt=since, opened_at__date__lte=on)
    if student_id is not None:
        own = Seat.objects.filter(student_id=student_id, finished_at__date__lte=on)
        rows = rows.filter(pk__in=own.values("round"))
    groups: dict[tuple[int, str, int, str], list[Round]] = defaultdict(list)
    for held in rows.select_related("edition").order_by("opened_at", "pk"):
        groups[held.school_id, held.edition.key, held.edition.version, held.how].append(held)
    for rounds in groups.values():
        if len(rounds) > 1 and rounds[-1].edition.instrument.change:
            found |= _among(rounds, on)
    return found


def _among(rounds: list[Round], on: date) -> dict[int, tuple[bool, date]]:
    """Compare each child's latest score with its own before, whatever other classes were asked between."""
    instrument = rounds[-1].edition.instrument
    change, found = instrument.change[0], {}
    worse = _worse_direction(instrument)
    before: dict[int, tuple[Fraction, float | None]] = {}  # with the spread of its round
    for held in rounds:
        scores = _scores_of(held, change.scale, on)
        for student, (value, day) in scores.items():
            old, spread = before.get(student, (value, None))
            if spread is not None:
                verdict = scoring.changed(old, value, change, spread).verdict
                found[student] = (verdict == worse, day)
        spread = change.sd
        if spread is None and len(scores) >= scoring.SPREAD_FROM:
            spread = scoring.summary([float(value) for value, _day in scores.values()]).sd
        before |= {student: (value, spread) for student, (value, _day) in scores.items()}
    return found


def _scores_of(held: Round, scale: str, on: date) -> Scores:
    """Return the usable scores of a round.

    Forms of adults are left out: several may answer about a child, and each compares only with their own.
    """
    seats = Seat.objects.filter(round=held, adult=None, finished_at__date__lte=on)
    scores: Scores = {}
    for result in results_of(seats, held.edition.instrument):
        counted, done_at = result.score.of(scale), result.seat.finished_at
        if counted and counted.value is not None and done_at and not result.score.is_void:
            scores[result.seat.student_id] = (counted.value, timezone.localdate(done_at))
    return scores


def _worse_direction(instrument: Instrument) -> str:
    """Return which direction is worse, as the gravest bands say."""
    change = instrument.change[0]
    bands = [one for scale in instrument.scales if scale.id == change.scale for one in scale.bands]
    grave = [one for one in bands if one.level in (LOOK, SOON)]
    return scoring.HIGHER if all(one.at_least is not None for one in grave) else scoring.LOWER

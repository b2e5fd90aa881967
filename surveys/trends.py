"""Whether a child's answers to the same questions became clearly worse from one round to the next.

Only for instruments that say how far two measurements of an unchanged child may differ (instruments.Change);
a smaller difference is no change.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

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
        if len(rounds) < 2 or not rounds[-1].edition.instrument.change:
            continue
        instrument = rounds[-1].edition.instrument
        scores: list[Scores] = []
        for one in rounds:
            # Leave out forms of adults: several may answer about a child, and each compares only with their
            # own.
            seats = Seat.objects.filter(round=one, adult=None, finished_at__date__lte=on)
            of_round: Scores = {}
            for result in results_of(seats, one.edition.instrument):
                counted = result.score.of(instrument.change[0].scale)
                done_at = result.seat.finished_at
                if counted and counted.value is not None and done_at and not result.score.is_void:
                    day = timezone.localdate(done_at)
                    of_round[result.seat.student_id] = (counted.value, day)
            scores.append(of_round)
        for old, new in pairwise(scores):
            found |= _between(instrument, old, new)
    return found


def _between(instrument: Instrument, old: Scores, new: Scores) -> dict[int, tuple[bool, date]]:
    change = instrument.change[0]
    spread = change.sd
    if spread is None:
        if len(old) < scoring.SPREAD_FROM:
            return {}
        spread = scoring.summary([float(value) for value, _day in old.values()]).sd
    # The gravest bands say which direction is worse.
    bands = [one for scale in instrument.scales if scale.id == change.scale for one in scale.bands]
    grave = [one for one in bands if one.level in (LOOK, SOON)]
    worse = scoring.HIGHER if all(one.at_least is not None for one in grave) else scoring.LOWER
    return {
        student: (scoring.changed(old[student][0], value, change, spread).verdict == worse, day)
        for student, (value, day) in new.items()
        if student in old
    }

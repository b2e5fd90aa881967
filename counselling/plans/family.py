"""The part of a plan that an adult of the family sees: only the measures agreed with them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.prepared import Question, prepared
from counselling.models import Measure
from counselling.plans import presenters
from counselling.plans.actions import PAGE
from counselling.plans.policies import measures_of_adults
from counselling.plans.queries import Standing, facts_of
from counselling.plans.rules import OPEN
from guardians.family_lines import FamilyLine
from guardians.models import Adult

AFTER_REQUESTS = 22  # its place on the card


def agreed_with(adults: Collection[Adult], at: datetime) -> list[Standing]:
    """Return measures of the person behind these records, open ones first."""
    on = timezone.localdate(at)
    rows = _of_adults(adult_ids=[adult.pk for adult in adults], on=on)
    found = [Standing(one, facts_of(one), on) for one in rows]
    return sorted(found, key=lambda one: (one.state not in OPEN, one.ends_on))


@prepared
def _of_adults(*, adult_ids, on) -> QuerySet[Measure]:
    return measures_of_adults(adult_ids, on).prefetch_related("ticks")


def family_lines(
    student_ids: Collection[int], adults: Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Return child → what waits for these adults (records of one person); two queries for any number."""
    lines: dict[int, list[FamilyLine]] = defaultdict(list)
    for one in agreed_with(adults, at):
        measure = one.measure
        if one.state not in OPEN or measure.student_id not in student_ids:
            continue
        words = _("Agreed: %(words)s (%(when)s)") % {
            "words": presenters.plain_words(measure),
            "when": presenters.own_until(one) or presenters.when_words(measure, one.on),
        }
        line = FamilyLine(words, PAGE, "tick", _("Tick it off"), is_due=True, order=AFTER_REQUESTS)
        lines[measure.student_id].append(line)
    return dict(lines)


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the query that `family_lines` needs.

    It is only a first look, because few families have anything agreed.
    """
    keys, on = [one.pk for one in adults], timezone.localdate(at)
    return [_of_adults.first_look(adult_ids=keys, on=on)]

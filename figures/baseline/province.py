"""A province: each of its counties compared with the first weeks that its schools have shared.

It uses only spans.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from figures.baseline import rules
from figures.baseline.county import (
    KEYS,
    CountyChange,
    CountySinceStart,
    at_both_ends,
    compared,
    spans_of,
)
from figures.models import SharedCounty, SharedFigure, SharedWeek


@dataclass(frozen=True)
class OneCounty:
    code: str
    name: str
    since: CountySinceStart


@dataclass(frozen=True)
class ProvinceSinceStart:
    """The province since its counties began.

    `together` compares a figure over all counties, with a county as one unit; `compared` in it is None if no
    county has both.
    """

    counties: Sequence[OneCounty]
    together: Sequence[CountyChange]


def since_start() -> ProvinceSinceStart:
    """Return the province's changes; three statements, for any number of counties and schools."""
    counties = list(SharedCounty.objects.order_by("pk"))
    of_schools = SharedWeek.objects.exclude(school_code="")
    shown = at_both_ends(of_schools, F("county"), F("school_code"))
    numbers: dict[tuple[str, str], int] = {}  # schools of two counties may share a code
    weeks: dict[str, list[tuple[object, int, date]]] = defaultdict(list)
    latest: dict[tuple[int, date], object] = {}
    for pk, code, school, day in shown.order_by("edition").values_list(
        "pk", "county", "school_code", "ends_on"
    ):
        number = numbers.setdefault((code, school), len(numbers))
        weeks[code].append((pk, number, day))
        latest[number, day] = pk
    found = spans_of(latest, SharedFigure.objects.filter(week__in=shown.values("pk")))
    rows = [
        OneCounty(one.pk, one.name, compared(weeks[one.pk], found, is_drawn=False))
        for one in counties
    ]
    together = []
    for key in KEYS:
        changes = [change for one in rows for change in one.since.changes if change.key == key]
        units = [
            rules.Unit(change.compared.before, change.compared.now)
            for change in changes
            if change.compared
        ]
        asked, known = sum(one.weeks for one in changes), sum(one.known for one in changes)
        together.append(CountyChange(key, rules.compare(units), asked, known))
    return ProvinceSinceStart(rows, together)

"""The county's side: copy what it has published to its window, where it waits for the province."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import structlog
from django.db import Error, connections, transaction

from core.database import run_step
from core.window import ALIAS
from figures.models import PublishedWeek, SharedCounty, SharedFigure, SharedWeek
from schools.models import County

PART = 5000  # rows in a statement
log = structlog.get_logger(__name__)


class WindowTrouble(Exception):
    """The window is unreachable or not as it should be; the county's own database is fine."""


@contextmanager
def _at_window() -> Iterator[None]:
    try:
        yield
    except Error as error:
        connections[ALIAS].close()
        raise WindowTrouble(str(error).strip()) from error


def share() -> int:
    """Copy the editions that the window lacks. Return how many.

    Safe to run twice, late, or after the window was set up again: an edition is copied as a whole, and only
    once. After a restore of the county, a week that is published again is therefore not copied: the first
    one stays.
    """
    with _at_window():
        counties = list(SharedCounty.objects.using(ALIAS))
    return sum(run_step(_share, one) or 0 for one in counties)


def _share(there: SharedCounty) -> int:
    county = County.objects.filter(name=there.name).first()
    if county is None:
        log.warning("county_gone", code=there.pk)
        return 0
    # The province learns nothing about demo schools.
    published = PublishedWeek.objects.filter(county=county).exclude(school__is_demo=True)
    brought = SharedWeek.objects.using(ALIAS).filter(county=there)
    with _at_window():
        done = set(brought.values_list("ends_on", "edition").distinct())
    editions = set(published.values_list("ends_on", "edition").distinct()) - done
    for ends_on, edition in sorted(editions):
        weeks = published.filter(ends_on=ends_on, edition=edition).select_related("school")
        _bring(there, list(weeks.prefetch_related("figures")))
    return len(editions)


def _bring(there: SharedCounty, weeks: Iterable[PublishedWeek]) -> None:
    """Copy one edition, in one transaction of the window; two runs at once make only one."""
    rows, figures = [], []
    for week in weeks:
        code = week.school.code if week.school else ""
        row = SharedWeek(
            pk=SharedWeek.key_of(there.pk, code, week.ends_on, week.edition),
            county=there,
            school_code=code,
            school_name=week.school.name if week.school else "",
            ends_on=week.ends_on,
            edition=week.edition,
            published_at=week.published_at,
            is_late=week.is_late,
            has_counsellor=week.has_counsellor,
            takes_part=week.takes_part,
            access_confirmed=week.access_confirmed,
            is_used=week.is_used,
            sending=week.sending,
        )
        rows.append(row)
        figures += [
            SharedFigure(
                pk=SharedFigure.key_of(row, figure.key),
                week=row,
                key=figure.key,
                unit=figure.unit,
                low=figure.low,
                high=figure.high,
                gap=figure.gap,
            )
            for figure in week.figures.all()
        ]
    with _at_window(), transaction.atomic(using=ALIAS):
        SharedWeek.objects.using(ALIAS).bulk_create(rows, ignore_conflicts=True)
        SharedFigure.objects.using(ALIAS).bulk_create(figures, PART, ignore_conflicts=True)

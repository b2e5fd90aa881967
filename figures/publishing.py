"""Publish the county's weeks: all schools of a county in one transaction, each week once."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from core.weeks import last_sunday
from figures import rules
from figures.class_weeks.keeping import keep_together
from figures.models import PublishedFigure, PublishedWeek
from figures.shared_queue import shared_queue
from figures.weekly import Count, Week, school_week
from schools.models import County, Post, School, holds_on
from schools.roles import Permission, roles_with
from students.models import Barrier

Gap, Unit = PublishedFigure.Gap, PublishedFigure.Unit


class NotOver(ValueError):
    """A week can only be published once it is over, that is after its last day, a Sunday."""


class NotPublished(ValueError):
    """Nothing to correct: that week was never published."""


def publish_due(at: datetime) -> int:
    """Publish the last completed week for each county that has not published it. Return how many did.

    Safe to run twice, even at the same time.
    """
    ends_on = last_due(at)
    published = PublishedWeek.objects.filter(county=OuterRef("pk"), ends_on=ends_on)
    has_schools = School.objects.filter(county=OuterRef("pk"))
    counties = County.objects.filter(~Exists(published), Exists(has_schools)).order_by("pk")
    return sum(publish_week(county, ends_on, at) for county in counties)


def last_due(at: datetime) -> date:
    """Return the Sunday of the last week that is due for publication at that moment."""
    return last_sunday(timezone.localdate(at - timedelta(hours=rules.PUBLISHED_FROM_HOUR)))


def publish_week(county: County, ends_on: date, at: datetime) -> bool:
    """Publish one week of all schools; False if it was published already.

    Of two runs at once only one publishes, and one that dies leaves nothing. Raises NotOver.
    """
    if _published(county, ends_on, at).exists():
        return False
    _keep(county, ends_on, at)
    with transaction.atomic():
        if _lock(county, ends_on, at).exists():
            return False
        _write(county, Week(ends_on, at), edition=1, why="")
    return True


def correct_week(county: County, ends_on: date, at: datetime, why: str) -> None:
    """Publish a week again, next to the earlier edition, with the reason. Raises NotOver and NotPublished."""
    if not _published(county, ends_on, at).exists():
        raise NotPublished
    _keep(county, ends_on, at)
    with transaction.atomic():
        last = _lock(county, ends_on, at).order_by("-edition").first()
        if last is None:
            raise NotPublished
        _write(county, Week(ends_on, at), edition=last.edition + 1, why=why)


def _lock(county: County, ends_on: date, at: datetime):
    """Return the county's rows of that week, locked so that nobody else writes them."""
    County.objects.select_for_update(no_key=True).get(pk=county.pk)
    return _published(county, ends_on, at)


def _published(county: County, ends_on: date, at: datetime):
    if ends_on.isoweekday() != 7 or ends_on >= timezone.localdate(at):
        raise NotOver
    return PublishedWeek.objects.filter(county=county, ends_on=ends_on)


def _keep(county: County, ends_on: date, at: datetime) -> None:
    """Count the week of the county's schools in a transaction of its own.

    So no school's lock is held until the last school is published.
    """
    keep_together(School.objects.filter(county=county), ends_on, at)


def _write(county: County, week: Week, edition: int, why: str) -> None:
    without = _closed_to_officers(county, week.ends_on)
    about = {
        "county": county,
        "ends_on": week.ends_on,
        "edition": edition,
        "why": why,
        "published_at": week.at,
        "is_late": week.is_late,
    }
    figures: list[PublishedFigure] = []
    for school in School.objects.filter(county=county).order_by("pk"):
        found = school_week(school, week, without)
        row = PublishedWeek.objects.create(
            school=school,
            has_counsellor=found.has_counsellor,
            takes_part=found.takes_part,
            is_used=found.is_used,
            access_confirmed=found.access_confirmed,
            sending=found.sending,
            **about,
        )
        figures += spans(row, found.counts)
    queue = PublishedWeek.objects.create(**about)
    figures += _of_queue(queue, county, week, without)
    PublishedFigure.objects.bulk_create(figures)


def _closed_to_officers(county: County, on: date) -> Sequence[int]:
    """Return children whose file is closed to an officer of this county.

    No figure counts them, for any reader.
    """
    officers = Post.objects.filter(
        holds_on(on), county=county, role__in=roles_with(Permission.VIEW_COUNTY)
    )
    rows = Barrier.objects.filter(user__in=officers.values("user"), lifted_at=None)
    return list(rows.values_list("student_id", flat=True).distinct())


def spans(week: PublishedWeek, counts: Iterable[Count]) -> list[PublishedFigure]:
    """Return what may be known of each count, not saved."""
    found = []
    for one in counts:
        span: tuple[int, int] | None
        if one.whole is None:
            unit, span = Unit.COUNT, rules.band(one.part)
        else:
            unit, span = Unit.SHARE, rules.share(one.part, one.whole)
        figure = PublishedFigure(week=week, key=one.key, unit=unit)
        if not one.is_known:
            figure.gap = Gap.UNKNOWN
        elif span is None:
            figure.gap = Gap.FEW
        else:
            figure.low, figure.high = span
        found.append(figure)
    return found


def _of_queue(
    row: PublishedWeek, county: County, week: Week, without: Sequence[int]
) -> list[PublishedFigure]:
    """Return the queue's figures.

    Of what waits it is the whole and one part; of what was taken only the parts, without the whole
    (rules.py).
    """
    queue = shared_queue(county, week.ended, without)
    numbers = {
        "waiting": queue.waiting,
        "waiting_long": queue.waiting_long,
        "taken_running": queue.running,
        "taken_closed": queue.closed,
        "taken_given_back": queue.given_back,
        "taken_back": queue.back,
    }
    figures = spans(row, [Count(key, number) for key, number in numbers.items()])
    if queue.middle_wait is None or queue.taken < rules.BAND:
        return [*figures, PublishedFigure(week=row, key="middle_wait", unit=Unit.DAYS, gap=Gap.FEW)]
    span = rules.waited(queue.middle_wait / timedelta(days=1))
    return [
        *figures,
        PublishedFigure(week=row, key="middle_wait", unit=Unit.DAYS, low=span.low, high=span.high),
    ]

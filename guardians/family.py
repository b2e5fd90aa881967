"""The yearly question to each family: is everything that the school knows about you still right?"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from core.addresses import page_above
from core.prepared import Question
from guardians.details import confirmed_adults, year_questions, year_starts
from guardians.family_lines import FamilyLine
from guardians.models import Adult, DetailsCheck, Guardianship
from guardians.queries import informed_guardianships, may_be_asked
from schools.models import SchoolYear, holds_on

# Days from the first day of the school year until the first family is asked; days over which the other
# families are spread, so that the school is not flooded with answers; and days for which the question stays
# open. Our own figures.
FIRST_ASKED_AFTER_DAYS = 14
SPREAD_DAYS = 28
STANDS_DAYS = 14
ASKED_AT = time(12, 30)  # local to the school; the adult's quiet hours may delay it further


def asked_on(year_starts_on: date, adult_id: int) -> date:
    return year_starts_on + timedelta(days=FIRST_ASKED_AFTER_DAYS + adult_id % SPREAD_DAYS)


@dataclass(frozen=True)
class ToAsk:
    """An adult who has not confirmed their details this school year, and when we ask them."""

    adult: Adult
    year_starts_on: date
    asked_at: datetime


def adults_to_ask(at: datetime) -> list[ToAsk]:
    """Return the adults whose turn has come and whose question is still open.

    Outside the first weeks of a school year this costs one query and returns nobody.
    """
    on = timezone.localdate(at)
    latest = FIRST_ASKED_AFTER_DAYS + SPREAD_DAYS + STANDS_DAYS
    years = SchoolYear.objects.filter(
        holds_on(on),
        starts_on__lte=on - timedelta(days=FIRST_ASKED_AFTER_DAYS),
        starts_on__gte=on - timedelta(days=latest),
    )
    starts = dict(years.values_list("school_id", "starts_on"))
    if not starts:
        return []
    return [
        ToAsk(adult, start, datetime.combine(day, ASKED_AT, ZoneInfo(adult.school.time_zone)))
        for adult in to_be_asked(list(starts), on)
        for start in [starts[adult.school_id]]
        for day in [asked_on(start, adult.pk)]
        if 0 <= (on - day).days < STANDS_DAYS
    ]


def to_be_asked(school_ids: Collection[int], on: date) -> QuerySet[Adult]:
    """Return adults of these schools who raise a child, may be asked, and have not yet confirmed their
    details this school year.
    """
    held = informed_guardianships(on).filter(kind__in=Guardianship.RAISING)
    confirmed = DetailsCheck.objects.filter(
        school_id__in=school_ids,
        year_starts_on__in=set(year_starts(school_ids, on).values()),
        confirmed_at__isnull=False,
    )
    return (
        Adult.objects.filter(
            may_be_asked(""),
            school_id__in=school_ids,
            pk__in=held.values("adult_id"),
            merged_into=None,
        )
        .exclude(pk__in=confirmed.values("adult_id"))
        .select_related("school")
        .order_by("pk")
    )


def family_lines(
    student_ids: Collection[int], adults: Sequence[Adult], at: datetime
) -> dict[int, list[FamilyLine]]:
    """Put the question on the card of the first child only, until the family confirms this year; three
    queries.
    """
    on = timezone.localdate(at)
    if not student_ids or not adults:
        return {}
    starts = year_starts({one.school_id for one in adults}, on)
    asked = [
        one
        for one in adults
        if (start := starts.get(one.school_id)) and asked_on(start, one.pk) <= on
    ]
    if not asked or {one.pk for one in asked} <= confirmed_adults(asked, on):
        return {}
    line = FamilyLine(
        text=_("Are your details at the school still correct?"),
        url=page_above("family_details"),
        icon="me",
        button=_("Check it"),
        is_due=True,
        order=80,
    )
    return {next(iter(student_ids)): [line]}


def questions(
    student_ids: Collection[int], adults: Collection[Adult], at: datetime
) -> list[Question]:
    """Return the queries that `family_lines` makes."""
    return year_questions(adults, timezone.localdate(at))

"""Weeks that a county has published, made of counts as publishing makes them; and schools to count."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from figures import rules
from figures.models import PublishedFigure, PublishedWeek
from figures.publishing import spans
from figures.weekly import Count
from guardians.models import Contact
from schools.models import County, School
from tests.factories.cast import (
    Cast,
    make_adult,
    make_class,
    make_guardianship,
    make_school,
    make_student,
    send_away,
)

SUNDAY = date(2026, 11, 22)
MONDAY_NOON = timezone.make_aware(datetime.combine(SUNDAY + timedelta(days=1), time(12, 30)))


def make_full_school(county: County, name: str, code: str, away: int, talked: int = 0) -> School:
    """A school of `away` children with their mother away, of whom the first `talked` with her on SUNDAY."""
    school = make_school(county, name, code)
    school_class = make_class(school, 3, 1)
    for number in range(away):
        child = make_student(school_class, f"孙{number}")
        mother = make_adult(school, f"孙妈妈{number}", f"+861389360{number:04d}")
        make_guardianship(child, mother, "mother")
        send_away(mother, "昆山")
        if number < talked:
            Contact.objects.create(
                school=school,
                student=child,
                adult=mother,
                happened_on=SUNDAY,
                reported_by="parent",
                recorded_at=MONDAY_NOON,
            )
    return school


def make_week(
    county: County,
    school: School | None,
    ends_on: date = SUNDAY,
    *,
    counts: dict[str, int | tuple[int, int]] | None = None,
    **about,
) -> PublishedWeek:
    """`counts`: by key of figures.definitions a number, or a part and its whole."""
    facts = {"published_at": MONDAY_NOON}
    if school is not None:
        facts |= {"has_counsellor": True, "takes_part": False, "is_used": True, "sending": "goes"}
    week = PublishedWeek.objects.create(
        county=county, school=school, ends_on=ends_on, **facts | about
    )
    pairs = {
        key: one if isinstance(one, tuple) else (one, None) for key, one in (counts or {}).items()
    }
    found = [
        Count(
            key,
            part,
            whole,
            key != "connected" or rules.is_known(part, whole or 0, week.is_used is not False),
        )
        for key, (part, whole) in pairs.items()
    ]
    PublishedFigure.objects.bulk_create(spans(week, found))
    return week


def matrix_objects(cast: Cast, name: str) -> dict:
    """Arguments of the county's pages (tests/access)."""
    if name == "dashboards:county_figure":
        return {"key": "connected"}
    if name != "dashboards:county_school":
        return {}
    make_week(cast.county, cast.school, counts={"pupils": 310, "connected": (150, 164)})
    return {"pk": cast.school.pk}

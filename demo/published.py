"""The county's published weeks so far.

They are those of the demo's schools as they are, and of four that consist of little but published weeks: one
is slipping, one is new, one is tiny, and one without a counsellor has stopped using Jiaqiao.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from figures import publishing, rules
from figures.models import PublishedFigure, PublishedWeek
from figures.weekly import Count
from schools.models import County, School
from schools.queries import term_on

WEEKS = 12
# Shares of an otherwise unremarkable school.
USUAL = {
    "reached": 0.93, "visits": 0.8, "calls": 0.7, "screened": 0.85, "left_behind": 0.3,
    "left_behind_unknown": 0.06, "overdue": 0.08, "with_concern": 0.05, "long_concern": 0.01,
    "begun": 0.46, "pulses": 0.72,
}  # fmt: skip
OF_PUPILS = (
    "screened", "pulses", "left_behind", "left_behind_unknown", "with_concern", "long_concern",
)  # fmt: skip
SHARES = ("reached", "visits", "calls", "screened", "begun", "pulses")


@dataclass(frozen=True)
class Made:
    """One made-up school.

    `talked`: the share of each week, the latest last; None for weeks in which the school did not use Jiaqiao.
    """

    name: str
    code: str
    pupils: int
    away: int
    talked: Sequence[float | None]
    shares: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, object] = field(default_factory=dict)


SCHOOLS = (
    Made(
        "裴家营小学", "DEMO-SLIPS", 390, 214,
        [0.91, 0.9, 0.92, 0.93, 0.95, 0.9, 0.86, 0.83, 0.79, 0.76, 0.73, 0.69],
        {"overdue": 0.17, "reached": 0.82},
        {"sending": "failing", "access_confirmed": False},
    ),
    Made("泗水小学", "DEMO-NEW", 280, 151, [0.52, 0.63, 0.74, 0.83], {"screened": 0.1, "visits": 0.3}),
    Made("横梁教学点", "DEMO-TINY", 8, 6, [0.8] * WEEKS, {}, {"has_counsellor": False, "takes_part": True}),
    Made(
        "干城小学", "DEMO-STOPS", 420, 236,
        [0.82, 0.84, 0.83, 0.86, 0.9, 0.85, 0.84, 0.84, 0.85, None, None, None],
        {"with_concern": 0.08, "long_concern": 0.03},
        {"has_counsellor": False, "takes_part": False},
    ),
)  # fmt: skip


def settle(at: datetime) -> None:
    """Publish the weeks of this term that are over, each as of the Monday after it."""
    first = School.objects.filter(is_demo=True).order_by("pk").select_related("county").first()
    if first is None or PublishedWeek.objects.filter(county=first.county).exists():
        return
    last = publishing.last_due(at)
    term = term_on(first, last)
    weeks = [last - n * rules.WEEK for n in reversed(range(WEEKS))]
    days = [day for day in weeks if term is None or day >= term.starts_on]
    for ends_on in days:
        publishing.publish_week(first.county, ends_on, published_at(ends_on))
    for made in SCHOOLS:
        _write(first.county, found_school(first, made.name, made.code), made, days)


def found_school(first: School, name: str, code: str) -> School:
    """Create a neighbour of the main demo school."""
    return School.objects.create(
        county=first.county,
        name=name,
        code=code,
        is_demo=True,
        sending_started_at=first.sending_started_at,
    )


def published_at(ends_on: date) -> datetime:
    hour = time(rules.PUBLISHED_FROM_HOUR)
    return timezone.make_aware(datetime.combine(ends_on + timedelta(days=1), hour))


def _write(county: County, school: School, made: Made, days: Sequence[date]) -> None:
    weeks, figures = [], []
    shown = list(zip(reversed(days), reversed(made.talked), strict=False))
    for ends_on, talked in shown:
        facts = {
            "has_counsellor": True,
            "takes_part": False,
            "sending": "goes",
            "access_confirmed": True,
        } | dict(made.about)
        week = PublishedWeek(
            county=county,
            school=school,
            ends_on=ends_on,
            published_at=published_at(ends_on),
            is_used=talked is not None,
            **facts,
        )
        weeks.append(week)
        counts = [
            Count("pupils", made.pupils),
            Count("away", made.away),
            Count("connected", int(made.away * (talked or 0)), made.away, talked is not None),
        ]
        for key, share in (USUAL | dict(made.shares)).items():
            whole = made.pupils if key in OF_PUPILS else made.away
            is_share = key in SHARES
            counts.append(Count(key, int(whole * share), whole if is_share else None))
        figures += publishing.spans(week, counts)
    PublishedWeek.objects.bulk_create(weeks)
    PublishedFigure.objects.bulk_create(figures)

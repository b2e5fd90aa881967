"""The rest of the demo county, loaded in the background while a visitor looks at the demo school.

It adds five more schools with what they published, and the earlier terms of all twelve. All of it is made up;
there is no child behind it except one for each school's slip.

It goes school by school, each in one transaction: a stopped run continues with the next school, and a second
run does nothing. The final school tells `./start` that the county is complete. The rows of existing schools
stay as they are.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from django.db import transaction
from django.db.models import Max

from core.weeks import sunday_of
from demo import set_up
from demo.county import refuse_real_children
from demo.published import OF_PUPILS, SHARES, USUAL, found_school, published_at
from figures import publishing, rules
from figures.models import PublishedFigure, PublishedWeek
from figures.weekly import Count
from runtime.demo_accounts import LAST_SCHOOL
from schools.county_calendar.queries import first_year_on, terms_of
from schools.models import County, School

WHY_QUEUE = "演示：按全县十二所学校编的数字"
GROWS = ("visits", "screened")  # grow from nothing to their share in the course of a term
IN_TERMS = (*GROWS, "calls", "overdue")  # not known between terms
SWING = 0.03  # how far a week's share of talks may be above or below the school's line
QUEUE = {
    "waiting": 23, "waiting_long": 11, "taken_running": 34, "taken_closed": 27, "taken_given_back": 12,
    "taken_back": 6,
}  # fmt: skip


@dataclass(frozen=True)
class Past:
    """One school's past. `talked`: the share of talks at the start and now; `joined`: weeks in the queue."""

    name: str
    code: str
    pupils: int
    away: int
    talked: tuple[float, float]
    shares: Mapping[str, float] = field(default_factory=dict)
    about: Mapping[str, object] = field(default_factory=dict)
    joined: int = 0


SCHOOLS = (
    Past("土门第一小学", "DEMO-LARGE", 1900, 1040, (0.83, 0.92), {"screened": 0.96, "visits": 0.9}),
    Past("大靖第二小学", "DEMO-RISES", 520, 286, (0.7, 0.93), {"with_concern": 0.07}),
    Past(
        "定宁小学", "DEMO-QUEUE", 310, 170, (0.8, 0.84), {"with_concern": 0.1, "long_concern": 0.04},
        {"has_counsellor": False}, joined=5,
    ),
    Past("海子滩小学", "DEMO-PHONES", 640, 350, (0.86, 0.78), {"reached": 0.57, "calls": 0.35}),
    Past(
        "永丰滩小学", LAST_SCHOOL, 250, 120, (0.78, 0.81), {"screened": 0.25, "visits": 0.4, "overdue": 0.3},
        {"access_confirmed": False, "sending": "quiet"},
    ),
)  # fmt: skip


def settle(at: datetime, progress: Callable[[int, int], None]) -> bool:
    """Load what is missing; return False if there is no demo, or if real schools are in its county."""
    first = School.objects.filter(is_demo=True).order_by("pk").select_related("county").first()
    if first is None or School.objects.filter(county=first.county, is_demo=False).exists():
        return False
    refuse_real_children()
    county = first.county
    weeks = PublishedWeek.objects.filter(county=county)
    last = weeks.aggregate(last=Max("ends_on"))["last"]
    if last is None:
        return False
    # This school year's terms and those of the year before, the oldest first.
    year = first_year_on(last)
    both = [terms_of(county.pk, date(first, 9, 1)) for first in (year - 1, year)]
    terms = sorted(span for one in both for span in one.values())
    *others, last_school = SCHOOLS
    steps = [
        *(partial(_past_of, one, terms) for one in _with_little_past(county, terms)),
        *(partial(_found, first, made, terms, last, at) for made in others),
        partial(_queue, county, terms),
        partial(_found, first, last_school, terms, last, at),
    ]
    for done, step in enumerate(steps, 1):
        with transaction.atomic():
            step()
        progress(done, len(steps))
    return True


Spans = Sequence[tuple[date, date]]


def _sundays(since: date, until: date) -> Iterator[date]:
    """Yield the Sundays that end a week, from the week of the first day, before the second day."""
    day = sunday_of(since)
    while day < until:
        yield day
        day += rules.WEEK


def _with_little_past(county: County, terms: Spans) -> list[School]:
    """Return schools for which `seed_demo` wrote weeks, of this term or later; new schools have no past."""
    rows = PublishedWeek.objects.filter(county=county, school__isnull=False)
    young = [
        school
        for school, ends_on, at in rows.order_by("school", "ends_on", "edition")
        .distinct("school")
        .values_list("school", "ends_on", "published_at")
        # A running server publishes at another second than noon exactly.
        if at == published_at(ends_on) and ends_on > next(_sundays(terms[0][0], ends_on), ends_on)
    ]
    new = [set_up.NEW, set_up.CODE, *(made.code for made in SCHOOLS)]
    return list(School.objects.filter(pk__in=young).exclude(code__in=new).order_by("pk"))


def _past_of(school: School, terms: Spans) -> None:
    """Write the weeks before the school's first one, with a line that leads up to it."""
    first = PublishedWeek.objects.filter(school=school).order_by("ends_on", "-edition")[0]
    spans = {
        one.key: (one.low + one.high) / 2
        for one in first.figures.all()
        if one.low is not None and one.high is not None
    }
    talked = spans.get("connected", 80) / 100
    past = Past(
        school.name,
        school.code,
        int(spans["pupils"]),
        int(spans["away"]),
        (talked - 0.08, talked),
        # What the school's own rows say of these must not seem to fall with its first week.
        {key: spans[key] / 100 for key in ("begun", "pulses") if key in spans},
        {"has_counsellor": first.has_counsellor, "takes_part": first.takes_part},
    )
    _write(school, past, terms, list(_sundays(terms[0][0], first.ends_on)))


def _found(first: School, made: Past, terms: Spans, last: date, at: datetime) -> None:
    if School.objects.filter(code=made.code).exists():
        return
    school = found_school(first, made.name, made.code)
    _write(school, made, terms, list(_sundays(terms[0][0], last + rules.WEEK)))
    set_up.staff(school, at)


def _write(school: School, past: Past, terms: Spans, days: Sequence[date]) -> None:
    random = Random(past.code)
    begin, end = past.talked
    weeks, figures = [], []
    for place, ends_on in enumerate(days):
        line = begin + (end - begin) * place / max(len(days) - 1, 1)
        talked = min(max(line + random.uniform(-SWING, SWING), 0), 1)
        facts = {
            "has_counsellor": True,
            "takes_part": len(days) - place <= past.joined,
            "sending": "goes",
            "access_confirmed": True,
        } | dict(past.about)
        week = PublishedWeek(
            county=school.county,
            school=school,
            ends_on=ends_on,
            published_at=published_at(ends_on),
            is_used=True,
            **facts,
        )
        weeks.append(week)
        figures += publishing.spans(week, _counts(past, talked, _part_of_term(terms, ends_on)))
    PublishedWeek.objects.bulk_create(weeks)
    PublishedFigure.objects.bulk_create(figures)


def _part_of_term(terms: Spans, day: date) -> float | None:
    """Return how much of a term is over on that day, or None between terms."""
    for starts_on, ends_on in terms:
        if starts_on <= day <= ends_on + timedelta(days=6):
            return min((day - starts_on) / (ends_on - starts_on), 1)
    return None


def _counts(past: Past, talked: float, part: float | None) -> Iterator[Count]:
    yield Count("pupils", past.pupils)
    yield Count("away", past.away)
    yield Count("connected", int(past.away * talked), past.away)
    for key, usual in (USUAL | dict(past.shares)).items():
        whole = past.pupils if key in OF_PUPILS else past.away
        grown = usual * (part or 0) if key in GROWS else usual
        is_known = part is not None or key not in IN_TERMS
        yield Count(key, int(whole * grown), whole if key in SHARES else None, is_known)


def _queue(county: County, terms: Spans) -> None:
    """Write the queue of the twelve schools beside the demo's own, as an edition that states its reason."""
    rows = PublishedWeek.objects.filter(county=county)
    queues = rows.filter(school=None)
    if queues.filter(why=WHY_QUEUE).exists():
        return
    editions = dict(queues.order_by().values_list("ends_on").annotate(Max("edition")))
    weeks, figures = [], []
    for ends_on in sorted(set(rows.values_list("ends_on", flat=True))):
        week = PublishedWeek(
            county=county,
            ends_on=ends_on,
            edition=editions.get(ends_on, 0) + 1,
            why=WHY_QUEUE,
            published_at=published_at(ends_on),
        )
        weeks.append(week)
        part = _part_of_term(terms, ends_on) or 0
        numbers = {key: int(n * part) if key[:5] == "taken" else n for key, n in QUEUE.items()}
        figures += publishing.spans(week, [Count(key, n) for key, n in numbers.items()])
        figures.append(PublishedFigure(week=week, key="middle_wait", unit="days", low=1, high=3))
    PublishedWeek.objects.bulk_create(weeks)
    PublishedFigure.objects.bulk_create(figures)

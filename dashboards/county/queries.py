"""The county's figures as of the start of the day; rules.py and presenters.py decide which of them to show.
The number of queries does not depend on how many schools, children or concerns there are.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.utils import timezone

from accounts.models import User
from counselling.cases.policies import left_behind
from counselling.models import Brief, Case, Engagement, PoolSchool
from dashboards.county import rules
from safeguarding.models import Concern
from schools.models import County, Post, School, Term, holds_on
from schools.roles import Permission, roles_with
from students.models import Enrolment
from students.policies import unbarred

Ending = Engagement.Ending


@dataclass(frozen=True)
class Taken:
    """Outcomes of the children accepted from the shared queue since the term began: each child once, by the
    latest time.
    """

    since: date | None
    given_back: int  # or without a counsellor: the one who had them has left
    closed: int
    back: int  # its school took it back, or a counsellor there goes on
    running: int
    middle_wait: timedelta | None  # None if no child was accepted

    @property
    def parts(self) -> tuple[int, ...]:
        return self.running, self.closed, self.given_back, self.back


@dataclass(frozen=True)
class SchoolRow:
    """`ages`: children with an open concern, by the age of the oldest (rules.AGE_DAYS). They can include
    children who have left the school, so they are not a part of `pupils`.
    """

    name: str
    has_counsellor: bool
    takes_part: bool
    pupils: int
    ages: tuple[int, ...]

    @property
    def others(self) -> int:
        """Pupils without an open concern: a reader who knows both counts knows this one."""
        return max(0, self.pupils - sum(self.ages))


@dataclass(frozen=True)
class CountyFigures:
    at: datetime
    waiting: tuple[int, ...]  # by rules.WAIT_DAYS
    taken: Taken
    schools: Sequence[SchoolRow]


def county_figures(county: County, user: User, at: datetime) -> CountyFigures:
    """Return figures as of the start of the day, so that nobody can watch a single child come or go. They
    leave out children from whose file `user` is barred: no count may tell what is kept from them.
    """
    on = timezone.localdate(at)
    began = timezone.make_aware(datetime.combine(on, time.min))
    briefs = Brief.objects.filter(
        unbarred(user, "student_id"),
        _lasts(began, "ended_at"),
        school__county=county,
        made_at__lte=began,
    )
    made = briefs.values_list("made_at", flat=True)
    return CountyFigures(
        at=began,
        waiting=rules.by_span((began - one for one in made), rules.WAIT_DAYS),
        taken=_taken(county, user, began, on),
        schools=_schools(county, user, began, on),
    )


def _lasts(at: datetime, ended: str) -> Q:
    return Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": at})


def _taken(county: County, user: User, at: datetime, on: date) -> Taken:
    # The current term, the earliest start if schools differ; in holidays the term before.
    terms = Term.objects.filter(year__school__county=county, starts_on__lte=on)
    began = terms.aggregate(
        now=Min("starts_on", filter=Q(ends_on__gte=on)), before=Max("starts_on")
    )
    since: date | None = began["now"] or began["before"]
    rows = Engagement.objects.filter(
        unbarred(user, "case__student_id"), school__county=county, from_at__lte=at
    )
    if since is not None:
        rows = rows.filter(from_at__gte=timezone.make_aware(datetime.combine(since, time.min)))
    kept_by_nobody = left_behind(Case.objects.filter(closed_at=None), at)
    rows = rows.annotate(
        is_over=Q(ended_at__isnull=False, ended_at__lte=at),
        is_left=Exists(kept_by_nobody.filter(pk=OuterRef("case"))),
    )
    last = rows.order_by("case__student", "-from_at", "-pk").distinct("case__student")
    found = list(last.values_list("ending", "is_over", "is_left", "from_at", "brief__made_at"))
    ends = Counter(
        ending if is_over else Ending.GIVEN_BACK if is_left else ""
        for ending, is_over, is_left, _from, _made in found
    )
    waits = [(from_at - made_at).total_seconds() for *_ends, from_at, made_at in found]
    return Taken(
        since=since,
        given_back=ends[Ending.GIVEN_BACK],
        closed=ends[Ending.CLOSED],
        back=ends[Ending.SCHOOL] + ends[Ending.HANDED_OVER],
        running=ends[""],
        middle_wait=timedelta(seconds=median(waits)) if waits else None,
    )


def _schools(county: County, user: User, at: datetime, on: date) -> list[SchoolRow]:
    """Return schools without a counsellor first, then by name: no ranking."""
    posts = Post.objects.filter(
        holds_on(on),
        school__county=county,
        user__is_active=True,
        role__in=roles_with(Permission.KEEP_CASES),
    )
    with_counsellor = set(posts.values_list("school", flat=True))
    members = PoolSchool.objects.filter(school__county=county, left_at=None)
    taking_part = set(members.values_list("school", flat=True))
    held = Enrolment.objects.filter(holds_on(on), school__county=county).order_by()
    counted = held.values("school").annotate(n=Count("student", distinct=True))
    pupils = dict(counted.values_list("school", "n"))
    concerns = Concern.objects.filter(
        unbarred(user, "student_id"),
        _lasts(at, "closed_at"),
        school__county=county,
        opened_at__lte=at,
    )
    oldest = concerns.order_by().values("school", "student").annotate(since=Min("opened_at"))
    ages: dict[int, list[timedelta]] = defaultdict(list)
    for school, since in oldest.values_list("school", "since"):
        ages[school].append(at - since)
    rows = [
        SchoolRow(
            name=name,
            has_counsellor=pk in with_counsellor,
            takes_part=pk in taking_part,
            pupils=pupils.get(pk, 0),
            ages=rules.by_span(ages[pk], rules.AGE_DAYS),
        )
        for pk, name in School.objects.filter(county=county).values_list("pk", "name")
    ]
    return sorted(rows, key=lambda one: (one.has_counsellor, one.name))

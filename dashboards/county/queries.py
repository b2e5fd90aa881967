"""The county's figures as they stood when the day began; what of them is shown decide rules.py and
presenters.py. The number of queries does not depend on how many schools, children or concerns there are.
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
    """What became of the children who were taken since the term began: each once, as it was taken last."""

    since: date | None
    given_back: int  # or with nobody: whoever looked after them does so no more
    closed: int
    back: int  # taken back by its school, or goes on with a counsellor there
    running: int
    middle_wait: timedelta | None  # None where nobody was taken

    @property
    def parts(self) -> tuple[int, ...]:
        return self.running, self.closed, self.given_back, self.back


@dataclass(frozen=True)
class SchoolRow:
    """`ages`: children with an open concern, by the age of the oldest (rules.AGE_DAYS). A pupil may be among
    them or not; whoever has left the school is none any more.
    """

    name: str
    has_counsellor: bool
    takes_part: bool
    pupils: int
    ages: tuple[int, ...]

    @property
    def others(self) -> int:
        """Pupils without an open concern: whoever knows both counts knows this one."""
        return max(0, self.pupils - sum(self.ages))


@dataclass(frozen=True)
class CountyFigures:
    at: datetime
    waiting: tuple[int, ...]  # by rules.WAIT_DAYS
    taken: Taken
    schools: Sequence[SchoolRow]


def county_figures(county: County, user: User, at: datetime) -> CountyFigures:
    """As they stood when the day began, so that nobody who looks again and again sees one child come or go.
    Without children from whose file `user` is barred: no count tells of what is kept from them.
    """
    on = timezone.localdate(at)
    began = timezone.make_aware(datetime.combine(on, time.min))
    return CountyFigures(
        at=began,
        waiting=_waiting(county, user, began),
        taken=_taken(county, user, began, on),
        schools=_schools(county, user, began, on),
    )


def _lasts(at: datetime, ended: str) -> Q:
    return Q(**{f"{ended}__isnull": True}) | Q(**{f"{ended}__gt": at})


def _waiting(county: County, user: User, at: datetime) -> tuple[int, ...]:
    rows = Brief.objects.filter(unbarred(user, "student_id"), school__county=county)
    made = rows.filter(_lasts(at, "ended_at"), made_at__lte=at).values_list("made_at", flat=True)
    return rules.by_span((at - one for one in made), rules.WAIT_DAYS)


def _term_began_on(county: County, on: date) -> date | None:
    """The first day of the running term, the earliest where schools differ; in holidays of the one before."""
    terms = Term.objects.filter(year__school__county=county, starts_on__lte=on)
    found = terms.aggregate(
        now=Min("starts_on", filter=Q(ends_on__gte=on)), before=Max("starts_on")
    )
    return found["now"] or found["before"]


def _taken(county: County, user: User, at: datetime, on: date) -> Taken:
    since = _term_began_on(county, on)
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
    """Those without a counsellor first; within that by name, and nobody is ranked."""
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
    ages = _ages(county, user, at)
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


def _ages(county: County, user: User, at: datetime) -> dict[int, list[timedelta]]:
    """school → for each child with an open concern, how old its oldest is."""
    rows = Concern.objects.filter(
        unbarred(user, "student_id"), _lasts(at, "closed_at"), school__county=county
    )
    rows = rows.filter(opened_at__lte=at).order_by()
    oldest = rows.values("school", "student").annotate(since=Min("opened_at"))
    found: dict[int, list[timedelta]] = defaultdict(list)
    for school, since in oldest.values_list("school", "since"):
        found[school].append(at - since)
    return found

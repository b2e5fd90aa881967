"""The county's shared queue at one moment: what waits, and what became of what was taken."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from statistics import median

from django.db.models import Exists, Max, Min, OuterRef, Q
from django.utils import timezone

from counselling.cases.policies import left_behind
from counselling.models import Brief, Case, Engagement
from schools.models import County, Term

Ending = Engagement.Ending
LONG_WAIT = timedelta(days=3)  # an orange case may wait one day (counselling.pool.rules)


@dataclass(frozen=True)
class SharedQueue:
    """The queue, and the children accepted since the term began (`running` to `back`).

    Each accepted child is counted once, by the latest acceptance.
    """

    waiting: int
    waiting_long: int
    running: int
    closed: int
    given_back: int  # or without a counsellor, because the one who had them has left
    back: int  # its school took it back, or a counsellor there continues
    middle_wait: timedelta | None  # None if no child was accepted

    @property
    def taken(self) -> int:
        return self.running + self.closed + self.given_back + self.back


def shared_queue(county: County, at: datetime, without: Sequence[int] = ()) -> SharedQueue:
    """Return the queue without these children.

    The number of queries does not depend on how many there are.
    """
    on = timezone.localdate(at)
    waiting = Brief.objects.filter(
        Q(ended_at=None) | Q(ended_at__gt=at), school__county=county, made_at__lte=at
    ).exclude(student_id__in=without)
    made = list(waiting.values_list("made_at", flat=True))
    # Since the current term began at the earliest school; in the holidays, since the previous term.
    terms = Term.objects.filter(year__school__county=county, starts_on__lte=on)
    began = terms.aggregate(
        now=Min("starts_on", filter=Q(ends_on__gte=on)), before=Max("starts_on")
    )
    since = began["now"] or began["before"]
    rows = Engagement.objects.filter(school__county=county, from_at__lte=at).exclude(
        case__student_id__in=without
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
    return SharedQueue(
        waiting=len(made),
        waiting_long=sum(at - one >= LONG_WAIT for one in made),
        running=ends[""],
        closed=ends[Ending.CLOSED],
        given_back=ends[Ending.GIVEN_BACK],
        back=ends[Ending.SCHOOL] + ends[Ending.HANDED_OVER],
        middle_wait=timedelta(seconds=median(waits)) if waits else None,
    )

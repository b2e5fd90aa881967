"""What the rules would have said in the school's own past term, week by week, before they are switched on.

A trial uses the same facts and rules as the nightly look, with limits that the school may try out. A hint of
the trial rests like a hint that was looked after. One thing about a past day is not known: whether a contact
point that works now was failing then. For weeks in which the nightly look ran with these limits, the trial
counts the hints that it wrote instead of an estimate.
"""

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from statistics import fmean
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from core.weeks import monday_of
from safeguarding.early_warning import rules
from safeguarding.early_warning.facts import facts_of
from safeguarding.models import Concern, Flag
from schools.models import School, Term

WEEKS_MOST = 22  # in a term
KEPT_SECONDS = 3600  # lifetime of a trial in the cache; facts recorded later are in the next one
WEEKS_WITHOUT_TERM = 16  # how far to look back if no term is on record


@dataclass(frozen=True)
class Week:
    """One week of a trial. `flags` counts children.

    `unknown_share` is the share of all domains of all children without data, 0 to 1.
    """

    monday: date
    children: int
    flags: int
    by_domain: dict[str, int]
    unknown_share: float
    came: int = 0  # hints that the nightly look wrote and staff could see
    is_live: bool = False  # whether `flags` counts those hints


@dataclass(frozen=True)
class Trial:
    weeks: list[Week]

    @property
    def came(self) -> int:
        return sum(one.came for one in self.weeks)

    @property
    def total(self) -> int:
        return sum(one.flags for one in self.weeks)

    @property
    def a_week(self) -> float:
        """Return the mean over the weeks about which anything was known."""
        counted = [one.flags for one in self.weeks if one.children and one.unknown_share < 1]
        return fmean(counted) if counted else 0.0

    @property
    def busiest(self) -> int:
        return max((one.flags for one in self.weeks), default=0)


def kept_trial(school: School, on: date, limits: rules.Limits = rules.USUAL) -> Trial:
    """Return trial_of, computed at most once an hour. The cache holds only counts, no child."""
    fixed = [getattr(rules, name) for name in sorted(dir(rules)) if name.isupper()]
    mark = hashlib.sha256(repr((limits, fixed)).encode()).hexdigest()[:16]
    key = f"warning-trial:{school.pk}:{on}:{mark}"
    trial = cache.get(key)
    if trial is None:
        trial = trial_of(school, on, limits)
        cache.set(key, trial, KEPT_SECONDS)
    return trial


def with_live(trial: Trial, school: School, live_from: date | None) -> Trial:
    """Return the trial together with its hints as currently recorded.

    `live_from`: the day since which the look runs with the limits being tried, or None if it does not. A week
    is live if its Monday is not earlier.
    """
    if not trial.weeks:
        return trial
    rows = Flag.objects.filter(school=school, raised_on__gte=trial.weeks[0].monday)
    by_week: dict[date, list[list[str]]] = defaultdict(list)
    for raised_on, domains in rows.values_list("raised_on", "domains"):
        by_week[monday_of(raised_on)].append(domains)
    weeks = []
    for week in trial.weeks:
        came = by_week[week.monday]
        made = replace(week, came=len(came))
        if live_from is not None and week.monday >= live_from:
            counted = Counter(domain for domains in came for domain in domains)
            of_domain = {str(name): counted[name] for name in rules.Domain}
            made = replace(made, flags=len(came), by_domain=of_domain, is_live=True)
        weeks.append(made)
    return Trial(weeks)


def trial_of(school: School, on: date, limits: rules.Limits = rules.USUAL) -> Trial:
    """Return the trial of the term that is running on `on`, or of the latest term before it.

    It takes a few queries for each week.
    """
    terms = Term.objects.filter(year__school=school, starts_on__lte=on).order_by("-starts_on")
    # A term that began less than two weeks ago shows nothing yet.
    term = terms.filter(starts_on__lte=on - timedelta(days=14)).first() or terms.first()
    first = term.starts_on if term else on - timedelta(weeks=WEEKS_WITHOUT_TERM)
    last = min(term.ends_on, on) if term else on
    settled: dict[int, rules.Last] = {}
    weeks: list[Week] = []
    monday = monday_of(first)
    while monday <= last and len(weeks) < WEEKS_MOST:
        until = min(monday + timedelta(days=6), on)
        weeks.append(_week(school, monday, until, settled, limits))
        monday += timedelta(days=7)
    return Trial(weeks)


def _week(
    school: School,
    monday: date,
    on: date,
    settled: dict[int, rules.Last],
    limits: rules.Limits,
) -> Week:
    ended_at = timezone.make_aware(datetime.combine(on, time.max), ZoneInfo(school.time_zone))
    concerns = Concern.objects.filter(
        Q(closed_at=None) | Q(closed_at__gt=ended_at), school=school, opened_at__lte=ended_at
    )
    # The nightly look skips children with an open concern.
    in_hand = set(concerns.order_by().values_list("student_id", flat=True))
    children, flags, unknown = 0, 0, 0.0
    by_domain: dict[str, int] = dict.fromkeys(rules.Domain, 0)
    for student, _school, facts in facts_of([school.pk], on):
        found = rules.judge(facts, on, limits)
        children += 1
        unknown += found.missing_share
        if student in in_hand or not found.is_raised:
            continue
        if rules.is_raised_again(found.domains, settled.get(student), on):
            settled[student] = rules.Last(tuple(found.domains), on)
            flags += 1
            for domain in found.domains:
                by_domain[domain] += 1
    return Week(monday, children, flags, by_domain, unknown / children if children else 1.0)

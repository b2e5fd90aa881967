"""What the rules would have said in the school's own past term, week by week, before they are switched on.

The same facts and the same rules as at night; a hint of the trial rests as one that was looked after. Two
things cannot be known of a past day: whether a number had failed then and works again, and open concerns.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from django.core.cache import cache

from safeguarding.early_warning import rules
from safeguarding.early_warning.facts import facts_of
from schools.models import School, Term

WEEKS_MOST = 22  # of a term
KEPT_SECONDS = 3600  # a trial; what was written down since is in the next one
WEEKS_WITHOUT_TERM = 16  # looked back where no term is on record


@dataclass(frozen=True)
class Week:
    """`flags` by child; `unknown_share` of all domains of all children, 0 to 1."""

    monday: date
    children: int
    flags: int
    by_domain: dict[str, int]
    unknown_share: float


@dataclass(frozen=True)
class Trial:
    weeks: list[Week]

    @property
    def total(self) -> int:
        return sum(one.flags for one in self.weeks)

    @property
    def a_week(self) -> float:
        """Mean over the weeks of which anything was known."""
        counted = [one.flags for one in self.weeks if one.children and one.unknown_share < 1]
        return fmean(counted) if counted else 0.0

    @property
    def busiest(self) -> int:
        return max((one.flags for one in self.weeks), default=0)


def kept_trial(school: School, on: date) -> Trial:
    """As trial_of, counted at most once an hour: it holds counts alone, no child."""
    limits = (getattr(rules, name) for name in sorted(dir(rules)) if name.isupper())
    mark = hashlib.sha256(repr(list(limits)).encode()).hexdigest()[:16]
    key = f"warning-trial:{school.pk}:{on}:{mark}"
    trial = cache.get(key)
    if trial is None:
        trial = trial_of(school, on)
        cache.set(key, trial, KEPT_SECONDS)
    return trial


def trial_of(school: School, on: date) -> Trial:
    """The term that runs on `on`, else the one before; a few queries for each of its weeks."""
    terms = Term.objects.filter(year__school=school, starts_on__lte=on).order_by("-starts_on")
    # A term of which no more than two weeks have passed shows nothing yet.
    term = terms.filter(starts_on__lte=on - timedelta(days=14)).first() or terms.first()
    first = term.starts_on if term else on - timedelta(weeks=WEEKS_WITHOUT_TERM)
    last = min(term.ends_on, on) if term else on
    settled: dict[int, rules.Last] = {}
    weeks: list[Week] = []
    monday = first - timedelta(days=first.weekday())
    while monday <= last and len(weeks) < WEEKS_MOST:
        weeks.append(_week(school, monday, min(monday + timedelta(days=6), on), settled))
        monday += timedelta(days=7)
    return Trial(weeks)


def _week(school: School, monday: date, on: date, settled: dict[int, rules.Last]) -> Week:
    children, flags, unknown = 0, 0, 0.0
    by_domain: dict[str, int] = dict.fromkeys(rules.Domain, 0)
    for student, _school, facts in facts_of([school.pk], on):
        found = rules.judge(facts, on)
        children += 1
        unknown += found.missing_share
        if found.is_raised and rules.is_raised_again(found.domains, settled.get(student), on):
            settled[student] = rules.Last(tuple(found.domains), on)
            flags += 1
            for domain in found.domains:
                by_domain[domain] += 1
    return Week(monday, children, flags, by_domain, unknown / children if children else 1.0)

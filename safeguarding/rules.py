"""The intake clock and the ladder: by when somebody must answer, and who is asked next.

Pure functions: facts and `at` in, decisions out. The clock needs no level, because nobody has set one yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from schools.duty.rules import on_duty

ROUND_THE_CLOCK = "round_the_clock"
SCHOOL_HOURS = "school_hours"

# Minutes, day or night, for the named adult to respond to a call for help, a disclosure, a child with nobody
# to look after it, or a child who asked for an adult "now". Source: the product's own intake rule
# (docs/glossary.md, "intake clock"). No law gives a figure; the Minors Protection Law (Art. 11) says "at
# once".
ROUND_THE_CLOCK_MINUTES = 15
# Minutes of school time for everything else: a lesson and a break. Source: the same rule.
SCHOOL_HOURS_MINUTES = 60
# Holidays must not hold a concern for weeks: after this many days it is due in any case.
LONGEST_WAIT_DAYS = 3
# By then the alerts of the next rungs have replaced an alert that is still unsent.
ALERT_EXPIRES_HOURS = 24

CLASS_TEACHER, COUNSELLOR, PRINCIPAL = "class_teacher", "counsellor", "principal"
# Class teacher → counsellor → safeguarding lead, who is the principal until a school names another.
LADDER = (CLASS_TEACHER, COUNSELLOR, PRINCIPAL)
# What a child may ask for instead of a role: anybody except their class teacher.
NOT_TEACHER = "not_teacher"
# Values of `asked_for` with which the class teacher sees the concern too.
WIDE = ("", CLASS_TEACHER)


class SchoolTime(Protocol):
    """A school's days and hours (schools.queries.SchoolCalendar)."""

    @property
    def opens(self) -> time: ...

    @property
    def closes(self) -> time: ...

    def is_school_day(self, on: date) -> bool: ...


@dataclass(frozen=True)
class PostFacts:
    """One post that may handle concerns about this child today."""

    user_id: int
    role: str
    is_duty: bool = False
    is_rostered: bool = False  # they are on duty at this moment
    is_near: bool = True  # false for class teachers of other classes, asked only on duty
    is_reachable: bool = True  # a phone number or e-mail address is on record


def clock_for(source: str, *, is_urgent: bool = False, wanted_when: str = "") -> str:
    """Return the clock for a concern from `source` (safeguarding.models.Concern.Source)."""
    at_once = ("family", "care_gap", "alone", "night", "survey", "report", "hurt")
    if source in at_once or is_urgent or wanted_when == "now":
        return ROUND_THE_CLOCK
    return SCHOOL_HOURS


def asked_for_by_child(whom: str, *, hurt_by: str = "") -> str:
    """Return `asked_for` for what a child told: a role of LADDER, NOT_TEACHER, or "" for any adult.

    When a grown-up hurts a child, the class teacher is told only if the child chose them: they may be the
    one.
    """
    if whom == NOT_TEACHER or (not whom and hurt_by == "adult"):
        return COUNSELLOR
    return whom


def answer_due_at(clock: str, at: datetime, school: SchoolTime, zone: ZoneInfo) -> datetime:
    """Return the deadline for taking a concern that was raised `at`.

    In school hours it counts minutes of school time, at most LONGEST_WAIT_DAYS; round the clock plain
    minutes.
    """
    if clock == ROUND_THE_CLOCK:
        return at + timedelta(minutes=ROUND_THE_CLOCK_MINUTES)
    left = timedelta(minutes=SCHOOL_HOURS_MINUTES)
    latest = at + timedelta(days=LONGEST_WAIT_DAYS)
    first = at.astimezone(zone).date()
    for offset in range(LONGEST_WAIT_DAYS + 1):
        on = first + timedelta(days=offset)
        if not school.is_school_day(on):
            continue
        begins = max(at, datetime.combine(on, school.opens, zone))
        ends = datetime.combine(on, school.closes, zone)
        if begins + left <= ends:
            return min(begins + left, latest).astimezone(at.tzinfo)
        left -= max(ends - begins, timedelta(0))
    return latest


def ladder_of(
    posts: Sequence[PostFacts],
    *,
    asked_for: str = "",
    unfit: Iterable[int] = (),
    by: int | None = None,
    first: int | None = None,
    is_report: bool = False,
    duty_first: bool = False,
) -> list[tuple[int, ...]]:
    """Return the rungs that have somebody, as tuples of user ids; the first id of each is the named adult.

    * `asked_for`: the role that the child asked for comes first, then those above it. If the concern skips
      the class teacher, being on duty does not bring it to them; a report comes to no class teacher at all.
      Class teachers get it after all only if nobody else is left.
    * `unfit`: never named, because they are blocked in this child's family.
    * `by`: raised the worry, and is not sent their own unless nobody else is there. Never sent their own
      report; the county is told then (safeguarding.reports.unattended).
    * `first`: is beside the child at that moment and is notified before all others, if they may handle it.
    * `duty_first`: in the evening the people on duty are notified before all others.

    The top rung is everybody on duty (schools.duty.rules.on_duty), then the principals. It considers only
    people still eligible: if nobody on the roster is eligible, the posts marked for duty take their place.
    """
    fit = [post for post in posts if post.user_id not in set(unfit)]
    others = [post for post in fit if post.user_id != by]
    is_there = first in {post.user_id for post in others}
    if asked_for not in WIDE:
        others, fit = _not_passed_over(others, is_report), _not_passed_over(fit, is_report)
    rungs: list[tuple[int, ...]] = [(first,)] if first is not None and is_there else []
    if duty_first and (on_watch := _unique(on_duty(others))):
        rungs.append(on_watch)
    # A child who passes over the teacher is not sent back to them.
    upwards = LADDER[LADDER.index(asked_for) :] if asked_for in LADDER else LADDER
    for role in upwards:
        near = [post for post in others if post.role == role and post.is_near]
        rung = _top(others) if role == PRINCIPAL and role != asked_for else _unique(near)
        if rung and rung not in rungs:
            rungs.append(rung)
    top = _top(others)
    if top and rungs and rungs[-1] != top:
        rungs.append(top)
    if not is_report:
        others = fit
    return rungs or ([_top(others) or _unique(others)] if others else [])


def people_on(rungs: Sequence[tuple[int, ...]], rung: int) -> tuple[int, ...]:
    """Return the people on rung `rung`; above the top rung, those of the top."""
    return rungs[min(rung, len(rungs) - 1)] if rungs else ()


def rung_of(rungs: Sequence[tuple[int, ...]], user_id: int, otherwise: int) -> int:
    """Return the rung of this person, so that the next escalation goes past it."""
    found = [number for number, people in enumerate(rungs) if user_id in people]
    return found[0] if found else otherwise


def _not_passed_over(posts: list[PostFacts], is_report: bool) -> list[PostFacts]:
    """Leave out the child's class teachers, and for a report those of other classes too.

    If nobody else is left, keep them after all.
    """
    passed_over = {post.user_id for post in posts if post.role == CLASS_TEACHER and post.is_near}
    no_teachers = [post for post in posts if post.role != CLASS_TEACHER]
    others = [
        post for post in posts if post.role != CLASS_TEACHER or post.user_id not in passed_over
    ]
    return (is_report and no_teachers) or others or posts


def _top(posts: Sequence[PostFacts]) -> tuple[int, ...]:
    return _unique([*on_duty(posts), *(post for post in posts if post.role == PRINCIPAL)])


def _unique(posts: Sequence[PostFacts]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(post.user_id for post in posts))

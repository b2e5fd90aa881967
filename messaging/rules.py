"""When, whom and how often to ask; when to try again. Facts and `at` in, decisions out.

Times of day are local to the adult who is asked.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from guardians.hours import (
    Hours,
    evening_after,
    is_quiet,
    next_allowed,
    next_evening,
    next_good_hour,
)
from schools.hours import within

# The ladder: days from one step to the next, where a school has not set its own (our own choice, by
# design review). Together six: the teacher knows before the week without a contact is over.
ASK_AGAIN_AFTER_DAYS = 2  # days; from the question to the second one
OTHER_WAY_AFTER_DAYS = 1  # days; to the question at another number or address of the same adult
OTHER_ADULT_AFTER_DAYS = 1  # days; to the question to the next adult of the family
TELL_TEACHER_AFTER_DAYS = 2  # days; from the last question to the teacher's task
VILLAGE_AFTER_DAYS = 5  # days that the task stays undone; a school week
STEP_WAIT_AT_MOST_DAYS = 7  # days; a step that waits longer than a rhythm is no step
TEACHER_KNOWS_WITHIN_DAYS = 10  # days; a week and the days until somebody is at school again
VILLAGE_VISIT_WITHIN_DAYS = 7  # days; due date of the visit that is proposed
NOT_YET_AGAIN_AFTER_DAYS = 1  # days; "not yet" is asked again the next evening
NOT_YET_ASKS_AT_MOST = 2  # questions after a "not yet"; then the teacher helps
CHECK_IN_LINK_DAYS = 10  # days; the weekly rhythm and three days for a late answer
CHECK_IN_LATE_AFTER_HOURS = 26  # hours; a day and the quiet hours' slack, then it is too late
ROUTINE_A_DAY = 3  # messages to one adult within 24 hours, however many children and classes
CAP_LOOK_AGAIN_MINUTES = 5  # minutes; where those that go before are still on their way
LINK_LATE_AFTER_MINUTES = 30  # minutes; as long as the sign-in link in it lives
SIGN_IN_LINK_MINUTES = 30  # minutes
CODE_MINUTES = 10  # minutes; long enough for a slow gateway, short enough for a phone left lying
CODE_TRIES = 5  # wrong tries; then a new code is needed: 5 of a million
SLIP_DAYS = 60  # days; from the start of a term until those who come home rarely have been
SLIP_TRIES = 5  # wrong digits of a phone number at one slip; then only the school can help
INVITATION_LINK_DAYS = 3  # days; a night shift and a day off
ALERT_LATE_AFTER_HOURS = 72  # hours; an alert is worth sending as long as the concern may be open

# Minutes; a worker looks every five seconds, a county's Sunday takes about ten.
LATE_AFTER_MINUTES = 10
# Minutes for which so many messages of one school could go and have waited; then no more of its questions are
# added to them. Few that wait are no queue, and say nothing of the others.
NO_MORE_AFTER_MINUTES = 60
NO_MORE_FROM_MESSAGES = 20
TROUBLE_LATE_MINUTES = 15  # minutes; a county's Sunday is over by then
TROUBLE_UNKNOWN_MINUTES = 30  # minutes; a report that comes by itself has come by then
TROUBLE_SILENT_SECONDS = (
    50  # seconds; one who starts, or whose Redis was emptied, is back within ten
)
TROUBLE_OVER_MINUTES = 5  # minutes without it; what comes and goes is one trouble, not twenty mails
SETTLING_UNDO_SECONDS = 60  # seconds in which "it did not arrive: send again" may be taken back
OPEN_HOURS = (time(7, 30), time(18, 0))  # Monday to Friday; pages come before messages then
DRAINS_IN_OPEN_HOURS = 1  # at once; one sends some hundreds a second

MAX_ATTEMPTS = 6  # tries; with the backoff below about an hour and a half
LAST_LOOK_UPS = (
    3  # times that a provider is asked what became of the last try; then a person settles it
)
BACKOFF_SECONDS = (15, 60, 300, 900, 3600)  # seconds before the 2nd, 3rd … try
BACKOFF_JITTER = 0.3  # share of the wait by which it is lengthened at most
RETRY_AFTER_AT_MOST_SECONDS = 6 * 3600  # seconds; a provider that names more is down for the day


def ask_at(hours: Hours, at: datetime, *, is_first: bool) -> datetime:
    """When to put a question that falls due now.

    The first one ever goes as soon as the adult's hours allow, so that a school sees the bridge work on
    its first day; later ones wait for the evening.
    """
    return next_allowed(hours, at) if is_first else next_evening(hours, at)


@dataclass(frozen=True)
class Candidate:
    """One parent away who may be asked about a child."""

    adult_id: int
    priority: int
    has_working_way: bool
    has_way: bool


def order_of_asking(candidates: Sequence[Candidate]) -> list[int]:
    """Who can be reached, in the family's order; those with a failing way only after them."""
    usable = [one for one in candidates if one.has_working_way or one.has_way]
    usable.sort(key=lambda one: (not one.has_working_way, one.priority, one.adult_id))
    return [one.adult_id for one in usable]


class Due(StrEnum):
    NOT_YET = "not_yet"
    TALKED_ALREADY = "talked_already"
    ASK = "ask"


def is_due(next_due_on: date, every_days: int, last_contact_on: date | None, today: date) -> Due:
    """Whether a plan's child is to be asked about `today` (the asked adult's local date)."""
    if next_due_on > today:
        return Due.NOT_YET
    if last_contact_on is not None and (today - last_contact_on).days < every_days:
        return Due.TALKED_ALREADY
    return Due.ASK


def next_due_on(every_days: int, from_on: date) -> date:
    """Day of the next question after one asked, or a talk, on `from_on`."""
    return from_on + timedelta(days=every_days)


class Rung(StrEnum):
    """Steps of the ladder, in their order."""

    ASK = "ask"
    ASK_AGAIN = "ask_again"
    OTHER_WAY = "other_way"
    OTHER_ADULT = "other_adult"
    TELL_TEACHER = "tell_teacher"
    VILLAGE = "village"


@dataclass(frozen=True)
class Ladder:
    """One school's ladder: days of waiting before each step, None where the step is not taken.

    The teacher's task is always taken: the ladder ends at a person.
    """

    ask_again: int | None = ASK_AGAIN_AFTER_DAYS
    other_way: int | None = OTHER_WAY_AFTER_DAYS
    other_adult: int | None = OTHER_ADULT_AFTER_DAYS
    tell_teacher: int = TELL_TEACHER_AFTER_DAYS
    village: int | None = VILLAGE_AFTER_DAYS

    def wait(self, rung: str) -> int | None:
        return getattr(self, rung)

    def after(self, rung: str) -> list[Rung]:
        """The steps that may follow `rung` by themselves, up to the teacher's task."""
        following = TO_THE_TEACHER[TO_THE_TEACHER.index(Rung(rung)) + 1 :]
        return [one for one in following if self.wait(one) is not None]

    def first_wait(self, rung: str) -> int:
        """Days from having taken `rung` to the next step."""
        return self.wait(self.after(rung)[0]) or 0

    @property
    def days_to_teacher(self) -> int:
        return sum(self.wait(one) or 0 for one in self.after(Rung.ASK))


TO_THE_TEACHER = [Rung.ASK, Rung.ASK_AGAIN, Rung.OTHER_WAY, Rung.OTHER_ADULT, Rung.TELL_TEACHER]


@dataclass(frozen=True)
class Climb:
    """What to do with a check-in whose next step is due: take `rung`, or (None) wait some days more.

    `passed_over` are steps that the school takes but that were not possible here and now.
    """

    rung: Rung | None
    passed_over: tuple[Rung, ...] = ()
    wait_days: int = 0


def climb(ladder: Ladder, last: str, possible: Collection[str]) -> Climb:
    """The step after `last`, for which the wait is over. A step that is not possible is passed over; the
    time waited for it counts, and where the following one waits longer, the rest is waited first.
    """
    waited: int | None = None
    passed: list[Rung] = []
    for rung in ladder.after(last):
        wait = ladder.wait(rung) or 0
        if waited is not None and wait > waited:
            return Climb(None, tuple(passed), wait - waited)
        waited = wait if waited is None else waited
        if rung == Rung.TELL_TEACHER or rung in possible:
            return Climb(rung, tuple(passed))
        passed.append(rung)
    return Climb(Rung.TELL_TEACHER, tuple(passed))


def steps_ahead(
    ladder: Ladder,
    hours: Hours,
    first: Climb,
    last: str,
    possible: Collection[str],
    between: tuple[datetime, datetime],
) -> Iterator[tuple[Rung, datetime]]:
    """What follows by itself up to the end of `between` while nobody answers, each with its instant; `first`
    is what is done with the check-in at its beginning.
    """
    (at, until), climb_ = between, first
    while at <= until:
        if climb_.rung is None:
            last, at = climb_.passed_over[-1], evening_after(hours, at, climb_.wait_days)
        else:
            last = climb_.rung
            if last == Rung.TELL_TEACHER:
                yield Rung.TELL_TEACHER, at
                return
            at = next_evening(hours, at)
            yield climb_.rung, at
            at = evening_after(hours, at, ladder.first_wait(last))
        climb_ = climb(ladder, last, possible)


def after_a_not_yet(not_yet_count: int) -> Rung:
    """Who says "not yet" is asked again some evenings; then the teacher helps."""
    return Rung.TELL_TEACHER if not_yet_count > NOT_YET_ASKS_AT_MOST else Rung.ASK_AGAIN


@dataclass(frozen=True)
class OtherAdult:
    """Somebody else of one child's family who may be asked, by kind of tie."""

    adult_id: int
    is_parent_away: bool
    priority: int
    works: bool = True  # a way to them


def other_adult(candidates: Iterable[OtherAdult], asked: Collection[int]) -> OtherAdult | None:
    """Another parent away before whoever is at home; each in the family's own order."""
    free = [one for one in candidates if one.adult_id not in asked]
    return min(
        free, key=lambda one: (not one.is_parent_away, one.priority, one.adult_id), default=None
    )


@dataclass(frozen=True)
class VillageFacts:
    """What is true of a child whose teacher's task stays undone."""

    opened_on: date
    today: date
    has_worker: bool
    is_put_off: bool = False
    has_open_visit: bool = False
    family_allows: bool = True
    # An adult of the family is blocked, or somebody is barred from the file: a person decides.
    is_guarded: bool = False


def wants_village_visit(ladder: Ladder, facts: VillageFacts) -> bool:
    if ladder.village is None or (facts.today - facts.opened_on).days < ladder.village:
        return False
    stopped = facts.is_put_off or facts.has_open_visit or facts.is_guarded
    return facts.has_worker and facts.family_allows and not stopped


def after_not_yet(hours: Hours, at: datetime, not_yet_count: int) -> datetime:
    """When the ladder goes on after the `not_yet_count`-th "not yet"; at once where it was the last."""
    if not_yet_count > NOT_YET_ASKS_AT_MOST:
        return at
    return evening_after(hours, at, NOT_YET_AGAIN_AFTER_DAYS)


def settled_state(answers: Iterable[str]) -> str:
    """State of a check-in whose lines hold `answers`; one child's answer stops the ladder for all."""
    given = {answer for answer in answers if answer}
    if not given:
        return "waiting"
    return "not_yet" if "not_yet" in given else "answered"


def backoff(attempt_count: int, jitter: float, retry_after: float | None = None) -> timedelta:
    """Wait after the `attempt_count`-th failed try; `jitter` in [0, 1) spreads many rows.

    Never earlier than the provider's own Retry-After.
    """
    step = BACKOFF_SECONDS[min(max(attempt_count, 1), len(BACKOFF_SECONDS)) - 1]
    wait = step * (1 + BACKOFF_JITTER * jitter)
    if retry_after is not None:
        asked = min(retry_after, RETRY_AFTER_AT_MOST_SECONDS)
        wait = max(wait, asked * (1 + BACKOFF_JITTER * jitter))
    return timedelta(seconds=wait)


def settling_undo_until(at: datetime) -> datetime:
    return at + timedelta(seconds=SETTLING_UNDO_SECONDS)


def drains_at_once(local: datetime, most: int) -> int:
    """How many drains may run; `local` on the installation's clock."""
    return min(DRAINS_IN_OPEN_HOURS, most) if are_schools_open(local) else most


def are_schools_open(local: datetime) -> bool:
    return local.weekday() < 5 and within(local.time(), *OPEN_HOURS)


@dataclass(frozen=True)
class SendFacts:
    """What is true of one claimed message just before it would be sent."""

    kind: str
    expires_at: datetime
    hours: Hours
    is_stopped: bool = False
    called_off: str = ""
    is_to_family: bool = True
    is_blocked: bool = False
    has_opted_out: bool = False
    has_legal_basis: bool = True
    is_in_touch: bool = True
    is_guardian: bool = True
    is_active_user: bool = True
    is_barred: bool = False  # a member of staff to whom the child's file is closed
    is_check_in_open: bool = True
    has_talked: bool = False
    planned_at: datetime | None = None  # when a question was to go; None of other kinds
    is_paused: bool = False  # asked not to be asked for now; of a question only
    is_capped: bool = False  # had as many messages of routine within a day as one may
    cap_ends_at: datetime | None = None
    has_way: bool = True
    no_way_cause: str = "no_way"
    ways_open_at: datetime | None = None  # where every way left rests until then


class Verdict(StrEnum):
    SEND = "send"
    WAIT = "wait"
    HOLD = "hold"
    SUPPRESS = "suppress"
    EXPIRE = "expire"
    FAIL = "fail"


# What the school sends by itself or to many: counted, and capped, for each adult.
ROUTINE = ("check_in", "notice")
# Kinds that the recipient has just asked for, or that must not wait: they ring at any hour.
ANY_HOUR = ("link", "code", "concern", "account", "received", "test")


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    cause: str = ""
    due_at: datetime | None = None


def recheck(facts: SendFacts, at: datetime) -> Decision:
    """The last look before sending. Reasons against a person come before reasons of time."""
    cause = _reason_against(facts)
    if cause:
        return Decision(Verdict.SUPPRESS, cause)
    if at >= facts.expires_at:
        return Decision(Verdict.EXPIRE, "too_late")
    if facts.is_to_family and facts.is_stopped:
        return Decision(Verdict.HOLD, "stopped")
    if facts.ways_open_at is not None:
        return Decision(Verdict.WAIT, "provider_rests", facts.ways_open_at)
    if not facts.has_way:
        return Decision(Verdict.FAIL, facts.no_way_cause)
    if facts.kind not in ANY_HOUR and _good_hour(facts, at) > at:
        cause = "quiet_hours" if is_quiet(facts.hours, at) else "good_hour"
        return Decision(Verdict.WAIT, cause, _good_hour(facts, at))
    if facts.kind in ROUTINE and facts.is_capped:
        free_at = facts.cap_ends_at or at + timedelta(minutes=CAP_LOOK_AGAIN_MINUTES)
        return Decision(Verdict.WAIT, "cap", _good_hour(facts, max(free_at, at)))
    return Decision(Verdict.SEND)


def _good_hour(facts: SendFacts, at: datetime) -> datetime:
    if facts.planned_at is None:
        return next_allowed(facts.hours, at)
    return next_good_hour(facts.hours, facts.planned_at, at)


def _reason_against(facts: SendFacts) -> str:
    if facts.called_off:
        return facts.called_off
    if not facts.is_to_family:
        if facts.is_barred:
            return "barred"
        return "" if facts.is_active_user else "account_closed"
    about_the_adult = (
        (facts.is_blocked, "blocked"),
        (facts.has_opted_out, "opted_out"),
        (not facts.has_legal_basis, "no_legal_basis"),
        (not facts.is_in_touch, "not_asked_about"),
        (not facts.is_guardian, "not_guardian"),
        (not facts.is_check_in_open, "answered"),
        (facts.has_talked, "talked_already"),
        (facts.is_paused, "own_pause"),
    )
    return next((cause for holds, cause in about_the_adult if holds), "")

"""When a message may go, when to try again, how long codes live. Facts and `at` in, decisions out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from guardians.hours import (
    Hours,
    is_quiet,
    next_allowed,
    next_good_hour,
)
from schools.hours import within

ROUTINE_A_DAY = 3  # messages to one adult within 24 hours, however many children and classes

CAP_LOOK_AGAIN_MINUTES = 5  # minutes; used while the messages before it are still on their way

SIGN_IN_LINK_MINUTES = 30  # minutes

CODE_MINUTES = 10  # minutes; long enough for a slow gateway, short enough for a phone left lying

CODE_TRIES = 5  # wrong tries; then a new code is needed: 5 of a million

SLIP_DAYS = 60  # days; from the start of a term until those who come home rarely have been

SLIP_TRIES = 5  # wrong digits of a phone number at one slip; then only the school can help

INVITATION_LINK_DAYS = 3  # days; a night shift and a day off

ALERT_LATE_AFTER_HOURS = 72  # hours; an alert is worth sending as long as the concern may be open

# Minutes; a worker looks every five seconds, a county's Sunday takes about ten.
LATE_AFTER_MINUTES = 10

# When this many messages of one school have waited this many minutes although they could go, we add no more
# of its questions. A few that wait are no queue and say nothing about the others.
NO_MORE_AFTER_MINUTES = 60

NO_MORE_FROM_MESSAGES = 20

TROUBLE_LATE_MINUTES = 15  # minutes; a county's Sunday is over by then

TROUBLE_UNKNOWN_MINUTES = 30  # minutes; a report that comes by itself has come by then

# Seconds; a process that starts, or whose Redis was emptied, is back within ten.
TROUBLE_SILENT_SECONDS = 50

TROUBLE_OVER_MINUTES = 5  # minutes without it; what comes and goes is one trouble, not twenty mails

SETTLING_UNDO_SECONDS = 60  # seconds in which "it did not arrive: send again" may be taken back

OPEN_HOURS = (time(7, 30), time(18, 0))  # Monday to Friday; pages come before messages then

DRAINS_IN_OPEN_HOURS = 1  # at once; one sends some hundreds a second

MAX_ATTEMPTS = 6  # tries; with the backoff below about an hour and a half

# Times that we ask a provider what became of the last try; then a person settles it.
LAST_LOOK_UPS = 3

BACKOFF_SECONDS = (15, 60, 300, 900, 3600)  # seconds before the 2nd, 3rd … try

BACKOFF_JITTER = 0.3  # share of the wait by which it is lengthened at most

RETRY_AFTER_AT_MOST_SECONDS = 6 * 3600  # seconds; a provider that names more is down for the day


def backoff(attempt_count: int, jitter: float, retry_after: float | None = None) -> timedelta:
    """Return the wait after the `attempt_count`-th failed try. `jitter` in [0, 1) spreads many rows.

    It never ends before the provider's own Retry-After.
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
    """Return how many drains may run; `local` is the installation's local time."""
    return min(DRAINS_IN_OPEN_HOURS, most) if are_schools_open(local) else most


def are_schools_open(local: datetime) -> bool:
    return local.weekday() < 5 and within(local.time(), *OPEN_HOURS)


@dataclass(frozen=True)
class SendFacts:
    """What is true of one claimed message just before it would go."""

    kind: str
    expires_at: datetime
    hours: Hours
    is_stopped: bool = False
    has_started: bool = True  # the school has begun to write to families
    called_off: str = ""
    is_to_family: bool = True
    is_blocked: bool = False
    has_opted_out: bool = False
    has_legal_basis: bool = True
    is_in_touch: bool = True
    is_guardian: bool = True
    is_active_user: bool = True
    is_barred: bool = False  # a member of staff to whom the child's file is closed
    planned_at: datetime | None = None  # when a question was to go; None of other kinds
    cause_of_its_own: str = ""  # why the room that queued it wants it not to go (delivery.kinds)
    is_capped: bool = False  # has had as many routine messages within a day as allowed
    is_awaited: bool = False  # somebody waits for it at this minute: no cap holds it back
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


# What the school sends by itself or to many: we cap it for each adult.
ROUTINE = ("check_in", "notice")

# What somebody of a family asks for at this moment: it goes before the school has begun to write.
ASKED_FOR = ("link", "code", "received")

# Causes that are the school's own trouble. A question that did not leave for one of them is no step of a
# family's ladder: it is asked again when the school can send.
SCHOOLS_TROUBLE = (
    "account_may_not",
    "account_refused",
    "bad_gateway_settings",
    "cost_limit",
    "key_refused",
    "no_balance",
    "no_channel",
    "no_template",
    "not_started",
    "private_address",
    "provider_rests",
    "secret_unreadable",
    "server_not_listed",
    "stopped",
    "template_refused",
)

# Cause of a message that may have gone out in the time that a restored backup does not know.
RESTORED = "restored"

# What the school decides on by itself; of anything else its sender learns at once that it cannot go.
WAITS_FOR_CHANNEL = ("check_in", "at_home", "nearby", "notice", "thread", "invite")

CHANNEL_LOOK_AGAIN_MINUTES = 10  # minutes until a message without a channel looks for one again

# Kinds that the recipient has just asked for, or that cannot wait: they go at any hour.
ANY_HOUR = ("link", "code", "concern", "nearby", "account", "received", "test")
# Of these, kinds that wait until the family is awake: a new number signs nobody in yet.
FAMILY_SLEEPS = ("account",)


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    cause: str = ""
    due_at: datetime | None = None


def recheck(facts: SendFacts, at: datetime) -> Decision:
    """Decide whether the message goes now. Reasons about the person come before reasons about time."""
    cause = reason_against(facts)
    if cause:
        return Decision(Verdict.SUPPRESS, cause)
    waits_for_channel = (
        facts.is_to_family
        and facts.kind in WAITS_FOR_CHANNEL
        and not facts.has_way
        and facts.ways_open_at is None
        and facts.no_way_cause == "no_channel"
    )
    if at >= facts.expires_at:
        rests = "provider_rests" if facts.ways_open_at is not None else "too_late"
        return Decision(Verdict.EXPIRE, "no_channel" if waits_for_channel else rests)
    if facts.is_to_family and facts.is_stopped:
        return Decision(Verdict.HOLD, "stopped")
    if facts.is_to_family and not facts.has_started and facts.kind not in ASKED_FOR:
        return Decision(Verdict.HOLD, "not_started")
    if facts.ways_open_at is not None:
        return Decision(Verdict.WAIT, "provider_rests", facts.ways_open_at)
    if waits_for_channel:
        again_at = at + timedelta(minutes=CHANNEL_LOOK_AGAIN_MINUTES)
        return Decision(Verdict.WAIT, "no_channel", again_at)
    if not facts.has_way:
        return Decision(Verdict.FAIL, facts.no_way_cause)
    may_ring_now = facts.kind in ANY_HOUR and not (
        facts.is_to_family and facts.kind in FAMILY_SLEEPS
    )
    if not may_ring_now and _good_hour(facts, at) > at:
        cause = "quiet_hours" if is_quiet(facts.hours, at) else "good_hour"
        return Decision(Verdict.WAIT, cause, _good_hour(facts, at))
    if facts.kind in ROUTINE and facts.is_capped and not facts.is_awaited:
        free_at = facts.cap_ends_at or at + timedelta(minutes=CAP_LOOK_AGAIN_MINUTES)
        return Decision(Verdict.WAIT, "cap", _good_hour(facts, max(free_at, at)))
    return Decision(Verdict.SEND)


def _good_hour(facts: SendFacts, at: datetime) -> datetime:
    if facts.planned_at is None:
        return next_allowed(facts.hours, at)
    return next_good_hour(facts.hours, facts.planned_at, at)


def reason_against(facts: SendFacts) -> str:
    """Return why it must not go to this person at all, "" where nothing speaks against it."""
    if facts.called_off:
        return facts.called_off
    if not facts.is_to_family:
        if facts.is_barred:
            return "barred"
        return facts.cause_of_its_own if facts.is_active_user else "account_closed"
    about_the_adult = (
        (facts.is_blocked, "blocked"),
        (facts.has_opted_out, "opted_out"),
        (not facts.has_legal_basis, "no_legal_basis"),
        (not facts.is_in_touch, "not_asked_about"),
        (not facts.is_guardian, "not_guardian"),
    )
    against = next((cause for holds, cause in about_the_adult if holds), "")
    return against or facts.cause_of_its_own


class Silence(StrEnum):
    """What may be said of an adult from whom no answer has come: nobody is blamed for what never arrived."""

    NOT_ANSWERED = "not_answered"  # a message is known or likely to have arrived
    NOTHING_ARRIVED = "nothing_arrived"  # none did, or nobody knows: the number may be wrong
    ON_ITS_WAY = "on_its_way"
    WANTS_NONE = "wants_none"  # wants no messages
    NOT_SENT = "not_sent"  # the school could not send, or may not


@dataclass(frozen=True)
class Sent:
    """What became of one message to an adult, by `OutboxMessage.State`, and what is known of its address."""

    state: str
    cause: str = ""
    is_disputed: bool = False  # "this is not me" was tapped there
    is_failing: bool = False  # later messages to the address fail


def is_likely_there(sent: Sent) -> bool:
    """A receipt says so, or the provider took it and nothing speaks against the address. `unknown` is no
    likely: the line was cut off while it went.
    """
    if sent.is_disputed:
        return False
    return sent.state == "delivered" or (sent.state == "accepted" and not sent.is_failing)


UNDER_WAY = ("due", "retry", "claimed")  # states of a message that may still leave


def silence_after(messages: Collection[Sent]) -> Silence:
    """Return what holds of an adult after these messages, where no answer came."""
    if any(is_likely_there(one) for one in messages):
        return Silence.NOT_ANSWERED
    if any(one.state in UNDER_WAY for one in messages):
        return Silence.ON_ITS_WAY
    if not messages or any(_was_tried_in_vain(one) for one in messages):
        return Silence.NOTHING_ARRIVED
    if any(one.cause == "opted_out" for one in messages):
        return Silence.WANTS_NONE
    return Silence.NOT_SENT


def _was_tried_in_vain(sent: Sent) -> bool:
    """It went or found no way, which speaks against the number; what expired or was called off never went."""
    return sent.state not in ("expired", "suppressed") and sent.cause not in SCHOOLS_TROUBLE

"""Rules for when a message may be sent, when to try again and how long codes are valid.

They take facts and `at`, and return decisions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from core.weeks import SATURDAY
from guardians.hours import (
    Hours,
    is_quiet,
    next_allowed,
    next_good_hour,
)
from schools.hours import within

ROUTINE_A_DAY = 3  # messages to one adult within 24 hours, however many children and classes

CAP_LOOK_AGAIN_MINUTES = 5  # minutes; used while earlier messages are still on their way

SIGN_IN_LINK_MINUTES = 30  # minutes

# minutes; long enough for a slow gateway, short enough in case the phone is left lying around
CODE_MINUTES = 10

CODE_ATTEMPTS = 5  # wrong tries; then a new code is needed: 5 of a million

SLIP_DAYS = 60  # days; from the start of term until even those who rarely come home have been there

SLIP_ATTEMPTS = 5  # wrong digits of a phone number on one slip; then only the school can help

INVITATION_LINK_DAYS = 3  # days; a night shift plus a day off

ALERT_LATE_AFTER_HOURS = 72  # hours; an alert is worth sending while the concern may still be open

# Minutes. A worker looks every five seconds; a county's Sunday takes about ten minutes.
LATE_AFTER_MINUTES = 10

# If this many messages of one school have waited for this many minutes although they could be sent, we add no
# more of its questions. A few waiting messages are no queue and say nothing about the others.
NO_MORE_AFTER_MINUTES = 60

NO_MORE_FROM_MESSAGES = 20

TROUBLE_LATE_MINUTES = 15  # minutes; by then a county's Sunday is over

TROUBLE_UNKNOWN_MINUTES = 30  # minutes; by then a report that arrives without asking has arrived

# Seconds. A process that is starting, or whose Redis was emptied, is back within ten.
TROUBLE_SILENT_SECONDS = 50

# minutes without it; what comes and goes counts as one trouble, not as twenty mails
TROUBLE_OVER_MINUTES = 5

SETTLING_UNDO_SECONDS = 60  # seconds in which "it did not arrive: send again" may be undone

# Monday to Friday; in these hours pages come before messages
OPEN_HOURS = (time(7, 30), time(18, 0))

DRAINS_IN_OPEN_HOURS = 1  # at once; one drain sends some hundreds of messages a second

MAX_ATTEMPTS = 6  # tries; with the backoff below, about an hour and a half

# How often we ask a provider for the outcome of the last try. Then a person settles it.
LAST_LOOK_UPS = 3

BACKOFF_SECONDS = (15, 60, 300, 900, 3600)  # seconds before the 2nd, 3rd … try

BACKOFF_JITTER = 0.3  # the wait is lengthened by at most this share

RETRY_AFTER_AT_MOST_SECONDS = 6 * 3600  # seconds; a provider that names more is down for the day


def backoff(attempt_count: int, jitter: float, retry_after: float | None = None) -> timedelta:
    """Return the wait after the `attempt_count`-th failed try. `jitter` in [0, 1) spreads many rows.

    It is never shorter than the provider's own Retry-After.
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
    return local.weekday() < SATURDAY and within(local.time(), *OPEN_HOURS)


@dataclass(frozen=True)
class SendFacts:
    """The facts about one claimed message just before it would be sent."""

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
    planned_at: datetime | None = None  # when a question was meant to be sent; None for other kinds
    # why the package that queued it does not want it sent (delivery.kinds)
    cause_of_its_own: str = ""
    is_capped: bool = False  # has already had the allowed number of routine messages within a day
    is_awaited: bool = False  # somebody is waiting for it right now: no cap holds it back
    cap_ends_at: datetime | None = None
    has_way: bool = True
    no_way_cause: str = "no_way"
    ways_open_at: datetime | None = None  # set if all remaining ways rest until then


class Verdict(StrEnum):
    SEND = "send"
    WAIT = "wait"
    HOLD = "hold"
    SUPPRESS = "suppress"
    EXPIRE = "expire"
    FAIL = "fail"


# What the school sends automatically or to many. It is capped for each adult.
ROUTINE = ("check_in", "notice")

# What a family member asks for at this moment. It is sent even before the school has begun to write.
ASKED_FOR = ("link", "code", "received")

# Causes that are the school's own problem. A question that was not sent for one of them does not count as a
# step of a family's ladder: it is asked again when the school can send.
SCHOOLS_TROUBLE = (
    "account_may_not",
    "account_refused",
    "bad_gateway_settings",
    "cost_limit",
    "key_refused",
    "mail_refused",
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

# Cause of a message that may have been sent in the period that a restored backup does not know.
RESTORED = "restored"

# What the school decides on without anybody waiting. For anything else, the sender sees at once that it
# cannot be sent.
WAITS_FOR_CHANNEL = ("check_in", "at_home", "nearby", "notice", "thread", "invite")

CHANNEL_LOOK_AGAIN_MINUTES = 10  # minutes until a message without a channel looks for one again

# Kinds that the recipient has just asked for, or that cannot wait: they are sent at any hour.
ANY_HOUR = ("link", "code", "concern", "nearby", "account", "received", "test")
# Of these, kinds that wait until the family is awake: a new number does not let anybody sign in yet.
FAMILY_SLEEPS = ("account",)


@dataclass(frozen=True)
class Decision:
    verdict: Verdict
    cause: str = ""
    due_at: datetime | None = None


def recheck(facts: SendFacts, at: datetime) -> Decision:
    """Decide whether the message is sent now. Reasons about the person come before reasons about time."""
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
    """Return why it must not be sent to this person at all, "" if nothing speaks against it."""
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
    """The possible statements about an adult who has not answered. Nobody is blamed for a message that never
    arrived.
    """

    NOT_ANSWERED = "not_answered"  # a message has arrived or probably has
    NOTHING_ARRIVED = "nothing_arrived"  # none arrived, or nobody knows: the number may be wrong
    ON_ITS_WAY = "on_its_way"
    WANTS_NONE = "wants_none"  # wants no messages
    NOT_SENT = "not_sent"  # the school could not send, or was not allowed to


@dataclass(frozen=True)
class Sent:
    """The outcome of one message to an adult (`OutboxMessage.State`), and what we know about its address."""

    state: str
    cause: str = ""
    is_disputed: bool = False  # somebody there tapped "this is not me"
    is_failing: bool = False  # later messages to the address fail


def is_likely_there(sent: Sent) -> bool:
    """Return whether a receipt says that it arrived, or the provider took it and nothing speaks against the
    address.

    `unknown` is not likely enough: the connection was cut while it was being sent.
    """
    if sent.is_disputed:
        return False
    return sent.state == "delivered" or (sent.state == "accepted" and not sent.is_failing)


UNDER_WAY = ("due", "retry", "claimed")  # states of a message that may still be sent


def silence_after(messages: Collection[Sent]) -> Silence:
    """Return what we may say of an adult after these messages if no answer came."""
    if any(is_likely_there(one) for one in messages):
        return Silence.NOT_ANSWERED
    if any(one.state in UNDER_WAY for one in messages):
        return Silence.ON_ITS_WAY
    # Sent, or without a way, speaks against the number. What expired or was cancelled was never sent.
    if not messages or any(
        one.state not in ("expired", "suppressed") and one.cause not in SCHOOLS_TROUBLE
        for one in messages
    ):
        return Silence.NOTHING_ARRIVED
    if any(one.cause == "opted_out" for one in messages):
        return Silence.WANTS_NONE
    return Silence.NOT_SENT

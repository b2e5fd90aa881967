"""How a referral moves, and what must be there first.

Pure: facts in, decisions out. What another place decided is written down by a person: nothing moves alone.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DRAFT, SENT, ACCEPTED = "draft", "sent", "accepted"
REJECTED, DONE, REVOKED = "rejected", "done", "revoked"
OUT, IN = "out", "in"
BY_FAMILY = "family"  # the family carries the letter
ONLINE = "online"  # to the counsellors of a school that has an account on this server

# A place may answer and finish in one letter, so what was handed over can be done at once.
MOVES: dict[str, tuple[str, ...]] = {
    DRAFT: (SENT, REVOKED),
    SENT: (ACCEPTED, REJECTED, DONE, REVOKED),
    ACCEPTED: (DONE, REVOKED),
    REJECTED: (),
    DONE: (),
    REVOKED: (),
}
WAITING = (SENT, ACCEPTED)  # somebody's word is awaited
# The sending school may only take back a letter that went online; the receiving school does the rest.
MOVES_BY_SENDER = {SENT: (REVOKED,), ACCEPTED: (REVOKED,)}
MOVES_BY_RECEIVER = {SENT: (ACCEPTED, REJECTED), ACCEPTED: (DONE,)}

# Days after which the owner is asked what became of a referral that was accepted, where no other day was
# given; and for which an answer can be waited for at most. Source: the product's own rule.
LOOK_AGAIN_DAYS = 28
LONGEST_WAIT_DAYS = 180
# School days of the receiving school after which we tell the sender that nobody has answered what went
# online, and days after which we do so at the latest, over a holiday. Source: the product's own rule.
ANSWER_SCHOOL_DAYS = 3
ANSWER_LONGEST_DAYS = 10


class Missing(StrEnum):
    """Reasons that block a move."""

    NOT_FROM_HERE = "not_from_here"
    PLACE = "place"
    ASKS = "asks"
    PERMISSION = "permission"
    PERMISSION_OVER = "permission_over"
    GROUND_WORDS = "ground_words"
    DUE = "due"
    NOT_BY_FAMILY = "not_by_family"
    OTHERS_WORDS = "others_words"
    OTHER_WAY = "other_way"


@dataclass(frozen=True)
class ReferralFacts:
    """Of one referral on a day. `is_consent_valid`: whoever agreed may still decide for the child."""

    state: str
    on: date
    has_place: bool = False  # on the school's list today
    has_asks: bool = False
    has_consent: bool = False
    is_consent_valid: bool = False
    ground: str = ""
    has_ground_words: bool = False
    due_on: date | None = None
    waits_for_us: bool = False  # came to the school, and nobody has taken it up
    # Whether the letter includes information from people other than the adult who agreed.
    holds_others_words: bool = False
    handed: str = ""  # how it went or is to go there, as far as that is known
    # Whether a counsellor of the place, a school with an account here, may receive it today.
    has_receiver: bool = False


def missing(facts: ReferralFacts, to: str) -> tuple[Missing, ...]:
    """What is missing before the referral may move to `to`; empty where it may. What has been handed over
    needs its place no longer: a place that was taken off the list breaks nothing. What came to the school is
    refused here, or taken up with its case (referral_actions.take_up).
    """
    is_online = facts.handed == ONLINE and facts.state != DRAFT
    moves = MOVES_BY_SENDER.get(facts.state, ()) if is_online else MOVES[facts.state]
    if to not in moves or (facts.waits_for_us and to != REJECTED):
        return (Missing.NOT_FROM_HERE,)
    if to != SENT:
        return ()
    guards = {
        Missing.PLACE: facts.has_place,
        Missing.ASKS: facts.has_asks,
        Missing.DUE: facts.due_on is not None and facts.due_on > facts.on,
        # Whom it is about may sit at home: what goes without their consent goes not through their hands.
        Missing.NOT_BY_FAMILY: not (facts.ground and facts.handed == BY_FAMILY),
        # What staff saw at a visit, or a child or neighbour said, should not be read at the kitchen table.
        Missing.OTHERS_WORDS: not (facts.holds_others_words and facts.handed == BY_FAMILY),
        Missing.OTHER_WAY: not facts.handed or (facts.handed == ONLINE) == facts.has_receiver,
    }
    return (*(reason for reason, holds in guards.items() if not holds), *_permission(facts))


def _permission(facts: ReferralFacts) -> tuple[Missing, ...]:
    """Consent that still holds, or a legal ground with words that say why it applies."""
    if facts.ground:
        return () if facts.has_ground_words else (Missing.GROUND_WORDS,)
    if not facts.has_consent:
        return (Missing.PERMISSION,)
    return () if facts.is_consent_valid else (Missing.PERMISSION_OVER,)


def is_due(state: str, due_on: date | None, on: date) -> bool:
    """Whether its owner is asked to ask after it."""
    return state in WAITING and due_on is not None and due_on <= on

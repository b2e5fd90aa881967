"""How a referral moves, and what must be there first.

Pure: facts in, decisions out. A person records what another place decided; nothing moves by itself.
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
WAITING = (SENT, ACCEPTED)  # states in which somebody still has to answer
ANSWERED = (REJECTED, DONE)
# The sending school may only take back a letter that went online; the receiving school does the rest.
MOVES_BY_SENDER = {SENT: (REVOKED,), ACCEPTED: (REVOKED,)}
MOVES_BY_RECEIVER = {SENT: (ACCEPTED, REJECTED), ACCEPTED: (DONE,)}

# Days after which the owner is reminded to ask about an accepted referral if no other day was set, and the
# longest time to wait for an answer. Source: the product's own rule.
LOOK_AGAIN_DAYS = 28
LONGEST_WAIT_DAYS = 180
# School days of the receiving school after which we tell the sender that nobody has answered an online
# letter, and the latest day for it if there is a holiday. Source: the product's own rule.
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
    """Facts about one referral on a day.

    `is_consent_valid`: the person who agreed may still decide for the child.
    """

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
    handed: str = ""  # how it was or will be delivered, as far as known
    # Whether a counsellor at the place, a school with an account here, may receive it today.
    has_receiver: bool = False


def missing(facts: ReferralFacts, to: str) -> tuple[Missing, ...]:
    """Return what is missing before the referral may move to `to`; empty if it may.

    After handing over, the place is no longer needed on the list, so removing it breaks nothing. A letter to
    the school is declined here, or taken up with its case (counselling.referrals.actions.take_up).
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
        # The person it is about may live in the child's home: a letter without their consent must not go
        # through their hands.
        Missing.NOT_BY_FAMILY: not (facts.ground and facts.handed == BY_FAMILY),
        # What staff saw at a visit, or what a child or neighbour said, must not be read at the kitchen
        # table.
        Missing.OTHERS_WORDS: not (facts.holds_others_words and facts.handed == BY_FAMILY),
        Missing.OTHER_WAY: not facts.handed or (facts.handed == ONLINE) == facts.has_receiver,
    }
    # Consent that is still valid, or a legal ground with a reason.
    permission: tuple[Missing, ...]
    if facts.ground:
        permission = () if facts.has_ground_words else (Missing.GROUND_WORDS,)
    elif not facts.has_consent:
        permission = (Missing.PERMISSION,)
    else:
        permission = () if facts.is_consent_valid else (Missing.PERMISSION_OVER,)
    return (*(reason for reason, holds in guards.items() if not holds), *permission)


def is_due(state: str, due_on: date | None, on: date) -> bool:
    """Return whether the owner should be reminded to ask about it."""
    return state in WAITING and due_on is not None and due_on <= on

"""Nobody is said to be silent to whom nothing came."""

import pytest

from delivery.models import OutboxMessage
from delivery.rules import SCHOOLS_TROUBLE, Sent, Silence, silence_after

CASES = [
    ([Sent("delivered")], Silence.NOT_ANSWERED),
    ([Sent("accepted")], Silence.NOT_ANSWERED),  # most SMS have no receipt
    ([Sent("accepted", is_failing=True)], Silence.NOTHING_ARRIVED),
    ([Sent("delivered", is_failing=True)], Silence.NOT_ANSWERED),  # it arrived before that
    ([Sent("delivered", is_disputed=True)], Silence.NOTHING_ARRIVED),  # somebody else read it
    ([Sent("accepted", is_disputed=True)], Silence.NOTHING_ARRIVED),
    ([Sent("unknown", "lost_reply")], Silence.NOTHING_ARRIVED),
    ([Sent("failed", "no_such_number")], Silence.NOTHING_ARRIVED),
    ([Sent("failed", "no_way")], Silence.NOTHING_ARRIVED),
    ([], Silence.NOTHING_ARRIVED),
    ([Sent("failed", "no_channel")], Silence.NOT_SENT),
    ([Sent("expired", "no_channel")], Silence.NOT_SENT),
    ([Sent("expired", "too_late")], Silence.NOT_SENT),
    ([Sent("suppressed", "no_legal_basis")], Silence.NOT_SENT),
    ([Sent("suppressed", "opted_out")], Silence.WANTS_NONE),
    ([Sent("due")], Silence.ON_ITS_WAY),
    ([Sent("retry", "timeout")], Silence.ON_ITS_WAY),
    ([Sent("claimed")], Silence.ON_ITS_WAY),
    ([Sent("failed", "no_such_number"), Sent("delivered")], Silence.NOT_ANSWERED),
    ([Sent("failed", "no_such_number"), Sent("due")], Silence.ON_ITS_WAY),
    ([Sent("failed", "no_such_number"), Sent("suppressed", "opted_out")], Silence.NOTHING_ARRIVED),
    ([Sent("failed", "no_channel"), Sent("failed", "no_such_number")], Silence.NOTHING_ARRIVED),
]


@pytest.mark.parametrize(("messages", "said"), CASES)
def test_what_may_be_said(messages, said):
    assert silence_after(messages) == said
    assert silence_after(list(reversed(messages))) == said


def test_every_state_of_a_message_is_tried():
    assert {one.state for messages, _said in CASES for one in messages} == set(
        OutboxMessage.State.values
    )


@pytest.mark.parametrize("state", ["failed", "expired"])
@pytest.mark.parametrize("cause", SCHOOLS_TROUBLE)
def test_the_school_s_own_trouble_is_nobody_s_number(state, cause):
    assert silence_after([Sent(state, cause)]) == Silence.NOT_SENT

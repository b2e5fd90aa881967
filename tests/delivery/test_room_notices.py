"""Notices that rooms queue: once per key, in the reader's language, unsent where they no longer hold.

Calls stand for every room; what each of them has to tell, its own tests say.
"""

from datetime import timedelta
from uuid import uuid4

import pytest

from calls import actions as call_actions
from calls import messages
from calls.models import CallSlot
from delivery import dispatch
from delivery.actions import queue_notices, room_notice
from delivery.channels.base import Report
from delivery.dispatch import receipts
from delivery.models import OutboxMessage
from tests.factories.calls import make_phone, make_slot

FAMILY = CallSlot.BookedBy.FAMILY


@pytest.fixture
def slot(cast, at) -> CallSlot:
    """A call of 徐梦瑶 and her mother in forty minutes, booked three days ago."""
    return make_slot(
        make_phone(cast.school),
        cast.students["mengyao"],
        cast.adults["mother"],
        at + timedelta(minutes=40),
    )


@pytest.fixture
def reminded(slot, sms, at) -> CallSlot:
    assert messages.queue_reminders(at=at) >= 1
    return slot


def row(slot: CallSlot, which: str = "soon") -> OutboxMessage:
    return OutboxMessage.objects.get(dedupe_key=f"notice:call:{slot.pk}:{which}")


def test_queued_twice_it_goes_out_once(reminded, gateway, at, cast):
    dispatch.drain()
    count = len(gateway.taken)
    assert messages.queue_reminders(at=at) == 0
    dispatch.drain()
    assert len(gateway.taken) == count
    assert row(reminded).state == "accepted"


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh-hans", "您和孩子约好的通话快到了"), ("en", "Your call with your child is soon.")],
)
def test_it_speaks_the_language_that_the_adult_has_at_sending(
    cast, reminded, gateway, language, words
):
    cast.adults["mother"].language = language
    cast.adults["mother"].save()
    dispatch.drain()
    [text] = [one.text for one in gateway.taken if words in one.text]
    assert "/f/" in text
    assert "梦瑶" not in text


def test_a_call_that_was_called_off_never_rings(reminded, gateway, at):
    call_actions.cancel(slot_id=reminded.pk, cancelled_by=FAMILY, at=at)
    dispatch.drain()
    assert (row(reminded).state, row(reminded).cause) == ("suppressed", "no_longer_due")
    assert not [one for one in gateway.taken if "快到了" in one.text]


def test_called_off_by_mistake_it_is_due_again_and_rings_once(reminded, gateway, at, cast):
    call_actions.cancel(slot_id=reminded.pk, cancelled_by=FAMILY, at=at)
    dispatch.drain()
    call_actions.mark(slot_id=reminded.pk, state="booked", by=cast.users["teacher"], at=at)
    for _time in range(2):
        messages.queue_reminders(at=at)
        dispatch.drain()
    assert len([one for one in gateway.taken if "快到了" in one.text]) == 1
    assert row(reminded).state == "accepted"


def test_what_went_out_is_not_due_again_whatever_is_decided(reminded, gateway, at):
    dispatch.drain()
    count = len(gateway.taken)
    soon = row(reminded)
    again = room_notice(
        about="call", about_id=reminded.pk, which="soon", key=f"call:{reminded.pk}:soon",
        school_id=soon.school_id, adult_id=soon.adult_id, words="x", path="/f/", due_at=at,
        expires_at=at + timedelta(days=1),
    )  # fmt: skip
    assert queue_notices([again]) == 0
    dispatch.drain()
    assert len(gateway.taken) == count


@pytest.mark.parametrize("state", ["failed", "expired", "unknown", "delivered", "suppressed"])
def test_only_what_was_called_off_untried_is_due_again(reminded, at, state):
    """A reason against the person, or a try whose end nobody knows, stays what it is."""
    OutboxMessage.objects.filter(pk=row(reminded).pk).update(state=state, cause="blocked")
    messages.queue_reminders(at=at)
    assert (row(reminded).state, row(reminded).cause) == (state, "blocked")
    tried = {"state": "suppressed", "cause": "no_longer_due", "attempt_count": 1}
    OutboxMessage.objects.filter(pk=row(reminded).pk).update(**tried)
    messages.queue_reminders(at=at)
    assert row(reminded).state == "suppressed"


@pytest.mark.parametrize("loss", ["blocked", "guardianship", "opted_out"])
def test_who_may_no_longer_hear_of_the_child_receives_nothing(cast, reminded, gateway, at, loss):
    mother = cast.adults["mother"]
    if loss == "blocked":
        mother.blocked_at, mother.blocked_reason = at, "法院保护令"
        mother.blocked_by = cast.users["principal"]
        mother.save()
    elif loss == "opted_out":
        mother.opted_out_at = at
        mother.save()
    else:
        # Still a mother to the brother, no longer to this child.
        mother.guardianships.filter(student=cast.students["mengyao"]).delete()
    dispatch.drain()
    assert not [one for one in gateway.taken if "快到了" in one.text]
    causes = {"blocked": "blocked", "guardianship": "not_guardian", "opted_out": "opted_out"}
    assert row(reminded).cause == causes[loss]


@pytest.mark.parametrize(("begun", "state"), [(False, "due"), (True, "claimed")])
def test_decided_again_while_a_worker_holds_it(reminded, at, begun, state):
    """The worker may just have read that it does not hold. What it began to send, it sends."""
    held = {"state": "claimed", "lease_owner": uuid4(), "lease_until": at + timedelta(minutes=1)}
    OutboxMessage.objects.filter(pk=row(reminded).pk).update(
        **held, sending_at=at if begun else None
    )
    messages.queue_reminders(at=at)
    assert row(reminded).state == state
    assert (row(reminded).lease_owner is None) == (not begun)


def test_a_notice_of_a_row_that_is_gone_does_not_go(reminded, gateway):
    CallSlot.objects.all().delete()
    dispatch.drain()
    assert gateway.taken == []


def test_a_notice_about_what_no_room_answers_for_does_not_go(reminded, gateway):
    soon = row(reminded)
    soon.payload["about"] = "nothing_that_is_known"
    soon.save()
    dispatch.drain()
    assert row(reminded).cause == "no_longer_due"


def test_by_another_way_it_still_goes_only_while_it_holds(cast, reminded, gateway, at):
    """The network refused it later; the successor is asked about, too."""
    dispatch.drain()
    soon = row(reminded)
    report = Report("failed", key=str(soon.idempotency_key), cause="no_such_number")
    receipts.take_reports(account=soon.account, reports=[report], at=at)
    call_actions.cancel(slot_id=reminded.pk, cancelled_by=FAMILY, at=at)
    dispatch.drain()
    assert len([one for one in gateway.taken if "快到了" in one.text]) == 1
    successor = OutboxMessage.objects.get(dedupe_key=f"{soon.dedupe_key}~2")
    assert successor.cause == "no_longer_due"

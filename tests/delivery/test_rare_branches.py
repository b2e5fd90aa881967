"""Branches of sending that a school meets once in a year: each has one test that meets it at once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from core import clock
from delivery import dispatch
from delivery.channels.base import PermanentFailure, Receipt, Report
from delivery.channels.registry import CHANNELS
from delivery.dispatch.claims import claim
from delivery.dispatch.facts import read_facts
from delivery.dispatch.outcomes import Outcome, record
from delivery.dispatch.receipts import take_reports
from delivery.models import Attempt, ChannelAccount, OutboxMessage
from messaging import actions
from messaging.models import CheckInLine, CheckInPlan

State = OutboxMessage.State
TIMEOUT = 2  # seconds


@pytest.fixture
def asked(cast, sms, at):
    """Two adults of the cast's school are to be asked by SMS."""
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    OutboxMessage.objects.exclude(school=cast.school).delete()
    return OutboxMessage.objects.get(adult=cast.adults["mother"])


# --- The fence: on a clock that moves by one request's time, nothing sleeps --------------------------


@pytest.mark.parametrize(
    ("limits", "one_takes", "are_sent"),
    [
        # Of a lease of ten seconds two time-outs are the fence: after six nothing more begins.
        (dispatch.Limits(lease_seconds=10, stale_after_seconds=1000, task_seconds=1), 6.0, 2),
        (dispatch.Limits(lease_seconds=10, stale_after_seconds=1000, task_seconds=1), 6.1, 1),
        # A short lease grows to three time-outs, one of which is there to begin in.
        (dispatch.Limits(lease_seconds=1, stale_after_seconds=1000, task_seconds=1), 2.0, 2),
        (dispatch.Limits(lease_seconds=1, stale_after_seconds=1000, task_seconds=1), 2.1, 1),
        # However long the lease, facts that are too old are read again.
        (dispatch.Limits(lease_seconds=1000, stale_after_seconds=6, task_seconds=1), 6.0, 2),
        (dispatch.Limits(lease_seconds=1000, stale_after_seconds=6, task_seconds=1), 6.1, 1),
    ],
)
def test_no_request_begins_that_could_outlive_its_lease(
    asked, sms, gateway, monkeypatch, limits, one_takes, are_sent
):
    monkeypatch.setattr(CHANNELS["sms"], "PARALLEL", 1)  # one after the other
    sms.config |= {"timeout_seconds": TIMEOUT}
    sms.save()
    dispatch.drain(limits, seconds=lambda: one_takes * gateway.requests)
    assert gateway.requests == are_sent
    left = OutboxMessage.objects.exclude(state=State.ACCEPTED)
    # The rest is due at once, for any worker, and surely not sent.
    assert list(left.values_list("state", "sending_at", "lease_owner", "attempt_count")) == [
        (State.DUE, None, None, 0)
    ] * (2 - are_sent)
    dispatch.drain()
    assert sorted(gateway.sent().values()) == [1, 1]


def test_a_single_message_goes_however_old_its_facts_are(asked, sms, gateway):
    OutboxMessage.objects.exclude(pk=asked.pk).delete()
    ticks = iter(range(0, 10_000, 100))
    limits = dispatch.Limits(lease_seconds=1000, stale_after_seconds=1, task_seconds=250)
    dispatch.drain(limits, seconds=lambda: next(ticks))
    asked.refresh_from_db()
    assert asked.state == State.ACCEPTED


# --- A worker that answers after its lease was taken away ---------------------------------------------


@pytest.fixture
def overtaken(asked, sms, gateway, at):
    """(worker, its row and way, the message): the request was still running when the lease ended, and the
    provider cannot be asked.
    """
    sms.config = gateway.config(look_up_url="")
    sms.save()
    OutboxMessage.objects.exclude(pk=asked.pk).delete()
    worker = uuid4()
    claim(worker, 100, 60)
    row = read_facts([asked.pk], at)[0]
    OutboxMessage.objects.filter(pk=asked.pk).update(
        sending_at=at, channel="sms", account=sms, lease_until=at - timedelta(seconds=1)
    )
    dispatch.rescue()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == (State.UNKNOWN, "worker_died")
    return worker, row, row.ways[0], asked


def tries_of(message: OutboxMessage) -> list[str]:
    return list(message.attempts.order_by("pk").values_list("result", flat=True))


def test_a_late_acceptance_says_what_became_of_an_unknown_row(overtaken, gateway, at):
    worker, row, way, message = overtaken
    taken = Outcome(row, way, Attempt.Result.ACCEPTED, Receipt(reference="R-1"))
    record(worker, [taken], at)
    message.refresh_from_db()
    assert (message.state, message.cause) == (State.ACCEPTED, "")
    assert message.provider_reference == "R-1"
    assert tries_of(message) == ["unknown", "accepted"]  # the rescue's word, then the worker's
    dispatch.drain()
    assert gateway.requests == 0


def test_a_late_acceptance_moves_nothing_back_that_arrived_or_was_settled(overtaken, at):
    worker, row, way, message = overtaken
    taken = Outcome(row, way, Attempt.Result.ACCEPTED, Receipt(reference="R-1"))
    for state in (State.DELIVERED, State.FAILED, State.SUPPRESSED):
        OutboxMessage.objects.filter(pk=message.pk).update(state=state)
        record(worker, [taken], at)
        message.refresh_from_db()
        assert message.state == state


def test_a_late_refusal_is_noted_and_leaves_the_row_to_a_person(overtaken, gateway, at):
    """Only an acceptance is a fact without the lease: somebody else may have sent it since."""
    worker, row, way, message = overtaken
    failure = PermanentFailure("address_refused", "", is_about_address=True)
    result = Attempt.Result.PERMANENT
    record(worker, [Outcome(row, way, result, cause=failure.cause, failure=failure)], at)
    message.refresh_from_db()
    assert (message.state, message.cause) == (State.UNKNOWN, "worker_died")
    assert tries_of(message) == ["unknown", "permanent"]
    dispatch.drain()
    assert gateway.requests == 0


# --- A report that belongs to an earlier try ---------------------------------------------------------


@pytest.mark.parametrize(("whose", "state"), [("old", "accepted"), ("new", "failed")])
def test_only_the_last_account_says_that_a_message_failed(
    cast, asked, sms, gateway, at, whose, state
):
    """The first account refused, the second took it; days later the first reports a failure."""
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.account) == (State.ACCEPTED, sms)
    old = ChannelAccount.objects.create(
        school=cast.school, kind="sms", config=gateway.config(), priority=0
    )
    Attempt.objects.create(
        school=cast.school, message=asked, channel="sms", account=old, result="temporary", at=at
    )
    late = Report(
        verdict="failed", key=str(asked.idempotency_key), cause="number_out_of_service", raw={}
    )
    reports = {"account": {"old": old, "new": sms}[whose], "reports": [late]}
    take_reports(**reports, at=clock.now() + timedelta(days=2))
    asked.refresh_from_db()
    assert asked.state == state
    asked.contact_point.refresh_from_db()
    assert (asked.contact_point.failing_since is None) is (whose == "old")


# --- The last day of a pause --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ends", "state", "cause"), [(0, "suppressed", "own_pause"), (-1, "accepted", "")]
)
def test_on_the_last_day_of_a_pause_what_waits_is_not_sent(cast, asked, at, ends, state, cause):
    mother = cast.adults["mother"]
    until = timezone.localdate(at) + timedelta(days=ends)
    actions.pause_adult(adult=mother, until=until, by=cast.users["mother"])
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.cause) == (state, cause)


@pytest.mark.parametrize(("ends", "are_asked"), [(0, 0), (-1, 2)])
def test_on_the_last_day_of_a_childs_pause_nobody_is_asked(cast, sms, at, ends, are_asked):
    actions.ensure_plans(at=at)
    until = timezone.localdate(at) + timedelta(days=ends)
    children = [cast.students[name].pk for name in ("mengyao", "xiaobao")]
    CheckInPlan.objects.filter(student__in=children).update(
        paused_until=until, paused_reason="住院"
    )
    actions.ask_due_check_ins(at=at)
    lines = CheckInLine.objects.filter(check_in__adult=cast.adults["mother"])
    assert lines.count() == are_asked

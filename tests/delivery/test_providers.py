"""Two providers, one message: which takes it, when the other steps in, and what is never asked twice."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache

from core import clock
from delivery import actions as delivery_actions
from delivery import dispatch, rules
from delivery.channels.base import Account
from delivery.dispatch import gates, limits, redis_link
from delivery.models import Attempt, ChannelAccount, OutboxMessage, ProviderHealth
from messaging import actions
from tests.providers.server import Say
from tests.sinks import Answer

State = OutboxMessage.State
# PostgreSQL's clock stands still within a transaction.
IN_TIME = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def many_to_one(monkeypatch):
    """What a provider does with many messages is looked at with one adult, who would get three a day."""
    monkeypatch.setattr(rules, "ROUTINE_A_DAY", 1_000)


@pytest.fixture
def first(make_account, alibaba) -> ChannelAccount:
    return make_account("alibaba_sms", alibaba)


@pytest.fixture
def second(make_account, tencent) -> ChannelAccount:
    return make_account("tencent_sms", tencent)


@pytest.fixture
def asked(cast, first, second, at) -> OutboxMessage:
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    # One message is enough here; others of the cast would only make counting harder.
    mine = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.exclude(pk=mine.pk).delete()
    return mine


def drain_again(message: OutboxMessage) -> OutboxMessage:
    OutboxMessage.objects.filter(pk=message.pk, state__in=[State.DUE, State.RETRY]).update(
        due_at=clock.now()
    )
    dispatch.drain()
    message.refresh_from_db()
    return message


def test_the_first_in_order_sends(asked, first, alibaba, tencent):
    assert drain_again(asked).state == State.ACCEPTED
    assert (asked.account, asked.channel) == (first, "alibaba_sms")
    assert asked.provider_reference == alibaba.taken[0].reference
    assert tencent.asked == []
    assert Attempt.objects.get().account == first


def test_the_order_is_the_administrator_s(cast, asked, second, tencent, alibaba):
    delivery_actions.channels.move_channel_up(account=second, by=cast.users["admin"])
    drain_again(asked)
    assert asked.account == second
    assert alibaba.asked == []


def test_one_that_is_switched_off_is_passed_over(cast, asked, first, second):
    delivery_actions.channels.switch_channel(account=first, on=False, by=cast.users["admin"])
    assert drain_again(asked).account == second


@pytest.mark.parametrize(
    "say",
    [Say("isv.AMOUNT_NOT_ENOUGH"), Say("isv.SMS_TEMPLATE_ILLEGAL"), Say("Throttling", status=400),
     Say("isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10")],
)  # fmt: skip
def test_after_a_definite_refusal_the_second_sends_at_once(asked, second, alibaba, tencent, say):
    alibaba.default = say
    dispatch.drain()
    asked.refresh_from_db()
    assert (asked.state, asked.account) == (State.ACCEPTED, second)
    assert tencent.sent() == {str(asked.idempotency_key): 1}
    assert asked.attempt_count == 2


def test_a_dead_number_is_not_tried_over_the_second(asked, alibaba, tencent):
    alibaba.default = Say("isv.MOBILE_NUMBER_ILLEGAL")
    drain_again(asked)
    assert (asked.state, asked.cause) == (State.FAILED, "no_such_number")
    assert tencent.asked == []
    assert asked.contact_point.failing_cause == "no_such_number"


def test_an_empty_account_rests_and_later_messages_go_past_it(asked, first, second, alibaba):
    alibaba.default = Say("isv.AMOUNT_NOT_ENOUGH")
    drain_again(asked)
    health = ProviderHealth.objects.get(account=first)
    assert health.last_cause == "no_balance"
    assert health.open_until > clock.now() + timedelta(minutes=9)
    before = len(alibaba.asked)
    again = _another(asked)
    assert drain_again(again).account == second
    assert len(alibaba.asked) == before


def _another(message: OutboxMessage) -> OutboxMessage:
    return OutboxMessage.objects.create(
        school=message.school, adult=message.adult, about_id=message.about_id, kind="check_in",
        dedupe_key=f"again:{uuid4()}", due_at=clock.now(), expires_at=message.expires_at,
    )  # fmt: skip


@IN_TIME
def test_a_time_out_is_looked_up_before_anybody_else_is_asked(asked, alibaba, tencent):
    alibaba.says = [Say(delay=1.6, takes=True)]
    dispatch.drain(LIMITS)
    asked.refresh_from_db()
    assert asked.state == State.CLAIMED
    time.sleep(LIMITS.lease_seconds)
    dispatch.rescue(LIMITS)
    asked.refresh_from_db()
    assert asked.state == State.ACCEPTED
    assert alibaba.sent() == {str(asked.idempotency_key): 1}
    assert tencent.asked == []


@IN_TIME
def test_what_was_not_taken_is_sent_once_more_after_the_look_up(asked, alibaba, tencent):
    alibaba.says = [Say(delay=1.6, takes=False)]
    dispatch.drain(LIMITS)
    # The provider books late: before a minute has passed, "not there" says nothing.
    OutboxMessage.objects.update(sending_at=clock.now() - timedelta(minutes=2))
    time.sleep(LIMITS.lease_seconds)
    dispatch.rescue(LIMITS)
    drain_again(asked)
    assert asked.state == State.ACCEPTED
    assert sum((alibaba.sent() + tencent.sent()).values()) == 1


LIMITS = dispatch.Limits(lease_seconds=2.5, task_seconds=10)


def test_an_answer_that_is_no_proof_is_looked_up_before_the_second_sends(
    asked, second, alibaba, tencent
):
    """503, though the message was taken: nobody gets it twice."""
    alibaba.says = [Say("ServiceUnavailable", status=503, takes=True)]
    dispatch.drain()
    asked.refresh_from_db()
    assert asked.state == State.RETRY
    assert asked.payload["unsure"]
    drain_again(asked)
    assert asked.state == State.ACCEPTED
    assert sum((alibaba.sent() + tencent.sent()).values()) == 1


def test_where_the_look_up_says_no_the_second_may_send(asked, alibaba, tencent):
    alibaba.says = [Say("ServiceUnavailable", status=503)]
    alibaba.default = Say("isv.AMOUNT_NOT_ENOUGH")
    drain_again(asked)
    payload = asked.payload | {"unsure": (clock.now() - timedelta(minutes=2)).isoformat()}
    OutboxMessage.objects.filter(pk=asked.pk).update(payload=payload)
    drain_again(asked)
    assert asked.state == State.ACCEPTED
    assert tencent.sent() == {str(asked.idempotency_key): 1}


def test_tencent_s_lost_reply_stays_unknown_and_alibaba_is_not_asked(
    cast, asked, second, alibaba, tencent
):
    delivery_actions.channels.move_channel_up(account=second, by=cast.users["admin"])
    tencent.says = [Say(delay=1.6, takes=True)]
    drain_again(asked)
    assert (asked.state, asked.cause) == (State.UNKNOWN, "timeout")
    assert alibaba.asked == []


# --- 429 and Retry-After -------------------------------------------------------------------------


@IN_TIME
def test_nobody_calls_before_the_provider_said(cast, sms, gateway, at):
    actions.ensure_plans(at=at)
    actions.ask_due_check_ins(at=at)
    mine = OutboxMessage.objects.get(adult=cast.adults["mother"])
    OutboxMessage.objects.exclude(pk=mine.pk).delete()
    gateway.default = Answer(429, "", takes=False, headers={"Retry-After": "2"})
    drain_again(mine)
    assert (mine.state, mine.cause) == (State.RETRY, "provider_busy")
    called, began = gateway.requests, time.monotonic()
    gateway.default = Answer()
    other = _another(mine)
    while drain_again(other).state != State.ACCEPTED:
        assert time.monotonic() - began < 10
        if time.monotonic() - began < 1.7:
            assert gateway.requests == called
        time.sleep(0.2)
    assert time.monotonic() - began > 1.7


@IN_TIME
def test_a_test_waits_as_well_and_no_worker_spins(cast, sms, gateway, at):
    gateway.default = Answer(429, "", takes=False, headers={"Retry-After": "600"})
    row = delivery_actions.queue_test(
        channel_account=sms, address="+8613893510009", by=cast.users["admin"], at=at
    )
    drain_again(row)
    began, called = time.monotonic(), gateway.requests
    drain_again(row)
    assert time.monotonic() - began < 5
    assert gateway.requests == called
    assert row.due_at > clock.now() + timedelta(minutes=9)


def test_a_moment_may_be_named_as_well(db, gateway):
    from email.utils import format_datetime

    from delivery.channels.base import Message, TemporaryFailure
    from delivery.channels.registry import CHANNELS

    moment = format_datetime(clock.now() + timedelta(seconds=90), usegmt=True)
    gateway.default = Answer(503, "", takes=False, headers={"Retry-After": moment})
    with pytest.raises(TemporaryFailure) as caught:
        CHANNELS["sms"].send(Message("k", "+861", "…"), Account("sms", gateway.config()))
    assert 80 < caught.value.retry_after <= 90


def test_other_processes_learn_of_it_through_redis(first):
    gates.close(first.pk, 30)
    gates._closed_until.clear()  # as another process sees it
    gates._looked_at.clear()
    assert gates.is_closed(first.pk)
    cache.clear()
    gates._closed_until.clear()
    gates._looked_at.clear()
    assert not gates.is_closed(first.pk)


# --- The breaker ---------------------------------------------------------------------------------


def make_many(message: OutboxMessage, count: int) -> None:
    for _ in range(count):
        _another(message)


@IN_TIME
def test_a_failing_provider_rests_and_is_tried_out_by_one_message(asked, first, second, alibaba):
    alibaba.default = Say("ServiceUnavailable", status=503)
    ChannelAccount.objects.filter(pk=second.pk).update(is_enabled=False)
    make_many(asked, 5)
    dispatch.drain()
    health = ProviderHealth.objects.get(account=first)
    assert (health.failures_in_row, health.trips) == (6, 1)
    assert health.open_until > clock.now()
    called = len(alibaba.asked)
    OutboxMessage.objects.update(due_at=clock.now())
    dispatch.drain()
    waiting = OutboxMessage.objects.filter(due_at__gt=clock.now())
    assert waiting.filter(cause="provider_rests").count() == 6
    assert len(alibaba.asked) == called
    # The rest is over: one tries it out, the others wait.
    alibaba.default = Say()
    ProviderHealth.objects.update(open_until=clock.now())
    OutboxMessage.objects.update(due_at=clock.now(), payload={})
    dispatch.drain()
    assert len(alibaba.taken) == 1
    health.refresh_from_db()
    assert (health.open_until, health.failures_in_row, health.trips) == (None, 0, 0)
    OutboxMessage.objects.exclude(state=State.ACCEPTED).update(due_at=clock.now())
    dispatch.drain()
    assert len(alibaba.taken) == 6


def test_a_failed_trial_doubles_the_rest(asked, first, alibaba):
    ProviderHealth.objects.create(account=first, failures_in_row=7, trips=1, open_until=clock.now())
    ChannelAccount.objects.exclude(pk=first.pk).delete()
    alibaba.default = Say("ServiceUnavailable", status=503)
    drain_again(asked)
    health = ProviderHealth.objects.get(account=first)
    rest = (health.open_until - clock.now()).total_seconds()
    assert (health.trips, 55 < rest <= 60) == (2, True)


def test_refused_numbers_do_not_make_a_provider_rest(asked, first, alibaba):
    alibaba.default = Say("isv.MOBILE_NUMBER_ILLEGAL")
    make_many(asked, 8)
    dispatch.drain()
    health = ProviderHealth.objects.filter(account=first).first()
    assert health is None or health.open_until is None


def test_while_one_is_tried_out_the_others_go_over_the_second(
    asked, first, second, alibaba, tencent
):
    ProviderHealth.objects.create(account=first, failures_in_row=7, trips=1, open_until=clock.now())
    make_many(asked, 4)
    dispatch.drain()
    assert (len(alibaba.taken), len(tencent.taken)) == (1, 4)


# --- The provider's limit ------------------------------------------------------------------------


@IN_TIME
def test_no_more_a_second_than_the_account_may(asked, first, second, alibaba):
    first.config["per_second"] = 5
    first.save()
    ChannelAccount.objects.filter(pk=second.pk).update(is_enabled=False)
    make_many(asked, 13)
    began = time.monotonic()
    while OutboxMessage.objects.exclude(state=State.ACCEPTED).exists():
        assert time.monotonic() - began < 20
        dispatch.drain()
        time.sleep(0.05)
    at = sorted(one.at for one in alibaba.asked)
    assert len(at) == 14
    # Five at once to begin with, then five a second: in no second more than ten.
    assert max(sum(1 for other in at if 0 <= other - one < 1) for one in at) <= 10
    assert at[-1] - at[0] >= (14 - 5) / 5 - 0.4


def test_without_redis_each_process_keeps_to_its_share(monkeypatch, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    monkeypatch.setattr(redis_link, "_away_until", 0.0)
    account = Account("alibaba_sms", {"access_key_id": "share", "per_second": 8}, pk=1)
    granted, wait = limits.take(account, 100)
    assert granted == 1
    assert wait == pytest.approx(1 / 8)
    time.sleep(0.6)
    assert limits.take(account, 100)[0] == 1  # a quarter of eight a second
    assert redis_link.answer_of(lambda redis: 1 / 0) is None  # not asked again while it is away

"""A call that joins parent and child, the child on the phone of the one who cares at home."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from calls.homes import actions as homes
from calls.joining import actions
from calls.models import CallPeriod, CallSlot, ToldByPhone
from calls.rules import may_ring
from delivery import dispatch
from delivery.models import OutboxMessage, VoiceCall
from delivery.tasks import hang_up
from guardians.models import Adult, Contact, ContactPoint
from students.models import Student
from tests.days import day_of
from tests.delivery.test_joined_calls import on, press, ring, talked
from tests.factories.calls import make_slot

GRANDMOTHERS = "+8613893510003"


@pytest.fixture
def account(make_account, voice):
    return make_account("voice", voice, fen=10)


@pytest.fixture
def carer(cast) -> Adult:
    ContactPoint.objects.filter(adult=cast.adults["grandmother"]).update(
        by_call=True, agreed_key="8"
    )
    return Adult.objects.get(pk=cast.adults["grandmother"].pk)


@pytest.fixture
def home(carer, at):
    place = homes.agree(carer=carer, windows=["evenings", "weekend_evenings"], at=at)
    for weekday in range(7):  # whenever the test runs
        place.periods.filter(weekday=weekday).delete()
        CallPeriod.objects.create(
            school=place.school, place=place, weekday=weekday, starts="00:00", ends="23:59:59",
            slot_minutes=30,
        )  # fmt: skip
    return place


@pytest.fixture
def slot(cast, home, at):
    return make_slot(home, cast.students["mengyao"], cast.adults["mother"], at, join_key="6")


@pytest.fixture
def line(slot, account, voice, client, at):
    key = str(ring(at).idempotency_key)

    def tell(*events) -> None:
        told = [voice.happens(key, kind, leg=leg, **more) for kind, leg, more in events]
        assert voice.post(client, account, told).status_code == 200

    tell.key = key
    return tell


def bar(cast, at, who="grandmother") -> None:
    Adult.objects.filter(pk=cast.adults[who].pk).update(
        blocked_at=at, blocked_by=cast.users["counsellor"], blocked_reason="法院裁定"
    )


def test_the_carer_s_number_first_behind_the_agreed_key(slot, line, voice):
    legs = voice.calls[line.key]["legs"]
    assert [leg["to"] for leg in legs] == [GRANDMOTHERS, "+8613893510001"]
    steps = legs[0]["script"]["steps"]
    assert legs[0]["script"]["first"] == "agree"
    others = dict.fromkeys("4567", "other_key")
    assert steps["agree"]["keys"] == others | {"8": "ready", "9": "stranger", "0": "agree"}
    # A second try, and no third.
    assert steps["other_key"]["keys"]["4"] == "wrong_key"
    assert steps["wrong_key"]["keys"] == {}
    assert "梦瑶" not in " ".join(step["say"] for step in steps.values())


def test_they_talk_and_it_counts(slot, line):
    line(
        on("answered", 1),
        press(1, "agree", "8"),
        press(1, "ready", "1"),
        on("rang", 2),
        on("answered", 2),
        press(2, "agree", "6"),
        press(2, "ready", "1"),
        on("joined"),
        talked(720),
    )
    contact = Contact.objects.get()
    assert (contact.minutes, contact.reported_by) == (12, "line")
    slot.refresh_from_db()
    assert slot.state == CallSlot.State.DONE


def test_without_an_agreed_key_the_key_of_the_page_opens_it(cast, slot, account, voice, at):
    ContactPoint.objects.filter(adult=cast.adults["grandmother"]).update(agreed_key="")
    key = str(ring(at).idempotency_key)
    steps = voice.calls[key]["legs"][0]["script"]["steps"]
    assert {k for k, to in steps["agree"]["keys"].items() if to == "ready"} == {"6"}


@pytest.mark.parametrize("step", ["agree", "other_key"])
def test_a_number_that_changed_hands_is_not_rung_again(cast, slot, line, at, step):
    line(on("answered", 1), press(1, step, "9"), on("ended", 1, result="hung_up"))
    assert ContactPoint.objects.get(address=GRANDMOTHERS).disputed_at
    assert ContactPoint.objects.get(adult=cast.adults["mother"]).disputed_at is None


@pytest.mark.parametrize(("agreed", "opens"), [("8", "4"), ("4", "#"), ("5", "4")])
def test_the_agreed_key_pressed_twice_tells_nothing(
    cast, carer, slot, account, voice, at, agreed, opens
):
    ContactPoint.objects.filter(adult=carer).update(agreed_key=agreed)
    steps = voice.calls[str(ring(at).idempotency_key)]["legs"][0]["script"]["steps"]
    assert [key for key, to in steps["ready"]["keys"].items() if to == "child"] == [opens]
    assert ("井号键" in steps["ready"]["say"]) == (opens == "#")
    # The parent who came there by mistake goes back.
    assert steps["child"]["keys"]["*"] == "ready"
    assert "星号键" in steps["child"]["say"]


def test_the_child_tells_there_too(slot, line):
    line(press(1, "agree", "8"), press(1, "ready", "4"), press(1, "child", "2"))
    assert ToldByPhone.objects.get().what == ToldByPhone.What.HURT


@pytest.mark.parametrize(
    "change",
    [
        "barred",
        "withdrawn",
        "this_window",
        "boards",
        "opted_out",
        "ended",
        "disputed",
        "asleep",
        "parent_barred",
    ],
)
def test_what_changed_between_booking_and_ringing_rings_nobody(
    cast, carer, slot, account, voice, at, change
):
    actions.ring(at=at - timedelta(minutes=1))
    assert OutboxMessage.objects.filter(kind="join").exists()
    match change:
        case "barred":
            bar(cast, at)
        case "withdrawn":
            homes.agree(carer=carer, windows=[], at=at)
        case "this_window":
            local = at.astimezone(carer.hours.zone)
            CallPeriod.objects.filter(weekday=local.weekday()).delete()
        case "boards":
            Student.objects.update(is_boarding=True)
            CallPeriod.objects.filter(weekday__gte=5).delete()
        case "opted_out":
            Adult.objects.filter(pk=carer.pk).update(opted_out_at=at)
        case "ended":
            carer.guardianships.update(ends_on=day_of(at) - timedelta(days=1))
        case "disputed":
            ContactPoint.objects.filter(adult=carer).update(disputed_at=at)
        case "asleep":
            local = at.astimezone(carer.hours.zone)
            Adult.objects.filter(pk=carer.pk).update(
                quiet_from=(local - timedelta(hours=1)).time(),
                quiet_until=(local + timedelta(hours=1)).time(),
            )
        case "parent_barred":
            bar(cast, at, "mother")
    dispatch.drain()
    assert not voice.calls
    assert not VoiceCall.objects.exists()


@pytest.mark.parametrize("who", ["grandmother", "mother"])
def test_who_is_barred_while_it_goes_on_is_cut_off(cast, slot, line, voice, at, who):
    line(on("answered", 1), press(1, "agree", "8"), press(1, "ready", "1"))
    bar(cast, at, who)
    hang_up()
    assert voice.hung_up == [line.key]


@given(
    quiet=st.one_of(st.none(), st.tuples(st.times(), st.times())),
    late=st.integers(0, 4),
    is_barred=st.booleans(),
    is_agreed=st.booleans(),
    spent=st.integers(0, 900),
)
@settings(max_examples=60)
def test_never_outside_the_carer_s_hours_to_a_barred_number_or_above_costs(
    cast, home, make_account, voice, at, quiet, late, is_barred, is_agreed, spent
):
    """20 minutes of two legs are 4 yuan of the 8 of a month."""
    voice.calls.clear()
    with transaction.atomic():
        account = make_account("voice", voice, fen=10, limit_yuan=8)
        carer = Adult.objects.get(pk=cast.adults["grandmother"].pk)
        carer.quiet_from, carer.quiet_until = quiet or (None, None)
        carer.save()
        starts = at - timedelta(minutes=late)
        make_slot(
            home, cast.students["mengyao"], cast.adults["mother"], starts, join_key="6",
            ends_at=at + timedelta(minutes=20),
        )  # fmt: skip
        VoiceCall.objects.create(
            school=cast.school,
            account=account,
            channel="voice",
            idempotency_key=uuid4(),
            kind="check_in",
            address="+8613800000000",
            fen=spent,
            placed_at=at - timedelta(minutes=2),
        )
        if not is_agreed:
            homes.agree(carer=carer, windows=[], at=at - timedelta(days=1))
        actions.ring(at=at)
        if is_barred:
            bar(cast, at)
        dispatch.drain()
        in_hours = may_ring(carer.hours, at) and may_ring(carer.hours, starts)
        may = in_hours and is_agreed and not is_barred
        assert len(voice.calls) == (may and spent + 400 <= 800)
        transaction.set_rollback(True)

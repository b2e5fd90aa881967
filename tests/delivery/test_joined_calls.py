"""A call that joins parent and child: both rung in their order, joined by keys, counted once, cut where it
must not be.
"""

import json
from datetime import timedelta
from random import Random
from time import monotonic
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from calls import actions as booking
from calls.joining import actions, telephone
from calls.models import CallSlot, CallWish, ToldByPhone
from calls.presenters import line_words
from calls.rules import may_ring
from calls.work import work_for
from delivery import dispatch
from delivery.actions import calls as phones
from delivery.actions import queue_message
from delivery.channels import demo_call
from delivery.dispatch import receipts
from delivery.models import OutboxMessage, VoiceCall, VoiceEvent
from delivery.queries.calls import ringing
from delivery.rules import ROUTINE_A_DAY
from delivery.tasks import hang_up
from delivery.voice import rules
from guardians.blocking.actions import block_adult
from guardians.clock import actions as clock_actions
from guardians.clock.connection import confirmed_this_week
from guardians.clock.queries import mismatch_of
from guardians.models import Adult, Contact, ContactDenial, ContactPoint
from homeschool.celery import app
from safeguarding.actions import run_intake
from safeguarding.models import Concern
from schools.models import School
from students.models import Student
from tests.days import day_of
from tests.factories.calls import chosen, make_phone, make_slot
from tests.providers.server import Say
from tests.providers.voice import Voice

State, Slot = OutboxMessage.State, CallSlot.State
SCHOOLS_NUMBER = "+869355112233"


@pytest.fixture
def account(make_account, voice):
    return make_account("voice", voice, fen=10)


@pytest.fixture
def phone(cast):
    return make_phone(cast.school, rings_at=SCHOOLS_NUMBER)


@pytest.fixture
def slot(cast, phone, at):
    """Its minute has come, and the mother wants to be rung."""
    return make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at, join_key="6")


def ring(at) -> OutboxMessage:
    assert actions.ring(at=at) == 1
    dispatch.drain()
    return message()


def message() -> OutboxMessage:
    return OutboxMessage.objects.get(kind="join")


def message_of(key) -> OutboxMessage:
    return OutboxMessage.objects.get(idempotency_key=key)


def state_of(slot) -> str:
    slot.refresh_from_db()
    return slot.state


@pytest.fixture
def line(slot, account, voice, client, at):
    """The call as it goes on: `line(("answered", 1), …)` tells one event after the other."""
    key = str(ring(at).idempotency_key)

    def tell(*events) -> None:
        told = [voice.happens(key, kind, leg=leg, **more) for kind, leg, more in events]
        assert voice.post(client, account, told).status_code == 200

    tell.key = key
    return tell


def on(kind, leg=0, **more):
    return kind, leg, more


def press(leg, step, digit):
    return on("key", leg, step=step, digit=digit)


TALK = (
    on("answered", 1),
    press(1, "ready", "1"),
    on("rang", 2),
    on("answered", 2),
    press(2, "agree", "6"),
    press(2, "ready", "1"),
    on("joined"),
)


def talked(seconds):
    return on("ended", 1, result="talked", seconds=seconds)


def notices(which) -> int:
    return OutboxMessage.objects.filter(kind="notice", payload__which=which).count()


class TestRinging:
    def test_both_numbers_go_in_their_order_and_the_child_is_named_behind_the_key(
        self, cast, slot, account, voice, at
    ):
        row = ring(at)
        assert row.state == State.ACCEPTED
        placed = voice.calls[str(row.idempotency_key)]
        first, second = placed["legs"]
        assert (first["to"], second["to"]) == (SCHOOLS_NUMBER, "+8613893510001")
        assert 19 * 60 <= placed["join_seconds"] <= 20 * 60
        assert "梦瑶" not in json.dumps(first, ensure_ascii=False)
        steps = second["script"]["steps"]
        assert second["script"]["first"] == "agree"
        named = {name for name, step in steps.items() if "梦瑶" in step["say"]}
        assert named == {"ready"}
        assert steps["agree"]["keys"]["6"] == "ready"
        leads = {name for name, step in steps.items() if "ready" in step["keys"].values()}
        assert leads == {"agree", "other_key", "ready"}
        assert {key for key, to in steps["agree"]["keys"].items() if to == "ready"} == {"6"}

    @pytest.mark.parametrize(("gap", "minutes"), [(0, 18), (1, 18), (2, 20), (None, 20)])
    def test_it_leaves_the_line_to_the_call_after_it(
        self, cast, phone, slot, account, voice, at, gap, minutes
    ):
        """Until both are joined two minutes pass; the next call rings the same phone."""
        if gap is not None:
            after = slot.ends_at + timedelta(minutes=gap)
            make_slot(phone, cast.students["haitao"], cast.adults["other_mother"], after)
        elsewhere = make_phone(cast.school, "另一部")
        later = slot.ends_at + timedelta(hours=1)
        make_slot(elsewhere, cast.students["haitao"], cast.adults["other_mother"], later)
        row = ring(at)
        assert voice.calls[str(row.idempotency_key)]["join_seconds"] == minutes * 60

    def test_the_parent_hears_what_to_ask_about_behind_the_key(
        self, cast, slot, account, voice, at
    ):
        """Own sentences of the child go to no gateway."""
        chosen(cast, pictures=["pet", "ball"], sentences=["小羊站起来了没有"], at=at)
        key = str(ring(at).idempotency_key)
        steps = voice.calls[key]["legs"][1]["script"]["steps"]
        assert "我的小动物" in steps["ready"]["say"]
        assert "我的小动物" not in steps["agree"]["say"]
        assert "小羊站起来" not in json.dumps(voice.calls[key], ensure_ascii=False)

    def test_it_rings_once_however_often_the_minute_is_looked_at(self, slot, account, voice, at):
        ring(at)
        for minutes in (0, 1, 4):
            actions.ring(at=at + timedelta(minutes=minutes))
            dispatch.drain()
        assert len(voice.calls) == 1
        assert OutboxMessage.objects.filter(kind="join").count() == 1

    def test_not_before_its_minute(self, cast, phone, account, voice, at):
        later = at + timedelta(minutes=2)
        make_slot(phone, cast.students["mengyao"], cast.adults["mother"], later, join_key="6")
        assert actions.ring(at=at) == 1
        dispatch.drain()
        assert not voice.calls

    def test_who_wants_to_dial_is_not_rung(self, slot, account, voice, at):
        CallSlot.objects.update(join_key="")
        assert actions.ring(at=at) == 0

    @pytest.mark.parametrize("change", ["cancelled", "talking", "blocked", "no_number", "erased"])
    def test_what_changed_between_booking_and_ringing(self, cast, slot, account, voice, at, change):
        assert actions.ring(at=at) == 1
        match change:
            case "cancelled":
                booking.cancel(slot_id=slot.pk, cancelled_by="family", at=at)
            case "talking":
                booking.mark(slot_id=slot.pk, state="running", by=cast.users["teacher"], at=at)
            case "blocked":
                block(cast, at)
            case "no_number":
                slot.place.rings_at = ""
                slot.place.save()
            case "erased":
                slot.delete()
        dispatch.drain()
        assert message().state == State.SUPPRESSED
        assert not voice.calls

    def test_a_number_that_is_somebody_elses_is_not_rung(self, cast, slot, account, voice, at):
        assert actions.ring(at=at) == 1
        ContactPoint.objects.filter(adult=cast.adults["mother"]).update(disputed_at=at)
        dispatch.drain()
        assert not voice.calls
        assert message().state == State.FAILED

    def test_nor_is_a_call_written_down_for_it(self, cast, slot, account, voice, at):
        ContactPoint.objects.filter(adult=cast.adults["mother"]).update(disputed_at=at)
        actions.ring(at=at)
        assert not OutboxMessage.objects.filter(kind="join").exists()

    def test_quiet_hours_are_kept_whatever_was_booked(self, cast, slot, account, voice, at):
        assert actions.ring(at=at) == 1
        local = at.astimezone(cast.adults["mother"].hours.zone)
        Adult.objects.filter(pk=slot.adult_id).update(
            quiet_from=(local - timedelta(minutes=30)).time(),
            quiet_until=(local + timedelta(minutes=30)).time(),
        )
        dispatch.drain()
        assert not voice.calls


def block(cast, at) -> None:
    block_adult(adult=cast.adults["mother"], by=cast.users["principal"], reason="禁止接触", at=at)


class TestWithoutRinging:
    """Then the parent is told to dial, once."""

    def test_without_a_gateway(self, slot, at):
        assert actions.ring(at=at) == 1
        assert actions.ring(at=at + timedelta(minutes=1)) == 0
        assert not OutboxMessage.objects.filter(kind="join").exists()
        assert notices("dial") == 1

    @pytest.mark.parametrize("which", ["dial", "not-now"])
    def test_it_is_told_however_much_was_written_that_day(
        self, cast, slot, sms, gateway, at, which
    ):
        """A parent who waits beside the phone is told now, not when the day's three messages are old."""
        for number in range(ROUTINE_A_DAY):
            queue_message(
                kind="notice",
                school=cast.school,
                dedupe_key=f"notice:{number}",
                due_at=at,
                expires_at=at + timedelta(days=2),
                adult=slot.adult,
                payload={"words": "School is out", "path": "/f/"},
            )
        dispatch.drain()
        assert len(gateway.taken) == ROUTINE_A_DAY
        if which == "dial":
            assert actions.ring(at=at) == 1
        else:
            event = rules.Event(1, rules.KEY, telephone.READY, "2", leg=1)
            rung = {"contact_point_id": None, "address": ""}
            actions.hear(slot_id=slot.pk, event=event, call=uuid4(), at=at, **rung)
        dispatch.drain()
        told = OutboxMessage.objects.get(payload__which=which)
        assert (told.state, told.cause) == (State.ACCEPTED, "")
        assert len(gateway.taken) == ROUTINE_A_DAY + 1

    def test_in_quiet_hours_nobody_is_written_to_either(self, slot, sms, gateway, at):
        local = at.astimezone(slot.adult.hours.zone)
        Adult.objects.filter(pk=slot.adult_id).update(
            quiet_from=(local - timedelta(minutes=30)).time(),
            quiet_until=(local + timedelta(minutes=30)).time(),
        )
        assert actions.ring(at=at) == 1
        dispatch.drain()
        assert OutboxMessage.objects.get().cause == "quiet_hours"
        assert not gateway.taken

    def test_the_limit_of_costs(self, cast, slot, make_account, voice, at):
        """20 minutes of two legs at 10 fen are 4 yuan."""
        make_account("voice", voice, fen=10, limit_yuan=3)
        assert actions.ring(at=at) == 1
        dispatch.drain()
        dispatch.drain()
        assert not voice.calls
        assert (message().state, message().cause) == (State.FAILED, "cost_limit")
        actions.ring(at=at)
        assert notices("dial") == 1
        assert state_of(slot) == Slot.BOOKED

    @pytest.mark.parametrize(
        ("say", "is_about_parent"),
        [
            (Say(code="bad_number", status=422), False),
            (Say(code="no", status=422), False),
            (Say(body='{"error": "bad_number", "leg": 2}', status=422, takes=False), True),
        ],
    )
    def test_a_gateway_that_refuses(self, slot, account, voice, at, say, is_about_parent):
        voice.says = [say]
        assert actions.ring(at=at) == 1
        dispatch.drain()
        dispatch.drain()
        actions.ring(at=at)
        assert message().state == State.FAILED
        assert notices("dial") == 1
        assert not VoiceCall.objects.exists()
        point = ContactPoint.objects.get(adult=slot.adult)
        assert (point.failing_since is not None) == is_about_parent

    def test_too_late_is_not_rung(self, slot, account, voice, at):
        assert actions.ring(at=at) == 1
        OutboxMessage.objects.filter(kind="join").update(expires_at=at - timedelta(seconds=1))
        dispatch.drain()
        assert not voice.calls
        actions.ring(at=at + timedelta(minutes=6))
        assert notices("dial") == 1


class TestTalking:
    def test_it_is_counted_once_as_the_surest_word(self, cast, slot, line, voice, at):
        line(*TALK)
        assert state_of(slot) == Slot.RUNNING
        assert not Contact.objects.exists()
        line(talked(754))
        assert state_of(slot) == Slot.DONE
        contact = Contact.objects.get()
        assert (contact.minutes, contact.reported_by) == (13, "line")
        assert (contact.student, contact.adult) == (slot.student, slot.adult)
        assert slot.talked_seconds == 754
        assert message().state == State.DELIVERED
        assert notices("mood") == 1
        receipts.ask_for_reports(at + timedelta(hours=1))
        assert Contact.objects.count() == 1

    def test_it_needs_nobodys_confirmation_and_no_denial_stands_against_it(
        self, cast, slot, line, at
    ):
        line(*TALK, talked(300))
        today = day_of(at)
        child = Student.objects.annotate(sure=confirmed_this_week(today)).get(pk=slot.student_id)
        assert child.sure
        clock_actions.say_not_talked(
            student=slot.student, adult=slot.adult, said_by="child", on=today, source_key="m", at=at
        )
        assert mismatch_of(ContactDenial.objects.get(), today) == ""

    def test_too_short_is_no_talk(self, slot, line):
        line(*TALK, talked(59))
        assert state_of(slot) == Slot.MISSED
        assert not Contact.objects.exists()

    def test_costs_come_down_to_what_it_lasted(self, slot, line):
        assert VoiceCall.objects.get().fen == 2 * 20 * 10
        line(*TALK, talked(125))
        assert VoiceCall.objects.get().fen == 2 * 3 * 10

    def test_only_the_parents_side_says_whether_it_was_delivered(self, slot, line):
        line(*TALK[:-1])
        assert message().state == State.ACCEPTED

    def test_in_any_order(self, cast, slot, account, voice, client, line):
        events = [voice.happens(line.key, kind, leg=leg, **more) for kind, leg, more in TALK]
        events.append(voice.happens(line.key, "ended", leg=2, result="talked", seconds=200))
        Random(3).shuffle(events)
        for event in events * 2:
            voice.post(client, account, [event])
        assert state_of(slot) == Slot.DONE
        assert Contact.objects.get().minutes == 3
        assert VoiceEvent.objects.count() == len(events)

    def test_what_is_never_told_is_asked_for(self, slot, line, voice, at):
        line(*TALK)
        voice.happens(line.key, "ended", leg=1, result="talked", seconds=200)
        assert receipts.ask_for_reports(at + timedelta(hours=1)) > 0
        assert state_of(slot) == Slot.DONE

    @pytest.mark.parametrize("state", ["missed", "done"])
    def test_the_line_knows_better_than_who_marked_it(self, cast, slot, line, at, state):
        line(*TALK)
        booking.mark(slot_id=slot.pk, state=state, by=cast.users["teacher"], at=at)
        line(talked(200))
        assert state_of(slot) == Slot.DONE
        assert Contact.objects.filter(retracted_at=None).count() == 1

    def test_cancelled_while_they_talked_it_stays_cancelled_and_counts(self, slot, line, at):
        line(*TALK[:3])
        booking.cancel(slot_id=slot.pk, cancelled_by="family", at=at)
        line(*TALK[3:], talked(200))
        assert state_of(slot) == Slot.CANCELLED
        assert Contact.objects.count() == 1

    def test_a_file_that_was_deleted_meanwhile(self, slot, line):
        slot.delete()
        line(*TALK, talked(200))
        assert not Contact.objects.exists()


class TestOneSideOnly:
    @pytest.mark.parametrize(
        ("leg", "side", "cause"), [(1, "child", "call_other"), (2, "parent", "call_no_answer")]
    )
    def test_it_is_missed_for_whom_it_was(self, cast, slot, line, leg, side, cause):
        line(on("ended", leg, result="no_answer"))
        assert state_of(slot) == Slot.MISSED
        assert slot.missed_side == side
        assert (message().state, message().cause) == (State.FAILED, cause)
        assert notices("missed") == 1

    @pytest.mark.parametrize("late", [False, True])
    def test_a_child_that_came_and_waited_was_there(self, slot, account, voice, client, line, late):
        """The events in their order, and with the key told after the end."""
        told = [
            voice.happens(line.key, kind, leg=leg, **more)
            for kind, leg, more in (*TALK[:3], on("ended", 1, result="hung_up"))
        ]
        if late:
            told = [told[0], told[2], told[3], told[1]]
        for one in told:
            voice.post(client, account, [one])
        assert state_of(slot) == Slot.MISSED
        assert slot.missed_side == ""
        assert (message().state, message().cause) == (State.FAILED, "call_not_joined")

    def test_who_picks_up_and_presses_nothing_has_not_come(self, slot, line):
        line(on("answered", 1), on("ended", 1, result="hung_up"))
        assert state_of(slot) == Slot.MISSED
        assert slot.missed_side == "child"
        assert message().cause == "call_not_joined"

    @pytest.mark.parametrize("result", ["busy", "failed", "wrong_number"])
    def test_a_phone_at_the_school_that_could_not_be_rung_leaves_the_call_to_be_dialled(
        self, slot, line, at, result
    ):
        line(on("ended", 1, result=result))
        assert state_of(slot) == Slot.BOOKED
        assert (slot.missed_side, slot.join_key) == ("", "")
        assert (message().state, message().cause) == (State.FAILED, "call_other_line")
        assert (notices("dial"), notices("missed")) == (1, 0)
        assert actions.ring(at=at + timedelta(minutes=1)) == 0

    def test_a_call_that_somebody_marked_stays_as_marked(self, cast, slot, line, at):
        booking.mark(slot_id=slot.pk, state="running", by=cast.users["teacher"], at=at)
        line(on("ended", 1, result="busy"))
        assert state_of(slot) == Slot.RUNNING
        assert notices("dial") == 0

    def test_a_wrong_number_at_the_school_says_nothing_about_the_parents(self, slot, line):
        line(on("ended", 1, result="wrong_number"))
        assert ContactPoint.objects.get(adult=slot.adult).failing_since is None

    def test_a_wrong_number_of_the_parent_is_noted(self, slot, line):
        line(on("ended", 2, result="wrong_number"))
        assert ContactPoint.objects.get(adult=slot.adult).failing_since is not None

    def test_whoever_does_not_know_us_is_not_rung_again(self, cast, slot, line, at):
        line(*TALK[:4], press(2, "agree", "9"), on("ended", 2, result="hung_up"))
        assert ContactPoint.objects.get(adult=slot.adult).disputed_at is not None
        assert state_of(slot) == Slot.MISSED


class TestKeys:
    def test_the_child_asks_for_another_time(self, cast, slot, line, at):
        line(on("answered", 1), press(1, "ready", "2"), on("ended", 1, result="hung_up"))
        assert state_of(slot) == Slot.CANCELLED
        assert notices("not-now") == 1
        assert CallWish.objects.get().adult == slot.adult
        found = [one for one in work_for(cast.users["teacher"], at) if "wish" in one.key]
        assert len(found) == 1

    def test_the_parent_asks_for_another_time(self, cast, slot, line, at):
        line(*TALK[:5], press(2, "ready", "2"), on("ended", 2, result="hung_up"))
        assert state_of(slot) == Slot.CANCELLED
        assert notices("not-now") == 0  # they pressed it themselves; the child has heard it
        assert CallWish.objects.filter(settled_at=None).count() == 1

    def test_either_calls_it_off(self, slot, line):
        line(*TALK[:5], press(2, "ready", "3"), on("ended", 2, result="hung_up"))
        assert (state_of(slot), slot.cancelled_by) == (Slot.CANCELLED, "family")
        assert not CallWish.objects.exists()

    def test_told_after_the_end_the_key_still_counts(self, slot, account, voice, client, line):
        pressed = voice.happens(line.key, "key", leg=1, step="ready", digit="2")
        ended = voice.happens(line.key, "ended", leg=1, result="hung_up")
        voice.post(client, account, [ended])
        assert state_of(slot) == Slot.MISSED
        assert line_words(slot, is_rung=True) == "学校这边没有人接"
        voice.post(client, account, [pressed])
        assert state_of(slot) == Slot.CANCELLED
        assert line_words(slot, is_rung=True) == ""  # a child who pressed a key was there
        assert CallWish.objects.exists()

    @pytest.mark.parametrize(
        ("leg", "step", "digit"),
        [
            (1, "join", "3"),
            (2, "agree", "3"),
            (2, "agree", "2"),
            (1, "ready", "7"),
            (0, "ready", "3"),
        ],
    )
    def test_any_other_key_changes_nothing(self, slot, line, leg, step, digit):
        line(press(leg, step, digit))
        assert state_of(slot) == Slot.BOOKED


class TestTelling:
    """The child wants to tell something before it talks."""

    def test_it_reaches_an_adult_and_the_call_goes_on(self, cast, slot, line, at):
        line(on("answered", 1), press(1, "ready", "4"), press(1, "child", "2"))
        assert state_of(slot) == Slot.BOOKED
        run_intake(at)
        concern = Concern.objects.get()
        assert (concern.student, concern.source) == (slot.student, Concern.Source.HURT)
        line(press(1, "told", "1"), *TALK[2:], talked(600))
        assert state_of(slot) == Slot.DONE

    def test_the_child_came_where_it_pressed_one_after_telling(self, slot, line):
        line(press(1, "ready", "4"), press(1, "child", "1"), press(1, "told", "1"))
        line(on("ended", 1, result="hung_up"))
        assert state_of(slot) == Slot.MISSED
        assert slot.missed_side == ""

    def test_after_telling_it_can_be_put_off_and_that_is_spoken_to_its_end(self, slot, line, voice):
        line(press(1, "ready", "4"), press(1, "child", "3"), press(1, "told", "2"))
        assert state_of(slot) == Slot.CANCELLED
        hang_up()
        assert voice.hung_up == []

    def test_told_after_the_call_was_cancelled_it_still_counts(self, slot, line):
        CallSlot.objects.update(state=Slot.CANCELLED)
        line(press(1, "child", "2"))
        assert ToldByPhone.objects.get().student == slot.student

    def test_the_parents_leg_tells_nothing(self, line):
        line(press(2, "child", "2"))
        assert not ToldByPhone.objects.exists()


class TestHangingUp:
    """What would not be placed now does not go on."""

    def test_a_call_that_holds_goes_on(self, slot, line, voice):
        line(*TALK)
        hang_up()
        assert voice.hung_up == []

    @pytest.mark.parametrize("state", ["done", "missed", "running"])
    def test_whoever_marks_it_meanwhile_cuts_nobody_off(self, cast, slot, line, voice, at, state):
        line(*TALK)
        booking.mark(slot_id=slot.pk, state=state, by=cast.users["teacher"], at=at)
        hang_up()
        assert voice.hung_up == []

    @pytest.mark.parametrize("moment", [0, 4, 7])
    def test_who_is_barred_meanwhile_is_cut_off(self, cast, slot, line, voice, at, moment):
        line(*TALK[:moment])
        block(cast, at)
        hang_up()
        assert voice.hung_up == [line.key]
        line(on("ended", 0, result="hung_up"))
        hang_up()
        assert voice.hung_up == [line.key]

    @pytest.mark.parametrize("digit", ["2", "3"])
    @pytest.mark.parametrize(
        "events", [(press(1, "ready", ""),), (*TALK[:5], press(2, "ready", ""))]
    )
    def test_who_waits_hears_that_the_other_put_it_off(self, slot, line, voice, events, digit):
        """The sentence after the key, and to the other leg the one of its step `alone`, are still spoken."""
        *before, (kind, leg, more) = events
        line(*before, (kind, leg, {**more, "digit": digit}))
        assert state_of(slot) == Slot.CANCELLED
        hang_up()
        assert voice.hung_up == []

    def test_who_is_barred_is_cut_off_after_such_a_key_too(self, cast, slot, line, voice, at):
        line(*TALK[:5], press(2, "ready", "2"))
        block(cast, at)
        hang_up()
        assert voice.hung_up == [line.key]

    def test_a_key_that_put_nothing_off_holds_no_call_that_is_cancelled(
        self, cast, slot, line, voice, at
    ):
        line(press(1, "join", "3"), press(2, "agree", "2"))
        booking.cancel(slot_id=slot.pk, cancelled_by="family", at=at)
        hang_up()
        assert voice.hung_up == [line.key]

    def test_whose_end_is_never_told_is_asked_until_its_time_is_over(
        self, cast, slot, line, voice, at
    ):
        booking.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=cast.users["teacher"])
        assert phones.hang_up_unwanted(slot.ends_at + timedelta(minutes=9)) == 1
        assert phones.hang_up_unwanted(slot.ends_at + timedelta(minutes=11)) == 0
        assert voice.hung_up == [line.key]

    def test_what_the_gateway_does_not_know_is_over(self, cast, slot, line, voice, at):
        booking.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=cast.users["teacher"])
        del voice.calls[line.key]
        hang_up()
        assert VoiceCall.objects.get().ended_at is not None
        hang_up()
        assert voice.hung_up == [line.key]

    def test_what_may_still_be_on_its_way_to_the_gateway_is_not_over(
        self, cast, slot, line, voice, at
    ):
        booking.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=cast.users["teacher"])
        del voice.calls[line.key]
        OutboxMessage.objects.filter(kind="join").update(state=State.UNKNOWN)
        hang_up()
        hang_up()
        assert voice.hung_up == [line.key] * 2

    def test_a_gateway_that_hangs_is_asked_once_in_a_turn_and_holds_up_no_other(
        self, cast, slot, line, make_account, voice, at
    ):
        """Two calls of the one that hangs, one of another."""
        with Voice() as dead:
            other = make_account("voice", dead, timeout_seconds=1)
            for number in range(2):
                call = VoiceCall.objects.get(idempotency_key=line.key)
                call.pk, call.idempotency_key, call.account = None, uuid4(), other
                call.save()
                row = message_of(line.key)
                row.pk, row.idempotency_key, row.account = None, call.idempotency_key, other
                row.dedupe_key = f"join:again:{number}"
                row.save()
            dead.hang_up_takes = 2
            booking.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=cast.users["teacher"])
            hang_up()
            assert voice.hung_up == [line.key]
            assert len(dead.hung_up) == 1

    def test_a_turn_waits_for_no_gateway_for_long(
        self, cast, slot, line, account, voice, at, monkeypatch
    ):
        account.config |= {"timeout_seconds": 20}
        account.save()
        voice.hang_up_takes = 3
        monkeypatch.setattr(phones, "ANSWERS_SECONDS", 0.3)
        booking.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=cast.users["teacher"])
        began = monotonic()
        hang_up()
        assert monotonic() - began < 2
        assert voice.hung_up == [line.key]

    def test_it_waits_in_no_queue_behind_other_work(self):
        """Beat drops it after five seconds; an adult who is barred would talk on."""
        assert app.amqp.router.route({}, "delivery.hang_up")["queue"].name == "alerts"

    def test_what_is_called_off_stops_ringing(self, cast, slot, line, voice, at):
        booking.cancel(slot_id=slot.pk, cancelled_by="staff", at=at, by=cast.users["teacher"])
        hang_up()
        assert voice.hung_up == [line.key]


class TestPlacing:
    @pytest.mark.parametrize("takes", [True, False])
    def test_a_lost_answer_is_looked_up_and_rings_nobody_twice(
        self, slot, account, voice, at, takes
    ):
        voice.says = [Say(hangs_up=True, takes=takes)]
        row = ring(at)
        assert (row.state, row.lease_owner) == (State.CLAIMED, None)
        OutboxMessage.objects.filter(pk=row.pk).update(lease_until=at - timedelta(minutes=1))
        dispatch.rescue()
        OutboxMessage.objects.filter(pk=row.pk).update(due_at=at)
        dispatch.drain()
        assert message().state == State.ACCEPTED
        assert voice.sent()[str(row.idempotency_key)] == 1
        assert VoiceCall.objects.count() == 1

    def test_neither_number_is_rung_twice_in_a_minute(self, cast, phone, slot, account, voice, at):
        ring(at)
        other = make_phone(cast.school, "另一部", rings_at=SCHOOLS_NUMBER)
        make_slot(other, cast.students["haitao"], cast.adults["other_mother"], at, join_key="5")
        actions.ring(at=at)
        dispatch.drain()
        assert len(voice.calls) == 1
        assert OutboxMessage.objects.filter(kind="join", cause="call_soon").count() == 1


class TestTheDemoPhone:
    @pytest.fixture
    def call(self, cast, slot, at) -> VoiceCall:
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        ring(at)
        return VoiceCall.objects.get(channel=demo_call.KIND)

    def talk(self, call, at) -> None:
        phones.press(call=call, digit="1", at=at, leg=2)  # not rung yet
        phones.pick_up(call=call, at=at, leg=2)
        assert not call.events.exists()
        phones.pick_up(call=call, at=at, leg=1)
        phones.press(call=call, digit="1", at=at, leg=1)
        phones.pick_up(call=call, at=at, leg=2)
        for digit in "61":
            phones.press(call=call, digit=digit, at=at, leg=2)

    def test_both_ring_are_joined_and_counted(self, slot, call, at):
        self.talk(call, at)
        assert state_of(slot) == Slot.RUNNING
        phones.press(call=call, digit="3", at=at, leg=1)  # keys in a talk mean nothing
        phones.hang_up(call=call, at=at + timedelta(minutes=4), leg=2)
        assert state_of(slot) == Slot.DONE
        assert Contact.objects.get().minutes == 4

    def test_nobody_ends_it(self, slot, call, at):
        self.talk(call, at)
        assert phones.end_unanswered(at + timedelta(minutes=19)) == 0
        assert phones.end_unanswered(at + timedelta(minutes=21)) == 1
        assert slot.contact_key == Contact.objects.get().source_key
        assert Contact.objects.get().minutes == 20

    @pytest.mark.parametrize(("presses", "side"), [("", "child"), ("1", "parent")])
    def test_nobody_picks_up(self, slot, call, at, presses, side):
        for digit in presses:
            phones.pick_up(call=call, at=at, leg=1)
            phones.press(call=call, digit=digit, at=at, leg=1)
        assert phones.end_unanswered(at + timedelta(minutes=9)) == 0
        assert phones.end_unanswered(at + timedelta(minutes=11)) == 1
        assert state_of(slot) == Slot.MISSED
        assert slot.missed_side == side

    def test_two_wrong_keys_end_it(self, slot, call, at):
        phones.pick_up(call=call, at=at, leg=1)
        phones.press(call=call, digit="1", at=at, leg=1)
        phones.pick_up(call=call, at=at, leg=2)
        for digit in "78":
            phones.press(call=call, digit=digit, at=at, leg=2)
        assert state_of(slot) == Slot.MISSED
        assert ringing(VoiceCall.objects.all()) is None

    def test_who_is_barred_is_cut_off(self, cast, slot, call, at):
        self.talk(call, at)
        block(cast, at)
        hang_up()
        assert ringing(VoiceCall.objects.all()) is None

    def test_its_page(self, cast, slot, call, client):
        client.force_login(cast.users["teacher"], "django.contrib.auth.backends.ModelBackend")
        page, act = reverse("delivery:demo_phone"), reverse("delivery:demo_call", args=[call.pk])
        parents = f"{page}?of=a{slot.adult_id}"
        assert "电话响了" in client.get(f"{page}?of=school").content.decode()
        assert "电话响了" not in client.get(parents).content.decode()
        client.post(act, {"act": "pick_up", "leg": "1"})
        shown = client.post(act, {"key": "1", "leg": "1"}, follow=True).content.decode()
        assert "正在给家人打电话" in shown
        assert "电话响了" in client.get(parents).content.decode()
        client.post(act, {"act": "pick_up", "leg": "2"})
        shown = client.post(act, {"key": "6", "leg": "2"}, follow=True).content.decode()
        assert "梦瑶" in shown
        voice = reverse("delivery:demo_call_voice", args=[call.pk, "ready"])
        assert client.get(f"{voice}?leg=2")["Content-Type"] == "audio/ogg"


@given(key=st.sampled_from("45678"), digits=st.text(rules.KEYS, max_size=8))
def test_only_the_agreed_key_and_then_one_joins(key, digits):
    """Anyone who does not know the key has two tries; no key that opens joins or calls off."""
    script = telephone.parents_side("zh-hans", "学校", "梦瑶", key)
    events = [rules.Event(1, rules.ANSWERED, leg=2)]
    for digit in digits:
        step = rules.progress(script, events, 2).step
        events.append(rules.Event(len(events) + 1, rules.KEY, step.name, digit, leg=2))
    if rules.progress(script, events, 2).step.joins:
        at = digits.index(key)
        tries = [one for one in digits[:at] if one in "45678"]
        assert len(tries) < 2
        assert "1" in digits[at + 1 :]


@given(
    quiet=st.one_of(st.none(), st.tuples(st.times(), st.times())),
    shift=st.sampled_from(["", "day", "night", "rotating"]),
    is_blocked=st.booleans(),
    state=st.sampled_from([Slot.BOOKED, Slot.BOOKED, *Slot.values]),
    spent=st.integers(0, 300),
)
@settings(max_examples=80)
def test_never_outside_hours_to_a_barred_adult_or_above_costs(
    cast, phone, make_account, voice, at, quiet, shift, is_blocked, state, spent
):
    """Whatever holds when it is to ring. 20 minutes of two legs are 4 yuan of the 6 of a month."""
    voice.calls.clear()
    with transaction.atomic():
        account = make_account("voice", voice, fen=10, limit_yuan=6)
        adult = Adult.objects.get(pk=cast.adults["mother"].pk)
        adult.quiet_from, adult.quiet_until = quiet or (None, None)
        adult.shift = shift
        adult.save()
        make_slot(phone, cast.students["mengyao"], adult, at, join_key="6", state=state)
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
        actions.ring(at=at)
        if is_blocked:
            block(cast, at)
        dispatch.drain()
        may = may_ring(adult.hours, at) and not is_blocked and state == Slot.BOOKED
        assert len(voice.calls) == (may and spent + 400 <= 600)
        transaction.set_rollback(True)

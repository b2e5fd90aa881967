"""Incoming texts go into the right thread, into the tray, or no further."""

from datetime import UTC, datetime, timedelta

import pytest

from delivery.models import IncomingMessage, OutboxMessage
from guardians.actions import link_contact_point
from guardians.models import Adult, ContactPoint
from messaging.models import CheckIn, CheckInLine
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from tests.factories.cast import make_adult, make_guardianship
from tests.factories.threads import (
    in_the_tray,
    mother_writes,
    mother_writes_on,
    teacher_writes,
    text_in,
)
from threads import actions, policies
from threads.models import Routing, Thread, ThreadMessage

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 15, tzinfo=UTC)
GRANDMOTHER, STRANGER = "+8613893510003", "+8613900000009"


def land(cast, text, at=NOON, **more) -> Routing:
    row = text_in(cast, text, at=at, **more)
    actions.land_incoming(at=at)
    return Routing.objects.get(incoming=row)


class TestTakingIn:
    def test_a_provider_that_delivers_twice_changes_nothing(self, cast):
        for _time in range(2):
            text_in(cast, "您好", provider_id="abc", at=NOON)
        assert IncomingMessage.objects.count() == 1

    def test_each_lands_once(self, cast):
        land(cast, "她好吗", at=NOON)
        assert actions.land_incoming(at=NOON) == 0
        assert ThreadMessage.objects.count() == 1


class TestPlaces:
    def test_goes_on_with_the_thread_that_waits(self, cast):
        thread = teacher_writes(cast, at=NOON - timedelta(days=1)).thread
        assert land(cast, "谢谢老师").state == Routing.State.IN_THREAD
        last = thread.messages.last()
        assert (last.adult, last.via, last.text) == (cast.adults["mother"], "sms", "谢谢老师")

    def test_begins_one_where_there_is_none(self, cast):
        land(cast, "您好", address="+8613893510004")
        thread = Thread.objects.get()
        assert (thread.student, thread.owner) == (
            cast.students["haitao"],
            cast.users["next_teacher"],
        )

    def test_with_two_children_it_is_about_none(self, cast):
        land(cast, "您好")
        assert Thread.objects.get().student is None

    def test_a_shared_phone_lies_in_the_tray(self, cast):
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
        routing = land(cast, "您好", address=GRANDMOTHER)
        assert (routing.state, routing.cause) == ("tray", "several")

    def test_a_phone_shared_with_a_blocked_adult_bars(self, cast):
        ContactPoint.objects.create(
            school=cast.school, adult=cast.adults["father"], kind="phone", address=GRANDMOTHER
        )
        routing = land(cast, "您好", address=GRANDMOTHER)
        assert (routing.state, routing.cause) == ("tray", "barred")
        on = NOON.date()
        assert routing not in policies.tray_for(cast.users["teacher"], on)
        assert routing not in policies.tray_for(cast.users["admin"], on)
        assert routing in policies.tray_for(cast.users["principal"], on)
        grandmother = cast.adults["grandmother"]
        by = cast.users["principal"]
        assert actions.assign(routing=routing, adult=grandmother, by=by, at=NOON) is None
        assert grandmother not in policies.who_may_have_written(routing.incoming, on)

    def test_at_night_a_text_is_answered_with_the_numbers(self, cast):
        land(cast, "她发烧了", at=NIGHT)
        told = OutboxMessage.objects.get(kind="received")
        assert told.adult == cast.adults["mother"]
        assert "12356" in told.payload["words"]
        assert cast.school.phone in told.payload["words"]


class TestStop:
    def test_whoever_refuses_gets_no_more(self, cast):
        assert land(cast, "退订").state == Routing.State.OPTED_OUT
        cast.adults["mother"].refresh_from_db()
        assert cast.adults["mother"].opted_out_at == NOON
        assert not Thread.objects.exists()

    def test_of_a_shared_phone_everybody(self, cast):
        make_adult(cast.school, "李秀英", GRANDMOTHER)
        land(cast, "TD", address=GRANDMOTHER)
        stopped = Adult.objects.filter(contact_points__address=GRANDMOTHER, opted_out_at=NOON)
        assert stopped.count() == 2

    def test_from_a_number_nobody_has_somebody_looks(self, cast):
        assert land(cast, "退订", address=STRANGER).state == Routing.State.TRAY


class TestAnswers:
    @pytest.fixture
    def check_in(self, cast):
        row = CheckIn.objects.create(
            school=cast.school,
            adult=cast.adults["mother"],
            due_on=NOON.date(),
            asked_at=NOON,
            expires_at=NOON + timedelta(days=7),
        )
        CheckInLine.objects.create(
            school=cast.school, check_in=row, student=cast.students["mengyao"]
        )
        return row

    def test_to_the_letter_it_is_an_answer_and_stands_in_the_thread(self, cast, check_in):
        routing = land(cast, "已通话")
        check_in.refresh_from_db()
        assert (check_in.state, routing.answer) == ("answered", "talked")
        assert ThreadMessage.objects.get().text == "已通话"

    def test_anything_else_is_none(self, cast, check_in):
        land(cast, "昨天通话了")
        check_in.refresh_from_db()
        assert check_in.state == "waiting"

    def test_i_need_help_opens_one_concern_with_a_question_open(self, cast, check_in):
        assert land(cast, "需要帮忙！").answer == "need_help"
        assert [safeguarding.run_intake(NOON), safeguarding.run_intake(NOON)] == [1, 0]

    def test_it_is_shown_beside_the_question(self, cast, check_in):
        from messaging.queries import texts_since

        land(cast, "昨天通话了", at=NOON + timedelta(hours=1))
        assert [one.text for one in texts_since(check_in)] == ["昨天通话了"]


class TestHelp:
    @pytest.mark.parametrize("words", ["需要帮忙", "I need help!"])
    def test_without_a_question_the_words_of_the_button_open_a_concern(self, cast, words):
        assert land(cast, words, address="+8613893510004").answer == ""
        assert [safeguarding.run_intake(NOON), safeguarding.run_intake(NOON)] == [1, 0]
        concern = Concern.objects.get()
        assert (concern.student, concern.source) == (cast.students["haitao"], "family")
        assert concern.adult == cast.adults["other_mother"]

    def test_from_the_tray_once_somebody_knows_whose_words_they_are(self, cast):
        routing = in_the_tray(cast, "需要帮忙")
        assert safeguarding.run_intake(NOON) == 0
        actions.assign(
            routing=routing, adult=cast.adults["mother"], by=cast.users["principal"], at=NOON
        )
        assert safeguarding.run_intake(NOON) == 1

    def test_anything_else_opens_none(self, cast):
        land(cast, "我不需要帮忙")
        assert safeguarding.run_intake(NOON) == 0


class TestTray:
    def test_assigned_and_taken_back_it_never_was_there(self, cast):
        routing, by = in_the_tray(cast, at=NOON), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON)
        assert Thread.objects.count() == 1
        assert actions.put_back(routing=routing, by=by, at=NOON)
        routing.refresh_from_db()
        assert (routing.state, routing.cause) == ("tray", "unknown")
        assert not Thread.objects.exists()
        assert IncomingMessage.objects.count() == 1

    def test_in_a_thread_that_was_there_only_the_words_go(self, cast):
        thread = mother_writes(cast, at=NOON - timedelta(hours=2)).thread
        routing, by = in_the_tray(cast, at=NOON), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["mother"], by=by, at=NOON)
        assert thread.messages.count() == 2
        assert actions.put_back(routing=routing, by=by, at=NOON)
        thread.refresh_from_db()
        assert thread.messages.count() == 1
        assert thread.last_at == NOON - timedelta(hours=2)

    def test_a_finished_thread_is_finished_again(self, cast):
        thread = mother_writes(cast, at=NOON - timedelta(hours=2)).thread
        teacher, before = cast.users["teacher"], NOON - timedelta(hours=1)
        rows = list(thread.messages.all())
        actions.note_seen_by_staff(thread=thread, user=teacher, messages=rows, at=before)
        assert actions.finish(thread=thread, by=teacher, at=before)
        routing, by = in_the_tray(cast, at=NOON), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["mother"], by=by, at=NOON)
        assert actions.put_back(routing=routing, by=by, at=NOON)
        thread.refresh_from_db()
        assert (thread.state, thread.waiting_since) == (Thread.State.DONE, None)

    def test_who_waited_goes_on_waiting_since_the_first_word(self, cast):
        thread = mother_writes(cast, at=NOON - timedelta(hours=2)).thread
        mother_writes_on(cast, thread, NOON - timedelta(hours=1))
        routing, by = in_the_tray(cast, at=NOON), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["mother"], by=by, at=NOON)
        assert actions.put_back(routing=routing, by=by, at=NOON)
        thread.refresh_from_db()
        assert thread.waiting_since == NOON - timedelta(hours=2)

    def test_what_the_family_has_seen_stays(self, cast):
        routing, by = in_the_tray(cast, at=NOON), cast.users["principal"]
        mother = cast.adults["mother"]
        message = actions.assign(routing=routing, adult=mother, by=by, at=NOON)
        actions.say_from_school(
            thread=message.thread,
            said=actions.Said(key=message.key.__class__(int=7), text="您好"),
            by=cast.users["teacher"],
            at=NOON,
        )
        assert not actions.put_back(routing=routing, by=by, at=NOON)

    def test_two_who_assign_at_once(self, cast):
        routing, by = in_the_tray(cast, at=NOON), cast.users["principal"]
        assert actions.assign(routing=routing, adult=cast.adults["mother"], by=by, at=NOON)
        assert not actions.assign(
            routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON
        )

    def test_put_aside_with_undo(self, cast):
        routing, by = in_the_tray(cast, at=NOON), cast.users["admin"]
        assert actions.dismiss(routing=routing, by=by, at=NOON)
        assert actions.put_back(routing=routing, by=by, at=NOON)
        routing.refresh_from_db()
        assert routing.state == "tray"

    def test_a_class_teacher_sees_only_what_is_of_the_own_class(self, cast):
        on = NOON.date()
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
        shared, unknown = land(cast, "您好", address=GRANDMOTHER), in_the_tray(cast, at=NOON)
        assert set(policies.tray_for(cast.users["teacher"], on)) == {shared}
        assert not policies.tray_for(cast.users["next_teacher"], on).exists()
        assert set(policies.tray_for(cast.users["counsellor"], on)) == {shared, unknown}


def test_a_wechat_whose_number_is_no_longer_theirs_is_a_stranger(cast):
    """A WeChat account linked from a phone loses its owner with that phone: its texts are not the
    mother's.
    """
    mother = cast.adults["mother"]
    number = mother.contact_points.get()
    link_contact_point(
        adult=mother, kind="wechat", address="oMother1", linked_from=number.address, at=NOON
    )
    assert land(cast, "您好", address="oMother1").state == Routing.State.IN_THREAD
    number.delete()
    routing = land(cast, "是我", address="oMother1")
    assert (routing.state, routing.cause) == ("tray", "unknown")

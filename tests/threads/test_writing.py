"""Beginning a thread, going on, pings and quiet hours; every action counts once."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from delivery.models import DemoPhoneMessage, OutboxMessage
from guardians.models import Adult
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from schools.actions import keep_quiet_hours
from schools.models import Post
from tests.factories.threads import (
    mother_writes,
    mother_writes_on,
    said,
    teacher_writes,
    voice_file,
)
from threads import actions, queries
from threads.handing_over import THREADS
from threads.models import CallBack, Sighting, Thread, ThreadMessage
from uploads.models import Upload

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in China, a Tuesday
NIGHT = datetime(2026, 11, 24, 15, tzinfo=UTC)  # 23:00


def pings(**filters):
    return OutboxMessage.objects.filter(kind="thread", **filters)


def finish(cast, thread) -> None:
    """As somebody does who has read it."""
    rows = list(thread.messages.all())
    actions.note_seen_by_staff(thread=thread, user=cast.users["teacher"], messages=rows, at=NOON)
    assert actions.finish(thread=thread, by=cast.users["teacher"], at=NOON)


def answer(cast, thread, text="好多了", at=NOON, **more):
    return actions.say_from_school(
        thread=thread, said=said(text, **more), by=cast.users["teacher"], at=at
    )


class TestBeginning:
    def test_the_class_teacher_owns_what_a_mother_begins(self, cast):
        message = mother_writes(cast, at=NOON)
        thread = message.thread
        assert thread.owner == cast.users["teacher"]
        assert (thread.state, thread.waiting_since) == (Thread.State.WAITING_SCHOOL, NOON)
        assert [one.adult for one in thread.people.all()] == [cast.adults["mother"]]
        assert message.opens_exchange

    def test_about_nothing_in_particular(self, cast):
        thread = mother_writes(cast, child=None, at=NOON).thread
        assert thread.student is None
        assert thread.owner == cast.users["teacher"]  # the teacher of her eldest child

    def test_the_same_key_begins_nothing_twice(self, cast):
        key = uuid4()
        first = mother_writes(cast, key=key, at=NOON)
        again = mother_writes(cast, "anders", key=key, at=NOON + timedelta(hours=3))
        assert again == first
        assert (Thread.objects.count(), ThreadMessage.objects.count()) == (1, 1)

    def test_a_key_of_somebody_else_is_refused(self, cast):
        key = uuid4()
        mother_writes(cast, key=key, at=NOON)
        with pytest.raises(actions.StaleKey):
            teacher_writes(cast, key=key, at=NOON)

    def test_without_a_class_teacher_the_counsellor_answers(self, cast):
        cast.users["teacher"].posts.update(ends_on="2026-01-01")
        owner = queries.owner_for(cast.students["mengyao"], cast.adults["mother"], NOON)
        assert owner in (cast.users["counsellor"], cast.users["principal"])

    def test_voice_and_photo_are_kept_once_and_made_anew(self, cast):
        message = mother_writes(cast, "", voice=voice_file(10), at=NOON)
        assert message.voice.is_voice
        ogg = message.voice.contents.get(content_type="audio/ogg")
        assert len(bytes(ogg.data)) <= 20_000
        assert Upload.objects.count() == 1

    def test_a_voice_about_no_child_belongs_to_the_school(self, cast):
        voice = mother_writes(cast, "", child=None, voice=voice_file(), at=NOON).voice
        assert (voice.student, voice.school) == (None, cast.school)


class TestTurns:
    def test_an_answer_passes_the_turn_and_a_new_word_reopens(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        answer(cast, thread, at=NOON + timedelta(minutes=5))
        thread.refresh_from_db()
        assert thread.state == Thread.State.WAITING_FAMILY
        finish(cast, thread)
        thread.refresh_from_db()
        assert (thread.state, thread.waiting_since) == (Thread.State.DONE, None)
        later = NOON + timedelta(hours=1)
        message = actions.say_from_family(
            thread=thread, adult=cast.adults["mother"], said=said("还有"), by=None, at=later
        )
        thread.refresh_from_db()
        assert (thread.state, thread.waiting_since) == (Thread.State.WAITING_SCHOOL, later)
        assert message.opens_exchange

    def test_whoever_waits_goes_on_waiting_since_the_first_word(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        actions.say_from_family(
            thread=thread,
            adult=cast.adults["mother"],
            said=said("?"),
            by=None,
            at=NOON + timedelta(hours=2),
        )
        thread.refresh_from_db()
        assert thread.waiting_since == NOON

    def test_done_finishes_nothing_that_came_in_unseen(self, cast):
        thread, teacher = mother_writes(cast, at=NOON).thread, cast.users["teacher"]
        actions.note_seen_by_staff(
            thread=thread, user=teacher, messages=list(thread.messages.all()), at=NOON
        )
        client = Client()
        client.force_login(teacher, "django.contrib.auth.backends.ModelBackend")
        mother_writes_on(cast, thread, NOON + timedelta(minutes=1))
        answer = client.post(reverse("threads:done", args=[thread.pk]), follow=True)
        thread.refresh_from_db()
        assert (thread.state, thread.waiting_since) == (Thread.State.WAITING_SCHOOL, NOON)
        assert "还有一件事" in answer.content.decode()
        client.post(reverse("threads:done", args=[thread.pk]))
        thread.refresh_from_db()
        assert thread.state == Thread.State.DONE

    def test_undo_of_done_knows_who_waited(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        finish(cast, thread)
        actions.reopen(thread=thread, by=cast.users["teacher"], at=NOON)
        thread.refresh_from_db()
        assert (thread.state, thread.waiting_since) == (Thread.State.WAITING_SCHOOL, NOON)

    def test_undo_of_done_knows_since_when(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        mother_writes_on(cast, thread, NOON + timedelta(hours=2))
        finish(cast, thread)
        actions.reopen(thread=thread, by=cast.users["teacher"], at=NOON)
        thread.refresh_from_db()
        assert (thread.state, thread.waiting_since) == (Thread.State.WAITING_SCHOOL, NOON)

    def test_a_repeated_answer_is_one(self, cast):
        thread, key = mother_writes(cast, at=NOON).thread, uuid4()
        for _time in range(2):
            answer(cast, thread, key=key)
        assert thread.messages.filter(user=cast.users["teacher"]).count() == 1

    def test_voice_balance(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        answer(cast, thread)
        teacher_writes(cast, "grandmother", at=NOON)
        balance = queries.voice_balance(cast.school, NOON.date())
        assert (balance.begun_by_family, balance.all, balance.percent) == (1, 2, 50)
        empty = queries.voice_balance(cast.other_school, NOON.date())
        assert empty.percent is None

    @pytest.mark.parametrize(("later", "counted"), [(0, 1), (27, 1), (28, 0)])
    def test_voice_balance_looks_back_four_weeks_on_any_day_of_a_month(self, cast, later, counted):
        mother_writes(cast, at=NOON)
        on = NOON.date() + timedelta(days=later)
        assert queries.voice_balance(cast.school, on).all == counted


class TestQuietHours:
    def test_at_night_a_kind_word_once_and_no_ping_before_morning(self, cast):
        thread = mother_writes(cast, at=NIGHT).thread
        actions.say_from_family(
            thread=thread,
            adult=cast.adults["mother"],
            said=said("?"),
            by=None,
            at=NIGHT + timedelta(minutes=20),
        )
        words = thread.messages.filter(via="automatic")
        assert [one.back_at for one in words] == [datetime(2026, 11, 24, 23, tzinfo=UTC)]
        assert [one.due_at for one in pings(user=cast.users["teacher"])] == [words[0].back_at]

    def test_by_day_a_ping_waits_a_minute_for_what_else_is_written(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        answer(cast, thread, at=NOON)
        minute = NOON + timedelta(minutes=1)
        to_staff, to_family = pings(user=cast.users["teacher"]), pings(adult=cast.adults["mother"])
        ends = [(one.due_at, one.expires_at) for one in (to_staff.get(), to_family.get())]
        assert ends == [
            (minute, minute + timedelta(hours=24)),
            (minute, NOON + timedelta(days=3)),
        ]

    def test_by_day_nothing_is_said_by_itself(self, cast):
        assert not mother_writes(cast, at=NOON).thread.messages.filter(via="automatic").exists()

    def test_own_hours_come_before_the_schools(self, cast):
        teacher, school = cast.users["teacher"], cast.school
        hours = {"quiet_from": "12:00", "quiet_until": "13:00", "by": teacher}
        keep_quiet_hours(school=school, user=None, wants_pings=True, **hours)
        assert mother_writes(cast, at=NOON).thread.messages.filter(via="automatic").exists()
        own = hours | {"quiet_from": "20:00", "quiet_until": "21:00"}
        keep_quiet_hours(school=school, user=teacher, wants_pings=False, **own)
        assert not mother_writes(cast, at=NOON).thread.messages.filter(via="automatic").exists()
        pings(user=teacher).delete()
        mother_writes(cast, at=NOON)
        assert not pings(user=teacher).exists()


class TestPings:
    def test_several_answers_are_one_ping_without_words(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        for minute in range(3):
            answer(cast, thread, "她好多了", at=NOON + timedelta(minutes=minute))
        ping = pings(adult=cast.adults["mother"]).get()
        assert ping.payload["path"] == f"/f/messages/{thread.pk}/"
        assert "好多了" not in str(ping.payload)

    def test_what_was_read_is_not_told(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        message = answer(cast, thread)
        actions.note_seen_by_family(
            thread=thread, adult=cast.adults["mother"], messages=[message], at=NOON
        )
        ping = pings(adult=cast.adults["mother"]).get()
        assert (ping.state, ping.cause) == ("suppressed", "seen")
        assert Sighting.objects.get().adult == cast.adults["mother"]

    def test_what_a_worker_holds_is_called_off_at_its_last_look(self, cast, drain):
        thread = mother_writes(cast, at=NOON).thread
        message = answer(cast, thread)
        pings().update(state="claimed", lease_owner=uuid4(), lease_until=NOON)
        actions.note_seen_by_family(
            thread=thread, adult=cast.adults["mother"], messages=[message], at=NOON
        )
        mine = pings(adult=cast.adults["mother"])
        mine.update(
            state="due",
            lease_owner=None,
            lease_until=None,
            expires_at=datetime(2099, 1, 1, tzinfo=UTC),
        )
        drain()
        assert (mine.get().state, mine.get().cause) == ("suppressed", "seen")
        assert not DemoPhoneMessage.objects.filter(adult=cast.adults["mother"]).exists()

    def test_only_those_in_the_thread_are_told(self, cast):
        teacher_writes(cast, "mother", at=NOON)
        assert set(pings().values_list("adult__name", flat=True)) == {"王芳"}

    def test_a_blocked_adult_is_told_nothing(self, cast):
        thread = teacher_writes(cast, "mother", "grandmother", at=NOON).thread
        pings().delete()
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(
            blocked_at=NOON, blocked_reason="x", blocked_by=cast.users["principal"]
        )
        answer(cast, thread)
        assert set(pings().values_list("adult__name", flat=True)) == {"李秀兰"}

    @pytest.fixture
    def drain(self, cast):
        from delivery import dispatch
        from schools.models import School

        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        return dispatch.drain


class TestHands:
    def test_handed_over_once_with_a_word_and_the_new_owner_is_told(self, cast):
        thread, key = mother_writes(cast, at=NOON).thread, uuid4()
        for _time in range(2):
            actions.hand_over(
                thread=thread,
                to=cast.users["counsellor"],
                words="请您帮我看看",
                by=cast.users["teacher"],
                key=key,
                at=NOON,
            )
        thread.refresh_from_db()
        assert thread.owner == cast.users["counsellor"]
        assert thread.hand_overs.get().words == "请您帮我看看"
        assert pings(user=cast.users["counsellor"]).count() == 1

    def test_call_me_back_is_one_open_task(self, cast):
        message = mother_writes(cast, wants_call=True, at=NOON)
        actions.say_from_family(
            thread=message.thread,
            adult=cast.adults["mother"],
            said=said("", wants_call=True),
            by=None,
            at=NOON,
        )
        call = CallBack.objects.get()
        by = cast.users["teacher"]
        actions.close_call_back(call_back=call, outcome="nobody", words="", by=by, at=NOON)
        assert CallBack.objects.get().done_at is None
        actions.close_call_back(call_back=call, outcome="talked", words="", by=by, at=NOON)
        assert CallBack.objects.get().done_at == NOON
        assert actions.reopen_call_back(call_back=call)
        assert CallBack.objects.get().done_at is None


class TestHelp:
    def test_i_need_help_opens_one_concern(self, cast):
        mother_writes(cast, "家里没有大人", calls_for_help=True, at=NOON)
        safeguarding.run_intake(NOON)
        safeguarding.run_intake(NOON)
        concern = Concern.objects.get()
        assert concern.student == cast.students["mengyao"]
        assert (concern.source, concern.words) == ("family", "家里没有大人")
        assert concern.clock == "round_the_clock"

    def test_without_a_child_it_is_about_the_eldest(self, cast):
        mother_writes(cast, "帮帮我", child=None, calls_for_help=True, at=NOON)
        safeguarding.run_intake(NOON)
        assert Concern.objects.get().student in cast.students.values()


class TestFormerOwners:
    def test_what_was_on_its_way_to_them_is_called_off(self, cast):
        thread = mother_writes(cast, at=NIGHT).thread
        by, to = cast.users["principal"], cast.users["counsellor"]
        actions.hand_over(thread=thread, to=to, words="", by=by, key=uuid4(), at=NIGHT)
        assert [one.state for one in pings(user=cast.users["teacher"])] == ["suppressed"]
        assert [one.state for one in pings(user=to)] == ["due"]

    def test_also_if_nobody_owns_it_after_them(self, cast):
        thread = mother_writes(cast, at=NIGHT).thread
        THREADS.let_go(row=thread, by=cast.users["principal"], at=NIGHT)
        thread.refresh_from_db()
        assert thread.owner is None
        assert [one.state for one in pings(user=cast.users["teacher"])] == ["suppressed"]

    def test_an_owner_whose_post_has_ended_gets_none(self, cast):
        thread = mother_writes(cast, at=NOON).thread
        pings().delete()
        Post.objects.filter(user=thread.owner).update(ends_on=NOON.date() - timedelta(days=1))
        actions.say_from_family(
            thread=thread, adult=cast.adults["mother"], said=said("在吗"), by=None, at=NOON
        )
        assert not pings(user=cast.users["teacher"]).exists()

"""Incoming texts go into the right thread, into the tray, or no further."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from core import clock
from delivery.models import IncomingMessage, OutboxMessage
from doors.staff.today import work_of
from guardians.actions import link_contact_point
from guardians.models import Adult, Contact, ContactPoint
from messaging import actions as messaging
from messaging.models import CheckIn, CheckInLine
from safeguarding import actions as safeguarding
from safeguarding import nobody
from safeguarding.models import Concern
from safeguarding.policies import can_handle
from schools.worklist import Lane
from tests.factories.barriers import bar_teacher
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


@pytest.fixture
def as_(cast):
    def signed_in(who: str) -> Client:
        client = Client()
        client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def on_today(user, at):
    """What calls for help and texts bring to this person's Today."""
    return [one for one in work_of(user, at) if one.key.startswith(("concern-", "tray-"))]


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

    @pytest.fixture
    def unknown(self, cast):
        """A text from a number that nobody knows, which came two days before NOON."""
        return in_the_tray(cast, "已通话", at=NOON - timedelta(days=2))

    def given(self, cast, routing) -> str:
        who = {"adult": cast.adults["mother"], "by": cast.users["principal"]}
        actions.assign(routing=routing, at=NOON + timedelta(hours=1), **who)
        routing.refresh_from_db()
        assert routing.state == "in_thread"
        return routing.answer

    def test_assigned_late_it_tells_of_the_day_on_which_it_came(self, cast, check_in, unknown):
        CheckIn.objects.update(asked_at=NOON - timedelta(days=3))
        assert self.given(cast, unknown) == "talked"
        assert Contact.objects.get().happened_on == (NOON - timedelta(days=2)).date()

    def test_it_answers_no_question_that_was_asked_after_it(self, cast, check_in, unknown):
        assert self.given(cast, unknown) == ""
        check_in.refresh_from_db()
        assert check_in.state == "waiting"
        assert not Contact.objects.exists()

    def test_it_changes_no_answer_that_was_given_after_it(self, cast, check_in, unknown):
        CheckIn.objects.update(asked_at=NOON - timedelta(days=3))
        line = check_in.lines.get()
        messaging.answer(
            check_in=check_in, key="tap", answers={line.student_id: "not_yet"}, at=NOON
        )
        assert self.given(cast, unknown) == ""
        check_in.refresh_from_db()
        assert check_in.state == "not_yet"

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

    def test_from_a_shared_phone_it_is_heard_before_anybody_knows_whose_it_is(self, cast):
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["haitao"], aunt, "relative")
        routing = land(cast, "需要帮忙", address=GRANDMOTHER)
        assert (routing.state, routing.cause) == ("tray", "several")
        assert [safeguarding.run_intake(NOON), safeguarding.run_intake(NOON)] == [3, 0]
        named = {one.student: one.named_adult for one in Concern.objects.all()}
        assert named == {
            cast.students["mengyao"]: cast.users["teacher"],
            cast.students["xiaobao"]: cast.users["teacher"],
            cast.students["haitao"]: cast.users["next_teacher"],
        }
        concern = Concern.objects.get(student=cast.students["haitao"])
        assert (concern.source, concern.clock, concern.adult) == ("family", "round_the_clock", None)
        assert concern.words == "需要帮忙"
        rows = [one.key for one in on_today(cast.users["next_teacher"], NOON)]
        assert rows == [f"concern-{concern.pk}"]
        told = OutboxMessage.objects.filter(kind="concern").values_list("user", flat=True)
        assert set(told) == {cast.users["teacher"].pk, cast.users["next_teacher"].pk}

    def test_the_same_call_opens_no_second_concern_once_it_is_assigned(self, cast):
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
        routing = land(cast, "需要帮忙", address=GRANDMOTHER)
        assert safeguarding.run_intake(NOON) == 2
        by = cast.users["principal"]
        actions.assign(routing=routing, adult=aunt, by=by, at=NOON)
        assert safeguarding.run_intake(NOON) == 0
        assert actions.put_back(routing=routing, by=by, at=NOON)
        # It was somebody else, whose child nobody was told of.
        actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON)
        assert [safeguarding.run_intake(NOON), safeguarding.run_intake(NOON)] == [1, 0]
        assert Concern.objects.last().student == cast.students["haitao"]

    def test_taken_back_from_the_wrong_family_its_concern_says_so_and_its_keeper_is_told(
        self, cast, as_
    ):
        routing, by = in_the_tray(cast, "需要帮忙"), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON)
        safeguarding.run_intake(NOON)
        wrong = Concern.objects.get()
        assert (wrong.student, wrong.adult) == (
            cast.students["haitao"],
            cast.adults["other_mother"],
        )
        OutboxMessage.objects.all().delete()
        later = NOON + timedelta(minutes=5)
        assert actions.put_back(routing=routing, by=by, at=later)
        for _time in range(2):
            safeguarding.run_intake(later)
        assert Concern.objects.count() == 1
        told = OutboxMessage.objects.filter(payload__concern=wrong.pk)
        assert [(one.user, one.payload["words"]) for one in told] == [
            (cast.users["next_teacher"], safeguarding.TEXT_TAKEN_BACK)
        ]
        wrong.refresh_from_db()
        assert (wrong.closed_at, wrong.adult) == (None, None)
        page = as_("next_teacher").get(f"/concerns/{wrong.pk}/").content.decode()
        assert "错记到了这一家" in page
        assert cast.adults["other_mother"].name not in page.split('id="main"')[-1]
        safeguarding.close(
            concern=wrong,
            by=cast.users["next_teacher"],
            closing="answered",
            words="弄错了",
            at=later,
        )
        # The right child's opens at once, also for the same family if it was right after all.
        for adult, student in (("mother", "mengyao"), ("other_mother", "haitao")):
            actions.assign(routing=routing, adult=cast.adults[adult], by=by, at=later)
            assert [safeguarding.run_intake(later), safeguarding.run_intake(later)] == [1, 0]
            right = Concern.objects.get(closed_at=None, adult=cast.adults[adult])
            assert right.student == cast.students[student]
            routing.refresh_from_db()
            assert actions.put_back(routing=routing, by=by, at=later)

    def test_taken_back_it_climbs_no_further_and_everybody_who_was_told_hears_of_it(self, cast):
        routing, by = in_the_tray(cast, "需要帮忙"), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON)
        safeguarding.run_intake(NOON)
        later = NOON + timedelta(minutes=16)
        assert safeguarding.climb_unacknowledged(later) == 1
        concern = Concern.objects.get()
        assert concern.needs_adult_now
        told = {cast.users["next_teacher"], cast.users["counsellor"]}
        assert {one.user for one in OutboxMessage.objects.filter(kind="concern")} == told
        OutboxMessage.objects.all().delete()
        assert actions.put_back(routing=routing, by=by, at=later)
        safeguarding.run_intake(later)
        rows = OutboxMessage.objects.filter(payload__concern=concern.pk)
        assert {one.user for one in rows} == told
        assert {one.payload["words"] for one in rows} == {safeguarding.TEXT_TAKEN_BACK}
        assert safeguarding.climb_unacknowledged(later + timedelta(days=5)) == 0
        concern.refresh_from_db()
        assert not concern.needs_adult_now
        assert concern.closed_at is None  # a person closes it
        assert on_today(cast.users["counsellor"], later) != []
        Concern.objects.update(named_adult=None)
        assert not nobody.concerns_of_nobody().exists()

    def test_taken_back_it_goes_on_if_a_person_judged_that_somebody_must_look(self, cast):
        routing, by = in_the_tray(cast, "需要帮忙"), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON)
        safeguarding.run_intake(NOON)
        assert actions.put_back(routing=routing, by=by, at=NOON)
        safeguarding.run_intake(NOON)
        later = NOON + timedelta(days=5)
        assert safeguarding.climb_unacknowledged(later) == 0
        safeguarding.hand_over(
            concern=Concern.objects.get(),
            by=cast.users["next_teacher"],
            to=cast.users["counsellor"],
            words="真的有事",
            at=NOON,
        )
        assert safeguarding.climb_unacknowledged(later) == 1

    def test_who_closed_a_concern_is_told_if_its_text_is_taken_back(self, cast):
        routing, by = in_the_tray(cast, "需要帮忙"), cast.users["principal"]
        actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=NOON)
        safeguarding.run_intake(NOON)
        keeper = cast.users["counsellor"]
        safeguarding.close(
            concern=Concern.objects.get(), by=keeper, closing="answered", words="打过电话", at=NOON
        )
        OutboxMessage.objects.all().delete()
        assert actions.put_back(routing=routing, by=by, at=NOON)
        safeguarding.run_intake(NOON)
        told = OutboxMessage.objects.filter(kind="concern", payload__has_key="concern")
        assert [one.user for one in told] == [keeper]

    def test_assigned_at_once_it_is_heard_as_well(self, cast):
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
        routing = land(cast, "需要帮忙", address=GRANDMOTHER)
        actions.assign(routing=routing, adult=aunt, by=cast.users["principal"], at=NOON)
        assert safeguarding.run_intake(NOON) == 1
        assert Concern.objects.get().adult == aunt

    def test_the_page_says_that_the_sender_is_not_certain_and_shows_the_number(self, cast, as_):
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["haitao"], aunt, "relative")
        land(cast, "需要帮忙", address="+8613893510002")
        safeguarding.run_intake(NOON)
        barred = Concern.objects.first()
        page = as_("counsellor").get(f"/concerns/{barred.pk}/").content.decode()
        assert "还不能确定是谁发的" in page
        assert "tel:+8613893510002" not in page
        # The number itself is shown to those who may ring it.
        ContactPoint.objects.filter(adult=cast.adults["father"]).delete()
        land(cast, "需要帮忙", address=GRANDMOTHER)
        safeguarding.run_intake(NOON)
        shared = Concern.objects.get(student=cast.students["haitao"])
        page = as_("counsellor").get(f"/concerns/{shared.pk}/").content.decode()
        assert f"tel:{GRANDMOTHER}" in page

    def test_a_number_of_a_blocked_adult_goes_past_the_class_teacher(self, cast):
        """Only those who may block adults see that text; it may come from somebody beside the child."""
        routing = land(cast, "需要帮忙", address="+8613893510002")
        assert (routing.state, routing.cause) == ("tray", "barred")
        assert safeguarding.run_intake(NOON) == 2
        for concern in Concern.objects.all():
            assert (concern.named_adult, concern.adult) == (cast.users["counsellor"], None)
            assert not can_handle(cast.users["teacher"], concern, NOON.date())

    def test_somebody_barred_from_the_child_hears_nothing_of_it(self, cast):
        aunt = make_adult(cast.school, "李秀英", GRANDMOTHER)
        make_guardianship(cast.students["mengyao"], aunt, "relative")
        bar_teacher(cast)
        land(cast, "需要帮忙", address=GRANDMOTHER)
        safeguarding.run_intake(NOON)
        concern = Concern.objects.get(student=cast.students["mengyao"])
        assert concern.named_adult == cast.users["counsellor"]
        assert not can_handle(cast.users["teacher"], concern, NOON.date())

    def test_an_adult_who_gets_no_news_of_the_child_may_still_call(self, cast):
        tie = cast.adults["other_mother"].guardianships.get()
        tie.may_see_file = False
        tie.save()
        assert land(cast, "需要帮忙", address="+8613893510004").cause == "no_child"
        assert safeguarding.run_intake(NOON) == 1
        assert Concern.objects.get().student == cast.students["haitao"]

    def test_from_a_number_nobody_has_it_is_on_today_and_somebody_is_told(self, cast):
        at = clock.now()
        routing = in_the_tray(cast, "需要帮忙", at=at)
        assert [safeguarding.run_intake(at), safeguarding.run_intake(at)] == [0, 0]
        for who in ("counsellor", "principal", "admin"):
            (item,) = on_today(cast.users[who], at)
            assert (item.key, item.lane) == (f"tray-{routing.pk}", Lane.ADULT_NOW)
        assert on_today(cast.users["teacher"], at) == []
        told = OutboxMessage.objects.filter(kind="concern").values_list("user", flat=True)
        assert sorted(told) == sorted([cast.users["counsellor"].pk, cast.users["principal"].pk])
        actions.dismiss(routing=routing, by=cast.users["admin"], at=at)
        assert on_today(cast.users["principal"], at) == []

    def test_put_aside_and_put_back_they_are_told_again_once(self, cast):
        at, by = clock.now(), cast.users["admin"]
        routing = in_the_tray(cast, "需要帮忙", at=at - timedelta(days=3))
        safeguarding.run_intake(at - timedelta(days=3))
        told = OutboxMessage.objects.filter(dedupe_key__startswith="tray:")
        for times in (2, 3):
            later = at + timedelta(seconds=times)
            assert actions.dismiss(routing=routing, by=by, at=later)
            safeguarding.run_intake(later)
            assert told.count() == 2 * (times - 1)
            assert actions.put_back(routing=routing, by=by, at=later)
            for _time in range(2):
                safeguarding.run_intake(later)
            assert told.count() == 2 * times

    def test_it_is_heard_even_if_the_children_have_left_since_it_was_assigned(self, cast):
        routing, mother = in_the_tray(cast, "需要帮忙"), cast.adults["mother"]
        actions.assign(routing=routing, adult=mother, by=cast.users["principal"], at=NOON)
        mother.guardianships.update(ends_on=NOON.date() - timedelta(days=1))
        assert [safeguarding.run_intake(NOON), safeguarding.run_intake(NOON)] == [1, 0]
        concern = Concern.objects.get()
        assert (concern.student, concern.adult) == (cast.students["mengyao"], mother)
        assert concern.named_adult == cast.users["teacher"]

    def test_it_cannot_be_given_to_somebody_without_a_child_here(self, cast, as_):
        routing = in_the_tray(cast, "需要帮忙")
        uncle = make_adult(cast.school, "李秀英", GRANDMOTHER)
        as_("principal").post(f"/messages/tray/{routing.pk}/assign/", {"adult": uncle.pk})
        routing.refresh_from_db()
        assert (routing.state, Thread.objects.count()) == ("tray", 0)

    @pytest.mark.parametrize("days", [0, 3])
    def test_taken_back_from_the_wrong_family_they_are_told_again_once(self, cast, days):
        at, by = clock.now(), cast.users["principal"]
        routing = in_the_tray(cast, "需要帮忙", at=at - timedelta(days=days))
        safeguarding.run_intake(at - timedelta(days=days))
        told = OutboxMessage.objects.filter(dedupe_key__startswith="tray:")
        assert told.count() == 2
        for times in (2, 3):
            later = at + timedelta(seconds=times)
            actions.assign(routing=routing, adult=cast.adults["other_mother"], by=by, at=later)
            safeguarding.run_intake(later)
            assert told.count() == 2 * (times - 1)
            assert actions.put_back(routing=routing, by=by, at=later)
            for _time in range(2):
                safeguarding.run_intake(later)
            assert told.count() == 2 * times
        (item,) = on_today(cast.users["admin"], at)
        assert item.key == f"tray-{routing.pk}"

    def test_anything_else_opens_none(self, cast):
        land(cast, "我不需要帮忙")
        assert safeguarding.run_intake(NOON) == 0


class TestTrayOnToday:
    """A text that nobody has assigned for a day is on the Today of everybody who may assign it."""

    def test_after_a_day(self, cast):
        at = clock.now()
        routing = in_the_tray(cast, at=at)
        assert on_today(cast.users["principal"], at + timedelta(hours=23)) == []
        (item,) = on_today(cast.users["principal"], at + timedelta(hours=25))
        assert (item.key, item.lane) == (f"tray-{routing.pk}", Lane.AWAITING_ANSWER)
        assert on_today(cast.users["next_teacher"], at + timedelta(hours=25)) == []

    @pytest.mark.parametrize("text", ["她说不想活了，你们快去看看", "救命", "I want to DIE"])
    def test_at_once_if_it_may_be_about_a_life(self, cast, text):
        at = clock.now()
        routing = in_the_tray(cast, text, at=at)
        (item,) = on_today(cast.users["principal"], at)
        assert (item.key, item.lane) == (f"tray-{routing.pk}", Lane.ADULT_NOW)
        assert "请马上看" in item.why
        assert on_today(cast.users["next_teacher"], at) == []

    def test_it_opens_the_tray_at_its_place(self, cast):
        at = clock.now()
        routing = in_the_tray(cast, "需要帮忙", at=at)
        (item,) = on_today(cast.users["principal"], at)
        assert item.act_url == f"/messages/tray/?for={routing.pk}#tray-{routing.pk}"
        assert item.student_name == "139 0000 0009"


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

"""Inviting, moving, calling off, reminding: whom, when, once, and nobody who must not hear of it."""

import threading
from datetime import UTC, datetime, timedelta

import pgtrigger
import pytest
from django.db import connection, transaction

from core import clock
from delivery import dispatch
from delivery.models import DemoPhoneMessage
from doors.staff import erasing
from guardians.blocking import actions as blocking
from guardians.duplicates import merging
from guardians.models import Adult, ContactPoint, Guardianship
from meetings import actions, messages
from meetings.models import Meeting, MeetingInvitation
from schools.models import School
from students.models import Barrier, Enrolment
from tests.factories import meetings
from tests.factories.cast import make_adult, make_guardianship, make_student

pytestmark = pytest.mark.django_db
TUESDAY = datetime(2026, 11, 24, 4, tzinfo=UTC)  # 12:00 in China
FRIDAY = datetime(2026, 11, 27, 7, tzinfo=UTC)  # 15:00
EVE = datetime(2026, 11, 26, 11, tzinfo=UTC)  # 19:00 on Thursday


@pytest.fixture(autouse=True)
def _sends(cast):
    """A demo school, which has a phone to send to."""
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)
    cast.school.refresh_from_db()


def drain(at: datetime) -> None:
    """Send what is due at that instant; the clock is the database's."""
    seconds = 60 + int((at - datetime.now(UTC)).total_seconds())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('jiaqiao.clock_offset', %s, true)", [f"{seconds} seconds"]
        )
    assert abs((clock.now() - at).total_seconds()) < 120
    dispatch.drain()


def make(cast, **changes) -> Meeting:
    return meetings.make(cast, at=TUESDAY, starts_in=FRIDAY - TUESDAY, **changes)


def invited(meeting: Meeting) -> list[str]:
    return sorted(meeting.invitations.values_list("adult__name", flat=True))


def came_in(word: str) -> list[str]:
    rows = DemoPhoneMessage.objects.filter(text__contains=word)
    return sorted(rows.values_list("adult__name", flat=True))


class TestWhom:
    def test_each_adult_once_however_many_children(self, cast):
        meeting = make(cast)
        assert meeting.children.count() == 2
        assert invited(meeting) == ["李秀兰", "王芳"]
        drain(TUESDAY)
        assert came_in("邀请您参加") == ["李秀兰", "王芳"]
        for said in DemoPhoneMessage.objects.values_list("text", flat=True):
            assert "/f/meetings/l/" in said
            assert not any(word in said for word in ("梦瑶", "小宝", meetings.TITLE))

    def test_children_in_two_classes_are_one_invitation(self, cast):
        other = make_student(cast.next_class, "徐小妹")
        make_guardianship(other, cast.adults["mother"], "mother")
        meeting = make(cast, by="principal", picked=[cast.school_class.pk, cast.next_class.pk])
        assert invited(meeting).count("王芳") == 1

    def test_nobody_blocked_and_nobody_barred(self, cast):
        assert "徐建国" not in invited(make(cast))
        user = cast.users["mother"]
        for child in ("mengyao", "xiaobao"):
            Barrier.objects.create(
                school=cast.school,
                student=cast.students[child],
                user=user,
                reason="x",
                set_at=TUESDAY,
                set_by=cast.users["principal"],
            )
        assert invited(make(cast)) == ["李秀兰"]

    def test_who_wants_no_messages_is_rung_up(self, cast):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(opted_out_at=TUESDAY)
        assert invited(make(cast)) == ["李秀兰", "王芳"]
        drain(TUESDAY)
        assert came_in("邀请您参加") == ["李秀兰"]

    def test_the_same_form_twice_is_one_meeting(self, cast):
        said = meetings.plan(cast, FRIDAY)
        for _ in range(2):
            actions.invite(school=cast.school, plan=said, by=cast.users["teacher"], at=TUESDAY)
        assert Meeting.objects.count() == 1
        drain(TUESDAY)
        assert len(came_in("邀请您参加")) == 2

    def test_a_teacher_invites_the_own_class_alone(self, cast):
        meeting = make(cast, picked=[cast.school_class.pk, cast.next_class.pk])
        assert set(meeting.children.values_list("student__name", flat=True)) == {"徐梦瑶", "徐小宝"}
        assert not make(cast, scope="school", picked=[]).children.exists()
        assert make(cast, by="counsellor", scope="school", picked=[]).children.count() == 3
        assert make(cast, by="admin", scope="grades", picked=[3]).children.count() == 3

    def test_as_many_queries_for_ten_families_as_for_one(self, cast, django_assert_max_num_queries):
        counts = []
        for number, many in enumerate((1, 10)):
            for child in range(many):
                student = make_student(cast.next_class, f"孩子{number}{child}")
                adult = make_adult(cast.school, "家长", f"+861389359{number}0{child:02d}")
                make_guardianship(student, adult, "mother")
            with django_assert_max_num_queries(60) as captured:
                make(cast, by="principal", picked=[cast.next_class.pk])
            counts.append(len(captured))
        assert counts[0] == counts[1]


class TestGoing:
    @pytest.mark.parametrize(
        "after", ["blocked", "opted_out", "answered", "left", "off", "nothing"]
    )
    def test_asked_again_as_it_goes(self, cast, after):
        meeting, mother = make(cast), cast.adults["mother"]
        if after == "blocked":
            blocking.block_adult(adult=mother, reason="x", by=cast.users["principal"], at=TUESDAY)
        elif after == "opted_out":
            Adult.objects.filter(pk=mother.pk).update(opted_out_at=TUESDAY)
        elif after == "answered":
            say(cast, meeting, "coming")
        elif after == "left":
            Guardianship.objects.filter(adult=mother).update(ends_on="2026-11-23")
        elif after == "off":
            Meeting.objects.update(off_at=TUESDAY, off_by=cast.users["teacher"], off_reason="停电")
        drain(TUESDAY)
        expected = {"nothing": ["李秀兰", "王芳"], "off": []}.get(after, ["李秀兰"])
        assert came_in("邀请您参加") == expected

    def test_not_before_the_school_has_begun(self, cast):
        School.objects.filter(pk=cast.school.pk).update(sending_started_at=None)
        make(cast)
        drain(TUESDAY)
        assert not DemoPhoneMessage.objects.exists()

    def test_in_the_night_it_waits_for_morning(self, cast):
        night = datetime(2026, 11, 24, 17, tzinfo=UTC)  # 1:00
        meetings.make(cast, at=night, starts_in=timedelta(days=3))
        drain(night)
        assert not DemoPhoneMessage.objects.exists()
        drain(datetime(2026, 11, 25, 6, tzinfo=UTC))
        assert came_in("邀请您参加") == ["李秀兰", "王芳"]

    def test_a_child_who_has_moved_class_stays_invited(self, cast):
        meeting = make(cast)
        Enrolment.objects.filter(student__in=meeting.children.values("student")).update(
            school_class=cast.next_class
        )
        drain(TUESDAY)
        assert came_in("邀请您参加") == ["李秀兰", "王芳"]


def say(cast, meeting, reply: str, who: str = "mother", at: datetime = TUESDAY, **more) -> bool:
    row = meetings.of(cast, meeting, who)
    return actions.answer(invitation=row, reply=reply, at=at, **more)


def move(meeting: Meeting, days: int = 3, at: datetime = TUESDAY) -> bool:
    starts_at = meeting.starts_at + timedelta(days=days)
    ends_at = starts_at + timedelta(hours=1)
    return actions.move(meeting=meeting, starts_at=starts_at, ends_at=ends_at, place="操场", at=at)


class TestMoved:
    def test_everybody_told_is_told_and_asked_anew(self, cast):
        meeting = make(cast)
        drain(TUESDAY)
        say(cast, meeting, "coming", at=TUESDAY + timedelta(minutes=5))
        later = TUESDAY + timedelta(hours=2)
        assert move(meeting, at=later)
        row = meetings.of(cast, meeting)
        assert (row.reply, row.reply_now(row.meeting)) == ("coming", "")
        drain(later)
        assert came_in("换了时间或地点") == ["李秀兰", "王芳"]
        assert len(came_in("邀请您参加")) == 2
        assert say(cast, meeting, "cannot", at=later + timedelta(minutes=5))
        row = meetings.of(cast, meeting)
        assert row.reply_now(row.meeting) == "cannot"

    def test_who_was_not_told_yet_gets_one_invitation(self, cast):
        meeting = make(cast)
        move(meeting)
        drain(TUESDAY)
        assert came_in("邀请您参加") == ["李秀兰", "王芳"]
        assert came_in("换了时间或地点") == []

    def test_twice_is_told_twice_and_the_same_again_is_nothing(self, cast):
        meeting = make(cast)
        drain(TUESDAY)
        move(meeting)
        meeting.refresh_from_db()
        same = {"starts_at": meeting.starts_at, "ends_at": meeting.ends_at, "place": meeting.place}
        assert not actions.move(meeting=meeting, at=TUESDAY, **same)
        move(meeting, at=TUESDAY)
        drain(TUESDAY)
        assert came_in("换了时间或地点") == ["李秀兰", "王芳"]  # the first was kept back

    def test_a_meeting_that_has_begun_is_not_moved(self, cast):
        meeting = make(cast)
        assert not move(meeting, at=FRIDAY)


class TestCalledOff:
    def off(self, cast, meeting, at=TUESDAY) -> bool:
        by = cast.users["teacher"]
        return actions.call_off(meeting=meeting, reason="停电", by=by, at=at)

    def test_who_knew_is_told_and_nobody_else(self, cast):
        ContactPoint.objects.filter(adult=cast.adults["grandmother"]).delete()
        meeting = make(cast)
        drain(TUESDAY)
        assert self.off(cast, meeting)
        assert not self.off(cast, meeting)
        drain(TUESDAY)
        assert came_in("取消了") == ["王芳"]

    def test_before_anybody_was_told_nobody_hears_of_it(self, cast):
        meeting = make(cast)
        self.off(cast, meeting)
        drain(TUESDAY)
        assert not DemoPhoneMessage.objects.exists()

    def test_no_answer_after_it(self, cast):
        meeting = make(cast)
        self.off(cast, meeting)
        assert not say(cast, meeting, "coming")


class TestReminded:
    def remind(self, at=EVE) -> None:
        messages.queue_reminders(at=at)
        drain(at)

    def test_the_evening_before_once_and_nobody_who_cannot(self, cast):
        meeting = make(cast)
        drain(TUESDAY)
        say(cast, meeting, "cannot")
        self.remind(EVE - timedelta(hours=6))
        assert came_in("明天学校有活动") == []
        self.remind()
        self.remind(EVE + timedelta(minutes=30))
        assert came_in("明天学校有活动") == ["李秀兰"]

    def test_after_an_evening_without_it_says_today(self, cast):
        make(cast)
        drain(TUESDAY)
        self.remind(EVE + timedelta(hours=15))  # Friday, 10:00
        assert came_in("明天学校有活动") == []
        assert came_in("今天学校有活动") == ["李秀兰", "王芳"]
        self.remind(EVE + timedelta(hours=16))
        assert len(came_in("今天学校有活动")) == 2

    def test_tomorrow_is_not_sent_on_the_day_itself(self, cast):
        make(cast)
        drain(TUESDAY)
        messages.queue_reminders(at=EVE)
        drain(EVE + timedelta(hours=15))
        assert came_in("明天学校有活动") == []
        self.remind(EVE + timedelta(hours=15))  # what waited through the night says today
        self.remind(EVE + timedelta(hours=16))
        assert came_in("今天学校有活动") == ["李秀兰", "王芳"]
        assert came_in("明天学校有活动") == []

    def test_an_answer_after_it_was_queued_counts(self, cast):
        meeting = make(cast)
        drain(TUESDAY)
        messages.queue_reminders(at=EVE)
        say(cast, meeting, "cannot", at=EVE)
        drain(EVE)
        assert came_in("明天学校有活动") == ["李秀兰"]

    def test_moved_the_old_evening_is_silent(self, cast):
        meeting = make(cast)
        drain(TUESDAY)
        move(meeting)
        self.remind()
        assert came_in("明天学校有活动") == []
        self.remind(EVE + timedelta(days=3))
        assert came_in("明天学校有活动") == ["李秀兰", "王芳"]

    def test_invited_that_evening_nobody_is_reminded(self, cast):
        meetings.make(cast, at=EVE + timedelta(minutes=5), starts_in=FRIDAY - EVE)
        self.remind(EVE + timedelta(minutes=30))
        assert came_in("明天学校有活动") == []


class TestErased:
    def test_with_the_family_goes_what_it_said_and_the_meeting_stays(self, cast):
        meeting = make(cast)
        say(cast, meeting, "coming", wish="数学")
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(cast.students["mengyao"])
        assert set(meeting.children.values_list("student__name", flat=True)) == {"徐小宝"}
        assert invited(meeting) == ["李秀兰", "王芳"]  # they have another child at the school
        with transaction.atomic(), pgtrigger.ignore():
            erasing._erase(cast.students["xiaobao"])
        assert not meeting.children.exists()
        assert not MeetingInvitation.objects.exists()
        assert Meeting.objects.filter(pk=meeting.pk).exists()

    def test_of_one_merged_into_another_the_answer_goes_on(self, cast):
        meeting = make(cast)
        twin = make_adult(cast.school, "王小芳", "+8613893599001")
        make_guardianship(make_student(cast.next_class, "王宝"), twin, "mother")
        say(cast, meeting, "coming")
        mother, by = cast.adults["mother"], cast.users["admin"]
        merging.merge(kept=twin, closed=mother, by=by, at=TUESDAY)
        row = meeting.invitations.get(adult=twin)
        assert row.reply == "coming"


@pytest.mark.django_db(transaction=True)
def test_two_who_book_one_slot_at_once_are_told_apart(cast):
    meetings.second_family(cast)
    meeting = make(cast, slot_minutes=20)
    found: list[bool] = []

    def book(who: str) -> None:
        try:
            row = meetings.of(cast, meeting, who)
            found.append(actions.book(invitation=row, slot_at=meeting.starts_at, at=TUESDAY))
        finally:
            connection.close()

    both = [threading.Thread(target=book, args=[who]) for who in ("mother", "neighbour")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found) == [False, True]
    assert meeting.invitations.filter(slot_at=meeting.starts_at).count() == 1

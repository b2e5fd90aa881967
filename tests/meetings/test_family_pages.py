"""A family's pages: answered in one tap by link or signed in, booked, there, as a calendar file."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from core import clock
from core.days import clock_time
from delivery import links as sealed
from delivery.models import OutboxMessage
from guardians.blocking.actions import block_adult
from guardians.models import Adult, ContactPoint, Guardianship
from meetings import actions
from meetings.models import Meeting, MeetingInvitation
from tests.factories import meetings
from tests.factories.cast import make_guardianship, make_student
from tests.frontend.test_family_budget import DIST, PAGE_BYTES, sent_bytes

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def row(cast) -> MeetingInvitation:
    return meetings.of(cast, meetings.make(cast))


@pytest.fixture
def mother(cast) -> Client:
    client = Client()
    client.force_login(cast.users["mother"])
    return client


def link_of(row: MeetingInvitation, page: str = "link") -> str:
    return reverse(f"family_meetings:{page}", args=[meetings.token_of(row)])


def page_of(row: MeetingInvitation) -> str:
    return reverse("family_meetings:meeting", args=[row.meeting_id])


def running(cast, **changes) -> Meeting:
    return meetings.make(cast, at=clock.now() - HOUR, starts_in=HOUR - HOUR / 6, **changes)


class TestAnswering:
    def test_opening_records_nothing_and_one_tap_answers(self, row):
        client = Client()
        html = client.get(link_of(row)).content.decode()
        assert meetings.TITLE in html
        assert "腾讯会议 123 456" in html
        row.refresh_from_db()
        assert row.reply == ""
        assert client.post(link_of(row), {"reply": "remote"}).status_code == 302
        row.refresh_from_db()
        assert (row.reply, row.recorded_by) == ("remote", None)
        assert "您说：用电话或视频参加" in client.get(link_of(row)).content.decode()

    def test_changed_until_it_begins_and_with_a_word(self, cast, mother, row):
        mother.post(page_of(row), {"reply": "coming"})
        mother.post(page_of(row), {"wish": "他写字慢"})
        row.refresh_from_db()
        assert (row.reply, row.wish) == ("coming", "他写字慢")
        mother.post(page_of(row), {"reply": "cannot"})
        row.refresh_from_db()
        assert (row.reply, row.wish) == ("cannot", "他写字慢")
        now = clock.now()
        Meeting.objects.update(starts_at=now - HOUR, ends_at=now + HOUR)
        mother.post(page_of(row), {"reply": "coming"})
        row.refresh_from_db()
        assert row.reply == "cannot"

    @pytest.mark.parametrize(
        "said", [{}, {"reply": "perhaps"}, {"wish": "x"}, {"reply": "coming", "wish": "x" * 301}]
    )
    def test_an_answer_that_is_none(self, row, said):
        assert Client().post(link_of(row), said).status_code == 422
        row.refresh_from_db()
        assert row.reply == ""

    def test_from_afar_only_where_there_is_a_way(self, row):
        Meeting.objects.update(remote="")
        assert 'value="remote"' not in Client().get(link_of(row)).content.decode()
        assert Client().post(link_of(row), {"reply": "remote"}).status_code == 422

    def test_cancelled_it_says_so_and_why(self, cast, row):
        actions.call_off(
            meeting=row.meeting, reason="停电", by=cast.users["teacher"], at=clock.now()
        )
        html = Client().get(link_of(row)).content.decode()
        assert "学校取消了这次活动" in html
        assert "停电" in html
        assert "我来" not in html

    def test_moved_it_asks_again(self, row):
        Client().post(link_of(row), {"reply": "coming"})
        meeting = row.meeting
        later = meeting.starts_at + timedelta(days=1)
        actions.move(
            meeting=meeting, starts_at=later, ends_at=later + HOUR, place="操场", at=clock.now()
        )
        html = Client().get(link_of(row)).content.decode()
        assert "时间或地点换了" in html
        assert 'aria-pressed="true"' not in html
        assert "您说：来" not in html

    @pytest.mark.parametrize(
        "after",
        ["forged", "over", "blocked", "not_around", "shared_with_blocked", "other_number", "fine"],
    )
    def test_when_the_link_opens(self, cast, row, after):
        url, adult = link_of(row), cast.adults["mother"]
        if after == "forged":
            url = url.replace(url[-3], "x" if url[-3] != "x" else "y")
        elif after == "over":
            over = clock.now() - timedelta(days=31)
            Meeting.objects.update(starts_at=over - HOUR, ends_at=over)
        elif after == "blocked":
            Adult.objects.filter(pk=adult.pk).update(
                blocked_at=clock.now(), blocked_by=cast.users["principal"], blocked_reason="x"
            )
        elif after == "not_around":
            Guardianship.objects.filter(adult=adult).update(ends_on="2026-01-01")
        elif after == "shared_with_blocked":
            number = ContactPoint.objects.get(adult=cast.adults["father"]).address
            ContactPoint.objects.filter(adult=adult).update(address=number)
        elif after == "other_number":
            OutboxMessage.objects.update(address="+8613800000000", state="delivered")
        assert Client().get(url).status_code == (200 if after == "fine" else 404)

    def test_another_familys_meeting_is_unknown(self, cast, row):
        client = Client()
        client.force_login(cast.users["other_mother"])
        assert client.get(page_of(row)).status_code == 404
        assert client.post(page_of(row), {"reply": "coming"}).status_code == 404


class TestHome:
    def test_a_line_that_asks_and_then_only_says_when(self, mother, row):
        home = reverse("family:home")
        html = mother.get(home).content.decode()
        assert html.count(meetings.TITLE) == 1
        assert "您来吗" in html
        mother.post(page_of(row), {"reply": "coming"})
        html = mother.get(home).content.decode()
        assert meetings.TITLE in html
        assert "您来吗" not in html

    def test_the_list(self, mother, row):
        html = mother.get(reverse("family_meetings:list")).content.decode()
        assert "请回复" in html
        Meeting.objects.update(minutes="每天读十分钟", minutes_shown=False)
        assert "每天读十分钟" not in mother.get(page_of(row)).content.decode()
        Meeting.objects.update(minutes_shown=True)
        assert "每天读十分钟" in mother.get(page_of(row)).content.decode()


class TestThere:
    def test_by_the_code_at_the_door_only_in_the_hours_of_the_meeting(self, cast, mother):
        meeting = running(cast)
        door = reverse("family_meetings:door", args=[sealed.seal("meeting_door", meeting.pk)])
        assert "我到了" in mother.get(door).content.decode()
        row = meetings.of(cast, meeting)
        assert row.came_at is None
        assert mother.post(door, {"here": "1"}).url == page_of(row)
        row.refresh_from_db()
        assert row.came_at
        html = mother.get(door).content.decode()
        assert "您到场了" in html
        assert "我到了" not in html

    @pytest.mark.parametrize(("hours", "is_kept"), [(-3, False), (0, True), (3, False)])
    def test_by_the_invitation(self, cast, hours, is_kept):
        meeting = running(cast)
        starts_at = meeting.starts_at + timedelta(hours=hours)
        Meeting.objects.update(starts_at=starts_at, ends_at=starts_at + HOUR)
        row = meetings.of(cast, meeting)
        Client().post(link_of(row), {"here": "1"})
        row.refresh_from_db()
        assert (row.came_at is not None) is is_kept
        said = Client().post(link_of(row), {"here": "1"}, follow=True).content.decode()
        assert ("现在不能点“我到了”" in said) is not is_kept
        assert "您到场了" in said or not is_kept

    def test_nobody_is_there_if_it_was_called_off(self, cast):
        meeting = running(cast)
        row = meetings.of(cast, meeting)
        by = cast.users["teacher"]
        Meeting.objects.update(off_at=meeting.starts_at, off_reason="下雪", off_by=by)
        said = Client().post(link_of(row), {"here": "1"}, follow=True).content.decode()
        row.refresh_from_db()
        assert row.came_at is None
        assert "取消" in said
        assert "现在不能点" not in said

    def test_a_second_tap_says_the_same(self, cast):
        row = meetings.of(cast, running(cast))
        for _tap in range(2):
            said = Client().post(link_of(row), {"here": "1"}, follow=True).content.decode()
        assert "您到场了" in said
        assert "现在不能点" not in said

    def test_a_code_of_another_meeting_or_none(self, cast, mother):
        other = meetings.make(cast, by="principal", picked=[cast.next_class.pk])
        for token in (sealed.seal("meeting_door", other.pk), sealed.seal("meeting", other.pk), "x"):
            door = reverse("family_meetings:door", args=[token])
            assert mother.get(door).status_code == 404
            assert mother.post(door, {"here": "1"}).status_code == 404


class TestSlots:
    @pytest.fixture(autouse=True)
    def _second_family(self, cast):
        meetings.second_family(cast)

    @pytest.fixture
    def talks(self, cast) -> Meeting:
        return meetings.make(cast, slot_minutes=20)

    def test_one_gets_it_and_the_other_hears_so(self, cast, talks):
        mother, neighbour = (meetings.of(cast, talks, who) for who in ("mother", "neighbour"))
        slot = talks.starts_at.isoformat()
        html = Client().get(link_of(mother)).content.decode()
        assert html.count('name="slot"') == 4
        assert 'value="coming"' not in html
        Client().post(link_of(mother), {"slot": slot})
        mother.refresh_from_db()
        assert (mother.slot_at, mother.reply) == (talks.starts_at, "coming")
        answer = Client().post(link_of(neighbour), {"slot": slot}, follow=True)
        html = answer.content.decode()
        assert "这个时段刚刚被别人约走了" in html
        assert html.count('name="slot"') == 3
        neighbour.refresh_from_db()
        assert (neighbour.slot_at, neighbour.reply) == (None, "")

    def test_a_family_talks_once(self, cast, talks):
        """Both have the same children; the neighbours' time is their own."""
        mother, grandmother, neighbour = (
            meetings.of(cast, talks, who) for who in ("mother", "grandmother", "neighbour")
        )
        first, second, third = (talks.starts_at + n * HOUR / 3 for n in range(3))
        assert actions.book(invitation=mother, slot_at=first, at=clock.now())
        html = Client().get(link_of(grandmother)).content.decode()
        assert 'name="slot"' not in html
        time = clock_time(first.astimezone(ZoneInfo(cast.school.time_zone)))
        assert f"您家已经约好了时间：{time}" in html
        said = {"slot": second.isoformat()}
        answer = Client().post(link_of(grandmother), said, follow=True)
        assert "被别人约走了" not in answer.content.decode()
        grandmother.refresh_from_db()
        assert grandmother.slot_at is None
        assert actions.book(invitation=neighbour, slot_at=third, at=clock.now())
        assert actions.book(invitation=mother, slot_at=second, at=clock.now())
        # The grandmother may come along, and go instead once the mother gives the time back.
        assert 'value="coming"' in Client().get(link_of(grandmother)).content.decode()
        Client().post(link_of(mother), {"reply": "cannot"})
        assert actions.book(invitation=grandmother, slot_at=second, at=clock.now())

    def test_who_has_another_child_besides_still_talks_about_that_one(self, cast):
        own = make_student(cast.school_class, "徐小海")
        make_guardianship(own, cast.adults["grandmother"], "grandparent")
        talks = meetings.make(cast, slot_minutes=20)
        mother, grandmother = (meetings.of(cast, talks, who) for who in ("mother", "grandmother"))
        assert actions.book(invitation=mother, slot_at=talks.starts_at, at=clock.now())
        later = talks.starts_at + HOUR / 3
        assert actions.book(invitation=grandmother, slot_at=later, at=clock.now())

    def test_once_talks_have_begun_a_family_can_still_say_that_it_cannot_come(self, cast):
        talks = running(cast, slot_minutes=20)  # for ten minutes
        mother, neighbour = (meetings.of(cast, talks, who) for who in ("mother", "neighbour"))
        later = talks.starts_at + HOUR
        Client().post(link_of(mother), {"slot": later.isoformat()})
        html = Client().get(link_of(mother)).content.decode()
        assert 'value="cannot"' in html
        Client().post(link_of(mother), {"reply": "cannot"})
        mother.refresh_from_db()
        assert (mother.reply, mother.slot_at) == ("cannot", None)
        # Its time is free for somebody else.
        assert later.isoformat() in Client().get(link_of(neighbour)).content.decode()

    def test_after_the_own_time_nothing_is_changed(self, cast, talks):
        row = meetings.of(cast, talks)
        assert actions.book(invitation=row, slot_at=talks.starts_at, at=clock.now())
        now = talks.starts_at + HOUR / 6
        assert not actions.answer(invitation=row, reply="cannot", at=now)
        other = meetings.of(cast, talks, "neighbour")
        assert actions.answer(invitation=other, reply="cannot", at=now)
        assert not actions.answer(invitation=other, reply="cannot", at=talks.ends_at)

    def test_another_time_and_given_back(self, cast, talks):
        row = meetings.of(cast, talks)
        later = talks.starts_at + timedelta(minutes=20)
        for slot in (talks.starts_at, later):
            assert actions.book(invitation=row, slot_at=slot, at=clock.now())
        row.refresh_from_db()
        assert row.slot_at == later
        other = meetings.of(cast, talks, "neighbour")
        assert actions.book(invitation=other, slot_at=talks.starts_at, at=clock.now())
        Client().post(link_of(row), {"reply": "cannot"})
        row.refresh_from_db()
        assert row.slot_at is None

    def test_a_blocked_adult_holds_no_time(self, cast, talks):
        row, slot = meetings.of(cast, talks), talks.starts_at
        assert actions.book(invitation=row, slot_at=slot, at=clock.now())
        by = cast.users["principal"]
        block_adult(adult=row.adult, reason="法院裁定", by=by, at=clock.now())
        other = meetings.of(cast, talks, "grandmother")
        html = Client().get(link_of(other)).content.decode()
        assert html.count('name="slot"') == 4
        assert actions.book(invitation=other, slot_at=slot, at=clock.now())
        row.refresh_from_db()
        assert row.slot_at is None

    @pytest.mark.parametrize("minutes", [-20, 5, 80])
    def test_no_time_that_is_not_offered(self, cast, talks, minutes):
        row = meetings.of(cast, talks)
        slot = talks.starts_at + timedelta(minutes=minutes)
        assert not actions.book(invitation=row, slot_at=slot, at=clock.now())

    @pytest.mark.parametrize("slot", ["", "x", "2026-11-24T15:00", "9" * 60])
    def test_what_is_no_time(self, cast, talks, slot):
        url = link_of(meetings.of(cast, talks))
        assert Client().post(url, {"slot": slot}).status_code == 404

    def test_the_database_keeps_one_for_each(self, cast, talks):
        constraint = "one_family_in_a_slot"
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_indexes WHERE indexname = %s", [constraint])
            assert cursor.fetchone()


class TestThePage:
    def test_a_calendar_file_without_names(self, cast, mother, row):
        for client, url in (
            (Client(), link_of(row, "link_ics")),
            (mother, reverse("family_meetings:ics", args=[row.meeting_id])),
        ):
            answer = client.get(url)
            assert answer["Content-Type"].startswith("text/calendar")
            body = answer.content.decode()
            assert f"SUMMARY:{meetings.TITLE}" in body
            assert not any(name in body for name in ("梦瑶", "王芳"))

    def test_in_the_readers_language(self, cast, row):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(language="en")
        assert "I am coming" in Client().get(link_of(row)).content.decode()

    @pytest.mark.skipif(not DIST.exists(), reason="the front end is not built")
    def test_below_30_kb(self, row):
        html = Client().get(link_of(row)).content
        parts = [html] + [
            (DIST / name).read_bytes() for name in ("family.css", "meeting.css", "family.js")
        ]
        assert sum(map(sent_bytes, parts)) <= PAGE_BYTES

"""The staff's pages: inviting with bad input, who comes, the door, the minutes, Today."""

from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation

from core import clock
from delivery.models import OutboxMessage
from guardians.models import Adult, ContactPoint
from meetings import actions, work
from meetings.models import Meeting
from schools.models import School
from students.models import Barrier, Enrolment
from tests.factories import meetings
from tests.factories.cast import make_adult, make_guardianship, make_student

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _sends(cast):
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)


def client_of(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


def page(cast, who: str, name: str, *args) -> str:
    answer = client_of(cast, who).get(reverse(f"meetings:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


def post(cast, who: str, name: str, *args, **said):
    return client_of(cast, who).post(reverse(f"meetings:{name}", args=args), said)


def form(cast, days: int = 7, **changes) -> dict:
    day = (clock.now() + timedelta(days=days)).astimezone(CHINA).date()
    said = {
        "key": str(uuid4()),
        "kind": "parents",
        "title": meetings.TITLE,
        "day": day.isoformat(),
        "starts": "15:00",
        "ends": "16:30",
        "place": "三年级2班教室",
        "scope": "classes",
        "classes": cast.school_class.pk,
    }
    return said | changes


class TestInviting:
    def test_a_teacher_invites_the_own_class(self, cast):
        answer = post(cast, "teacher", "new", **form(cast))
        made = Meeting.objects.get()
        assert answer.url == reverse("meetings:meeting", args=[made.pk])
        local = made.starts_at.astimezone(CHINA)
        assert (local.hour, local.minute) == (15, 0)
        assert made.invitations.count() == 2
        html = page(cast, "teacher", "meeting", made.pk)
        assert "2 人还没回复" in html

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"ends": "14:00"}, "结束时间早于开始时间"),
            ({"ends": "15:00"}, "结束时间早于开始时间"),
            ({"day": "2020-01-01"}, "这一天已经过了"),
            ({"days": 181}, "这一天太远了"),
            ({"classes": ""}, "至少选一个"),
            ({"scope": "school"}, "请选邀请谁"),
            ({"title": ""}, "标题"),
            ({"place": ""}, "请填家长找得到的地点"),
            ({"slot_minutes": "30", "ends": "15:10"}, "这段时间连一家也谈不完"),
            ({"slot_minutes": "10", "starts": "06:00", "ends": "20:00"}, "一天安排的谈话太多了"),
        ],
    )
    def test_bad_input_is_said_at_its_field_and_nothing_is_kept(self, cast, changes, words):
        answer = post(cast, "teacher", "new", **form(cast, **changes))
        assert answer.status_code == 422
        html = answer.content.decode()
        assert words in html
        if changes.get("title") != "":
            assert f'value="{meetings.TITLE}"' in html
        assert not Meeting.objects.exists()

    def test_a_class_without_children(self, cast):
        Enrolment.objects.filter(school_class=cast.school_class).update(ends_on="2020-09-02")
        answer = post(cast, "teacher", "new", **form(cast))
        assert "这些班今天没有学生" in answer.content.decode()
        assert not Meeting.objects.exists()

    def test_another_teachers_class_cannot_be_chosen(self, cast):
        answer = post(cast, "teacher", "new", **form(cast, classes=cast.next_class.pk))
        assert answer.status_code == 422
        assert not Meeting.objects.exists()

    def test_not_while_the_school_writes_to_nobody(self, cast):
        School.objects.filter(pk=cast.school.pk).update(sending_stopped_at=clock.now())
        assert post(cast, "teacher", "new", **form(cast)).status_code == 422
        assert not Meeting.objects.exists()

    def test_two_at_one_time_for_one_adult_is_a_warning(self, cast):
        first = form(cast)
        post(cast, "teacher", "new", **first)
        second = form(cast, starts="16:00", ends="17:00", title="讲座")
        answer = post(cast, "principal", "new", **second)
        assert answer.status_code == 422
        assert "有 2 位家长那时已受邀参加" in answer.content.decode()
        assert post(cast, "teacher", "new", **first).status_code == 302  # the same form again
        assert Meeting.objects.count() == 1
        assert post(cast, "principal", "new", **second, anyway="on").status_code == 302
        assert Meeting.objects.count() == 2
        after = form(cast, starts="17:00", ends="18:00", title="晚一点")
        assert post(cast, "principal", "new", **after).status_code == 302


class TestWhoComes:
    def test_counts_wishes_and_whom_nothing_reached(self, cast):
        Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(opted_out_at=clock.now())
        meeting = meetings.make(cast)
        mother = meetings.of(cast, meeting)
        actions.answer(invitation=mother, reply="remote", wish="他写字慢", at=clock.now())
        html = page(cast, "teacher", "meeting", meeting.pk)
        assert "1 人电话或视频 · 1 人还没回复" in html
        assert "他写字慢" in html
        assert html.index("没联系上") < html.index("李秀兰")
        assert "1 人电话或视频 · 1 人还没回复" in page(cast, "teacher", "list")

    def test_on_its_way_and_got_through_are_not_unreached(self, cast):
        meeting = meetings.make(cast)
        assert "没联系上" not in page(cast, "teacher", "meeting", meeting.pk)
        for state, is_there in (("accepted", False), ("failed", True), ("unknown", True)):
            OutboxMessage.objects.update(state=state, finished_at=clock.now())
            html = page(cast, "teacher", "meeting", meeting.pk)
            assert ("没联系上" in html) is is_there, state

    def test_blocked_after_the_invitation_is_nowhere(self, cast):
        meeting = meetings.make(cast)
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(
            blocked_at=clock.now(), blocked_by=cast.users["principal"], blocked_reason="x"
        )
        for who in ("teacher", "counsellor"):
            html = page(cast, who, "meeting", meeting.pk)
            assert "王芳" not in html
            assert "1 人还没回复" in html

    def test_a_teacher_sees_the_families_of_the_own_class_alone(self, cast):
        meeting = meetings.make(cast, by="principal", scope="school", picked=[])
        html = page(cast, "next_teacher", "meeting", meeting.pk)
        assert "丁海涛" in html
        assert "徐梦瑶" not in html
        assert "取消这次活动" not in html
        assert "徐梦瑶" in page(cast, "counsellor", "meeting", meeting.pk)

    def test_a_barred_teacher_does_not_see_the_child(self, cast):
        meeting = meetings.make(cast, by="principal")
        for child in ("mengyao", "xiaobao"):
            Barrier.objects.create(
                school=cast.school,
                student=cast.students[child],
                user=cast.users["teacher"],
                reason="x",
                set_at=clock.now(),
                set_by=cast.users["principal"],
            )
        html = page(cast, "teacher", "meeting", meeting.pk)
        assert "徐" not in html.partition("n-board")[2].partition("</div>")[0]
        assert "王芳" not in html

    def test_an_answer_by_word_of_mouth(self, cast):
        meeting = meetings.make(cast)
        row = meetings.of(cast, meeting, "grandmother")
        answer = post(cast, "teacher", "answer", meeting.pk, row.pk, reply="coming")
        assert answer.status_code == 302
        row.refresh_from_db()
        assert (row.reply, row.recorded_by) == ("coming", cast.users["teacher"])
        post(cast, "teacher", "answer", meeting.pk, row.pk, reply="perhaps")
        row.refresh_from_db()
        assert row.reply == "coming"
        assert post(cast, "next_teacher", "answer", meeting.pk, row.pk).status_code == 404

    def test_moved_answers_are_from_before_the_move(self, cast):
        meeting = meetings.make(cast)
        actions.answer(invitation=meetings.of(cast, meeting), reply="coming", at=clock.now())
        day = form(cast, days=9)["day"]
        said = {"day": day, "starts": "09:00", "ends": "10:00", "place": "操场"}
        assert post(cast, "teacher", "move", meeting.pk, **said).status_code == 302
        html = page(cast, "teacher", "meeting", meeting.pk)
        assert "改期前：来" in html
        assert "2 人还没回复" in html

    def test_moved_to_a_time_without_room_for_a_talk(self, cast):
        meeting = meetings.make(cast, slot_minutes=20)
        said = {"day": form(cast, days=9)["day"], "starts": "09:00", "place": "操场"}
        answer = post(cast, "teacher", "move", meeting.pk, **said, ends="09:15")
        assert answer.status_code == 422
        assert "这段时间连一家也谈不完" in answer.content.decode()
        answer = post(cast, "teacher", "move", meeting.pk, **said, ends="09:20")
        assert answer.status_code == 302

    def test_called_off_with_a_reason(self, cast):
        meeting = meetings.make(cast)
        assert post(cast, "teacher", "call_off", meeting.pk).status_code == 422
        assert post(cast, "teacher", "call_off", meeting.pk, reason="停电").status_code == 302
        html = page(cast, "teacher", "meeting", meeting.pk)
        assert "由张丽华取消" in html
        assert "停电" in html
        assert (
            client_of(cast, "teacher").get(reverse("meetings:sheet", args=[meeting.pk])).status_code
            == 404
        )


class TestDoor:
    def now(self, cast, **changes) -> Meeting:
        return meetings.make(cast, at=clock.now() - HOUR, starts_in=HOUR - HOUR / 6, **changes)

    def test_the_list_in_one_act_and_whoever_came_meanwhile_stays(self, cast):
        meeting = self.now(cast)
        mother, grandmother = (meetings.of(cast, meeting, who) for who in ("mother", "grandmother"))
        shown = {"was": [mother.pk, grandmother.pk]}
        actions.note_here(invitation=grandmother, at=clock.now())
        post(cast, "teacher", "door", meeting.pk, **shown, came=[mother.pk])
        came = meeting.invitations.exclude(came_at=None)
        assert set(came.values_list("pk", flat=True)) == {mother.pk, grandmother.pk}
        post(cast, "teacher", "door", meeting.pk, **shown, was_there=[mother.pk])
        assert [row.pk for row in came.all()] == [grandmother.pk]
        assert "到场 1 人" in page(cast, "teacher", "meeting", meeting.pk)

    def test_only_whom_one_may_see(self, cast):
        meeting = self.now(cast, by="principal", scope="school", picked=[])
        mother = meetings.of(cast, meeting)
        post(cast, "next_teacher", "door", meeting.pk, was=[mother.pk], came=[mother.pk])
        mother.refresh_from_db()
        assert mother.came_at is None

    def test_closed_before_it_opens(self, cast):
        meeting = meetings.make(cast)
        assert post(cast, "teacher", "door", meeting.pk).status_code == 302
        assert (
            client_of(cast, "teacher").get(reverse("meetings:door", args=[meeting.pk])).status_code
            == 302
        )

    def test_the_sheet_says_when_and_has_a_code(self, cast):
        meeting = self.now(cast)
        with translation.override("zh-hans"):
            html = render_to_string("meetings/sheet.html", {"meeting": meeting, "drawn": "<svg>"})
        assert "我到了" in html
        assert (
            client_of(cast, "teacher").get(reverse("meetings:sheet", args=[meeting.pk])).status_code
            == 200
        )

    def test_minutes_for_staff_or_for_families(self, cast):
        meeting = self.now(cast)
        post(cast, "teacher", "minutes", meeting.pk, minutes="每天读十分钟", is_shown="on")
        meeting.refresh_from_db()
        assert meeting.minutes_shown
        assert "每天读十分钟" in page(cast, "teacher", "meeting", meeting.pk)
        assert (
            client_of(cast, "next_teacher")
            .get(reverse("meetings:minutes", args=[meeting.pk]))
            .status_code
            == 404
        )

    def test_minutes_from_two_tabs_replace_nothing_unseen(self, cast):
        meeting = self.now(cast)
        url = reverse("meetings:minutes", args=[meeting.pk])
        tabs = [client_of(cast, who) for who in ("teacher", "principal")]
        seen = [tab.get(url).context["form"]["instead_of"].value() for tab in tabs]
        mine, theirs = "每天读十分钟", "周末一起种菜"
        for _twice in range(2):  # a finger that taps twice
            said = {"minutes": mine, "instead_of": seen[0]}
            assert tabs[0].post(url, said).status_code == 302
        answer = tabs[1].post(url, {"minutes": theirs, "instead_of": seen[1]})
        assert answer.status_code == 422
        html = answer.content.decode()
        assert theirs in html  # what was typed
        assert mine in html  # and what it would replace
        assert f"这期间{cast.users['teacher'].name}保存过另一个版本" in html
        assert "换成我现在写的" in html
        meeting.refresh_from_db()
        assert meeting.minutes == mine
        again = answer.context["form"]["instead_of"].value()
        assert f'name="instead_of" value="{again}"' in html
        tabs[1].post(url, {"minutes": f"{mine} {theirs}", "instead_of": again})
        meeting.refresh_from_db()
        assert meeting.minutes == f"{mine} {theirs}"


class TestToday:
    def rows(self, cast, who="teacher", at=None):
        return work.work_for(cast.users[who], at or clock.now())

    def test_families_whom_nothing_reached(self, cast):
        ContactPoint.objects.all().delete()
        begun = clock.now() - timedelta(days=2)
        meeting = meetings.make(cast, at=begun, starts_in=timedelta(days=5))
        [row] = self.rows(cast)
        assert "2" in row.why
        assert row.act_url == reverse("meetings:meeting", args=[meeting.pk])
        for who in ("next_teacher", "principal", "far_teacher"):
            assert self.rows(cast, who) == []
        actions.answer(invitation=meetings.of(cast, meeting), reply="coming", at=clock.now())
        assert self.rows(cast) == []

    @pytest.mark.parametrize("state", ["delivered", "due", "failed"])
    def test_a_message_has_a_day_to_get_through(self, cast, state):
        begun = clock.now() - timedelta(days=2)
        meetings.make(cast, at=begun, starts_in=timedelta(days=5))
        OutboxMessage.objects.update(state=state)
        assert len(self.rows(cast)) == (state == "failed")
        assert self.rows(cast, at=begun + HOUR) == []
        Meeting.objects.update(off_at=begun, off_by=cast.users["teacher"], off_reason="x")
        assert self.rows(cast) == []


@pytest.mark.parametrize("name", ["list", "meeting", "door"])
def test_as_many_queries_for_ten_as_for_one(cast, name, django_assert_max_num_queries):
    counts = []
    for many in (1, 9):
        for number in range(many):
            child = make_student(cast.school_class, f"孩子{many}{number}")
            adult = make_adult(cast.school, f"家长{number}", f"+8613893591{many}0{number}")
            make_guardianship(child, adult, "mother")
            meeting = meetings.make(cast, at=clock.now() - HOUR, starts_in=HOUR)
        args = [] if name == "list" else [meeting.pk]
        client = client_of(cast, "teacher")
        client.get(reverse(f"meetings:{name}", args=args))
        with django_assert_max_num_queries(80) as captured:
            assert client.get(reverse(f"meetings:{name}", args=args)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_form_shows_what_was_picked_when_it_comes_back(cast):
    answer = post(cast, "teacher", "new", **form(cast, ends="14:00", slot_minutes="20"))
    html = answer.content.decode()
    assert f'name="classes" value="{cast.school_class.pk}" checked' in html
    assert 'name="slot_minutes" value="20" checked' in html

"""A4: the praise log of a class. A5: what homework and attendance show, and who helps whom with homework."""

from datetime import time, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from classroom import actions
from classroom.family import family_lines
from classroom.models import HomeworkHelp
from classroom.rules import UNEXPLAINED_DAYS, Mark
from classroom.timeline import timeline
from classroom.work import work_for
from core import clock
from students.timeline import EventKind
from tests.factories.classroom import WORDS, make_letter, make_note, make_request

pytestmark = pytest.mark.django_db


def help_with(cast, weekdays=None, **who) -> HomeworkHelp:
    today = timezone.localdate()
    row, _is_new = actions.assign_help(
        student=cast.students["mengyao"],
        key=uuid4(),
        by=cast.users["teacher"],
        at=clock.now(),
        weekdays=[today.weekday()] if weekdays is None else weekdays,
        starts_at=time(16, 30),
        starts_on=today,
        words="数学",
        **who,
    )
    return row


class TestPraiseLog:
    def test_day_by_day_with_the_child_and_the_strength(self, cast, sign_in):
        make_note(cast)
        make_note(cast, "xiaobao", words="借书给同桌", at=clock.now() - timedelta(days=3))
        page = sign_in("teacher").get("/class/praise/").content.decode()
        assert page.index(WORDS) < page.index("借书给同桌")
        assert "徐小宝" in page
        assert "帮助别人" in page

    def test_without_what_is_no_praise_or_not_for_others_ears(self, cast, sign_in):
        make_note(cast, words="上课发呆", strengths=[], themes=["withdrawal"])
        make_note(cast, words="在家照顾奶奶", themes=["home"])
        taken = make_note(cast, words="弄错了人")
        actions.retract(notes=[taken], by=cast.users["teacher"], at=clock.now())
        page = sign_in("teacher").get("/class/praise/").content.decode()
        for words in ("上课发呆", "在家照顾奶奶", "弄错了人"):
            assert words not in page

    def test_another_class_teacher_reads_nothing_of_it(self, cast, sign_in):
        make_note(cast)
        assert WORDS not in sign_in("next_teacher").get("/class/praise/").content.decode()

    @pytest.mark.parametrize("days", ["", "9999999", "-1", "x", "0"])
    def test_any_address_is_a_page(self, cast, sign_in, days):
        make_note(cast)
        answer = sign_in("teacher").get("/class/praise/", {"days": days})
        assert WORDS in answer.content.decode()


class TestHelp:
    def test_who_sits_with_the_child_finds_it_on_today_until_something_is_written(self, cast):
        help_with(cast, staff=cast.users["teacher"])
        (item,) = [one for one in work(cast) if one.key.startswith("help-")]
        assert "16:30" in item.why
        assert "数学" in item.why
        make_note(cast)
        assert [one for one in work(cast) if one.key.startswith("help-")] == []

    def test_on_another_day_or_for_another_helper_nobody_is_asked(self, cast):
        other_day = (timezone.localdate().weekday() + 1) % 7
        help_with(cast, weekdays=[other_day], staff=cast.users["teacher"])
        help_with(cast, staff=cast.users["counsellor"])
        assert [one for one in work(cast) if one.key.startswith("help-")] == []

    def test_the_adult_of_the_family_who_said_so_reads_it_and_nobody_else(self, cast):
        help_with(cast, adult=cast.adults["mother"])
        child, at = cast.students["mengyao"].pk, clock.now()
        (line,) = family_lines([child], [cast.adults["mother"]], at)[child]
        assert "16:30" in line.text
        assert family_lines([child], [cast.adults["other_mother"]], at) == {}

    def test_how_it_ended_is_asked_again_and_the_words_stay(self, cast, sign_in):
        row = help_with(cast, staff=cast.users["teacher"])
        url = f"/class/help/{row.pk}/end/"
        answer = sign_in("teacher").post(url, {"ending": "", "words": "孩子会自己写了"})
        assert answer.status_code == 422
        assert "孩子会自己写了" in answer.content.decode()
        row.refresh_from_db()
        assert row.ended_at is None


def work(cast, role="teacher"):
    return work_for(cast.users[role], clock.now())


def test_the_facts_of_a_child_stand_in_the_class_list(cast, sign_in):
    child, today = cast.students["mengyao"], timezone.localdate()
    for days in range(3):
        actions.note_missed(
            students=[child],
            missing={child.pk},
            was=set(),
            on=today - timedelta(days=days),
            by=cast.users["teacher"],
            at=clock.now(),
        )
    answer = sign_in("teacher").get("/children/", {"see": "notes", "only": "facts"})
    assert [row.name for row in answer.context["rows"]] == ["徐梦瑶"]
    assert "3" in answer.context["rows"][0].facts[0]


class TestTimeline:
    def told(self, cast, role="teacher"):
        return timeline(cast.students["mengyao"], cast.users[role], clock.now(), 20)

    def test_letters_requests_homework_and_help_are_told_with_the_way_to_them(self, cast):
        make_letter(cast, sent_at=clock.now())
        request = make_request(cast)
        actions.answer_request(request=request, answer="done", words="买了", at=clock.now())
        help_with(cast, somebody="邻居王姐")
        kinds = [event.kind for event in self.told(cast)]
        assert kinds.count(EventKind.LETTER) == 3
        assert kinds.count(EventKind.HOMEWORK) == 1
        assert all(event.url for event in self.told(cast))
        assert self.told(cast, "next_teacher") == []

    def test_a_letter_in_hand_is_not_told(self, cast):
        make_letter(cast)
        assert self.told(cast) == []

    def test_a_note_leads_to_its_page(self, cast, sign_in):
        note = make_note(cast)
        (event,) = self.told(cast)
        assert event.url == f"/class/notes/{note.pk}/"
        page = sign_in("teacher").get(f"/children/{cast.students['mengyao'].pk}/?only=seen")
        assert event.url in page.content.decode()


def test_an_absence_without_a_reason_waits_on_today_the_days_after(cast):
    today = timezone.localdate()
    for days in (1, UNEXPLAINED_DAYS):
        actions.save_register(
            school_class=cast.school_class,
            on=today - timedelta(days=days),
            was={},
            now={cast.students["mengyao"].pk: Mark("absent", "")},
            by=cast.users["teacher"],
            at=clock.now(),
        )
    (item,) = [one for one in work(cast) if one.key.startswith("absent-")]
    yesterday = today - timedelta(days=1)
    assert f"{yesterday.month}月{yesterday.day}日" in item.why


def test_the_child_page_says_next_what_waits_in_class(cast, sign_in):
    child = cast.students["mengyao"]
    make_request(cast, days=3, at=clock.now() - timedelta(days=5))
    for role, is_told in (("teacher", True), ("admin", False)):
        page = sign_in(role).get(f"/children/{child.pk}/").context
        told = " ".join(row["why"] for row in page["next_rows"])
        assert ("请买一双棉鞋" in told) is is_told
    brother = sign_in("teacher").get(f"/children/{cast.students['xiaobao'].pk}/").context
    assert not [row for row in brother["next_rows"] if "请买一双棉鞋" in row["why"]]


def test_weeks_of_absence_and_of_missing_homework_stand_in_the_term(cast, sign_in):
    child, today = cast.students["mengyao"], timezone.localdate()

    def lines():
        grid = sign_in("teacher").get(f"/children/{child.pk}/").context["grid"]
        return {line.label: line for line in grid.lines}

    assert "没来上学" not in lines()
    actions.save_register(
        school_class=cast.school_class,
        on=today,
        was={},
        now={child.pk: Mark("absent", "ill")},
        by=cast.users["teacher"],
        at=clock.now(),
    )
    assert lines()["没来上学"].cells[-1] == "missed"
    assert "作业没交" not in lines()


def test_a_note_is_read_with_what_was_tapped(cast, sign_in):
    note = make_note(cast, themes=["weary"], deeds=["listened"])
    page = sign_in("counsellor").get(f"/class/notes/{note.pk}/").content.decode()
    for words in (WORDS, "帮助别人", "不想学", "听孩子说"):
        assert words in page

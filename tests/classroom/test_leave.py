"""Leave: the family asks, a second adult may have to confirm, and a teacher agrees.

Only then does attendance excuse the days.
"""

from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from classroom import actions as classroom
from classroom.leave import actions, messages
from classroom.leave.family import leave_lines
from classroom.leave.queries import callees_of, own_leave, to_confirm
from classroom.leave.rules import sounds_like_leave
from classroom.leave.work import waiting_leave
from classroom.models import AttendanceMark, ClassRegister, LeaveRequest
from classroom.queries import absent_days, marks_on
from classroom.rules import Mark
from core import clock
from delivery.kinds import Asked
from delivery.models import OutboxMessage
from guardians.blocking.actions import block_adult
from guardians.models import ContactPoint, Guardianship
from safeguarding.early_warning.facts import facts_of
from schools.models import CalendarDay, Term
from tests.factories.classroom import make_colleague, make_mark, make_photo
from tests.factories.leave import (
    agreed,
    let_in,
    make_leave,
    make_leave_of_aunt,
    make_leave_with_photo,
    school_days,
    talked,
)

HX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def days(cast):
    return school_days(cast)


def signed_in(cast, key) -> Client:
    client = Client()
    client.force_login(cast.users[key])
    return client


def url_of(cast, child="mengyao") -> str:
    return reverse("family:leave", args=[cast.students[child].pk])


def wish(**fields) -> dict:
    today = timezone.localdate().isoformat()
    return {
        "key": str(uuid4()), "day": today, "reason": "ill", "collects": "home", **fields,
    }  # fmt: skip


def act(leave, name, *more) -> str:
    return reverse(f"classroom:leave_{name}", args=[leave.pk, *more])


def mark_of(cast, on, child="mengyao") -> Mark | None:
    return marks_on([cast.students[child].pk], on).get(cast.students[child].pk)


def text_of(response) -> str:
    return response.content.decode()


def today_rows(client) -> str:
    return text_of(client.get("/"))


class TestAsking:
    def test_two_taps_reach_the_teacher(self, cast, days):
        mother = signed_in(cast, "mother")
        page = text_of(mother.get(url_of(cast)))
        assert 'value="ill"' in page
        data = wish(words="发烧 38 度", photo=make_photo())
        answer = mother.post(url_of(cast), data, follow=True)
        assert "已经发给老师了" in text_of(answer)
        row = LeaveRequest.objects.get()
        assert (row.student, row.adult, row.starts_on, row.ends_on, row.reason, row.words) == (
            cast.students["mengyao"], cast.adults["mother"], days[0], days[0], "ill", "发烧 38 度",
        )  # fmt: skip
        own = reverse("family:leave_photo", args=[row.pk])
        assert own in text_of(mother.get(url_of(cast)))
        assert mother.get(own)["Content-Type"] == "image/jpeg"
        teacher = signed_in(cast, "teacher")
        assert "妈妈替孩子请假：今天，生病；孩子在家，不用接" in today_rows(teacher)
        seen = text_of(teacher.get(reverse("classroom:leave", args=[row.pk])))
        assert act(row, "photo") in seen
        assert teacher.get(act(row, "photo"))["Content-Type"] == "image/jpeg"
        assert AccessRecord.objects.filter(what="leave photo").exists()
        assert signed_in(cast, "next_teacher").get(act(row, "photo")).status_code == 404

    def test_the_door_stands_on_the_childs_page(self, cast):
        page = signed_in(cast, "mother").get(
            reverse("family:child", args=[cast.students["mengyao"].pk])
        )
        assert url_of(cast) in text_of(page)

    def test_a_second_tap_is_the_same_request(self, cast, days):
        mother, data = signed_in(cast, "mother"), wish()
        for _time in range(2):
            assert mother.post(url_of(cast), data).status_code == 302
        assert LeaveRequest.objects.count() == 1

    def test_a_key_of_somebody_else_makes_no_second_request_and_shows_nothing(self, cast, days):
        let_in(cast, "grandmother")
        data = wish()
        signed_in(cast, "mother").post(url_of(cast), data)
        other = signed_in(cast, "grandmother").post(url_of(cast), data)
        assert other.status_code == 422
        assert LeaveRequest.objects.count() == 1

    @pytest.mark.parametrize("overlap", [0, 2])
    def test_days_that_overlap_are_refused_at_their_field(self, cast, days, overlap):
        make_leave(cast, starts_on=days[0], ends_on=days[2])
        first = days[overlap].isoformat()
        data = wish(starts_on=first, ends_on=days[3].isoformat(), words="写了半天")
        answer = signed_in(cast, "mother").post(url_of(cast), data)
        assert answer.status_code == 422
        assert "这几天已经请过假了" in text_of(answer)
        assert "写了半天" in text_of(answer)
        assert LeaveRequest.objects.count() == 1

    def test_after_a_withdrawal_the_days_are_free(self, cast, days):
        actions.withdraw(leave=make_leave(cast), at=clock.now())
        assert signed_in(cast, "mother").post(url_of(cast), wish()).status_code == 302
        assert LeaveRequest.objects.filter(state="asked").count() == 1

    def test_the_database_holds_one_leave_at_a_time(self, cast):
        row = make_leave(cast)
        row.pk, row.key = None, uuid4()
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)

    @pytest.mark.parametrize(
        ("first", "last", "words"),
        [
            (-4, -4, "这几天过去太久了"),
            (61, 61, "日子还太远"),
            (0, 31, "超过一个月了"),
            (2, 1, "最后一天"),
        ],
    )
    def test_days_out_of_reach_are_refused(self, cast, days, first, last, words):
        today = days[0]
        first_on, last_on = (today + timedelta(days=n) for n in (first, last))
        data = wish(starts_on=first_on.isoformat(), ends_on=last_on.isoformat())
        answer = signed_in(cast, "mother").post(url_of(cast), data)
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert not LeaveRequest.objects.exists()

    def test_days_without_school_are_refused(self, cast, days):
        CalendarDay.objects.filter(school=cast.school).update(kind="holiday", name="校庆")
        mother = signed_in(cast, "mother")
        assert "校庆" in text_of(mother.post(url_of(cast), wish()))
        data = wish(starts_on=days[0].isoformat(), ends_on=days[1].isoformat())
        assert "这几天都不上课" in text_of(mother.post(url_of(cast), data))
        assert not LeaveRequest.objects.exists()

    def test_out_of_term_is_refused(self, cast):
        today = timezone.localdate()
        Term.objects.create(
            year=cast.school_class.grade.year, season="autumn",
            starts_on=today - timedelta(days=90), ends_on=today - timedelta(days=9),
        )  # fmt: skip
        mother = signed_in(cast, "mother")
        assert 'name="day"' not in text_of(mother.get(url_of(cast)))
        data = wish(starts_on=(today + timedelta(days=1)).isoformat())
        assert "那天不在学期里" in text_of(mother.post(url_of(cast), data))

    @pytest.mark.parametrize(
        ("left", "words"),
        [
            ({"reason": ""}, "请点一个原因"),
            ({"collects": ""}, "谁来接孩子"),
            ({"collects": "somebody"}, "请写上名字"),
            ({"collects": "a999999"}, ""),
            ({"day": ""}, "请点一个日子"),
            ({"day": "9999-99-99"}, "请点一个日子"),
            ({"reason": "way"}, ""),
            ({"ends_on": "2026-11-30"}, "从哪天开始"),
            ({"key": "x"}, "请再点一下"),
        ],
    )
    def test_what_is_missing_is_said_at_its_field_and_nothing_is_lost(
        self, cast, days, left, words
    ):
        answer = signed_in(cast, "mother").post(url_of(cast), wish(words="发烧了", **left))
        assert answer.status_code == 422
        assert words in text_of(answer)
        assert "发烧了" in text_of(answer)
        assert not LeaveRequest.objects.exists()

    def test_who_fetches_is_an_adult_at_home_or_the_asker_never_a_blocked_one(self, cast, days):
        mother, father = signed_in(cast, "mother"), cast.adults["father"]
        page = text_of(mother.get(url_of(cast)))
        grandmother = cast.adults["grandmother"]
        assert f'value="a{grandmother.pk}"' in page
        assert f'value="a{father.pk}"' not in page
        refused = mother.post(url_of(cast), wish(collects=f"a{father.pk}"))
        assert refused.status_code == 422
        mother.post(url_of(cast), wish(collects=f"a{grandmother.pk}"))
        row = LeaveRequest.objects.get()
        assert (row.collects, row.collector) == ("adult", grandmother)
        assert "奶奶来接孩子" in today_rows(signed_in(cast, "teacher"))

    def test_a_child_at_school_is_not_at_home_by_itself(self, cast, days):
        cast.students["mengyao"].is_boarding = True
        cast.students["mengyao"].save()
        page = text_of(signed_in(cast, "mother").get(url_of(cast)))
        assert 'value="home" checked' not in page

    def test_no_stranger_no_blocked_adult_no_other_child(self, cast, days):
        for key, child in (
            ("other_mother", "mengyao"), ("mother", "haitao"), ("blocked_father", "mengyao"),
            ("teacher", "mengyao"),
        ):  # fmt: skip
            client = signed_in(cast, key)
            assert client.get(url_of(cast, child)).status_code == 404
            assert client.post(url_of(cast, child), wish()).status_code == 404
        assert not LeaveRequest.objects.exists()

    def test_who_may_not_see_the_file_may_not_ask(self, cast, days):
        Guardianship.objects.filter(
            adult=cast.adults["mother"], student=cast.students["mengyao"]
        ).update(may_see_file=False)
        assert signed_in(cast, "mother").post(url_of(cast), wish()).status_code == 404

    def test_no_photo_is_said_and_nothing_is_lost(self, cast, days):
        bad = make_photo()
        bad.file.seek(0)
        bad.file.write(b"no photo at all")
        bad.file.truncate()
        bad.file.seek(0)
        answer = signed_in(cast, "mother").post(url_of(cast), wish(photo=bad, words="写了半天"))
        assert answer.status_code == 422
        assert "写了半天" in text_of(answer)
        assert not LeaveRequest.objects.exists()


class TestWithdrawing:
    def test_while_it_waits(self, cast, days):
        row, mother = make_leave(cast), signed_in(cast, "mother")
        url = reverse("family:leave_withdraw", args=[row.pk])
        assert url in text_of(mother.get(url_of(cast)))
        for _time in range(2):
            mother.post(url)
        row.refresh_from_db()
        assert row.state == "withdrawn"
        assert "替孩子请假" not in today_rows(signed_in(cast, "teacher"))

    def test_not_after_the_answer(self, cast, days):
        row = agreed(cast, make_leave(cast))
        answer = signed_in(cast, "mother").post(
            reverse("family:leave_withdraw", args=[row.pk]), follow=True
        )
        assert "学校已经答复了" in text_of(answer)
        row.refresh_from_db()
        assert row.state == "agreed"

    def test_of_another_adult_it_is_not_there(self, cast, days):
        let_in(cast, "grandmother")
        row = make_leave_with_photo(cast)
        for key in ("grandmother", "other_mother", "blocked_father"):
            client = signed_in(cast, key)
            for name in ("leave_withdraw", "leave_photo"):
                url = reverse(f"family:{name}", args=[row.pk])
                call = client.get if name == "leave_photo" else client.post
                assert call(url).status_code == 404
        row.refresh_from_db()
        assert row.state == "asked"


class TestTheSecondAdult:
    def test_who_cares_needs_nobody(self, cast, days):
        row = make_leave(cast, "grandmother")
        teacher = signed_in(cast, "teacher")
        assert "同意之前" not in today_rows(teacher)
        teacher.post(act(row, "agree"))
        assert mark_of(cast, days[0]) == Mark("leave", "ill")

    def test_a_parent_away_who_is_connected_needs_nobody(self, cast, days):
        talked(cast)
        row = make_leave(cast)
        signed_in(cast, "teacher").post(act(row, "agree"))
        assert mark_of(cast, days[0]) == Mark("leave", "ill")

    def test_their_own_word_alone_connects_nobody(self, cast, days):
        talked(cast, "parent")
        row = make_leave(cast)
        signed_in(cast, "teacher").post(act(row, "agree"))
        assert mark_of(cast, days[0]) is None

    def test_without_one_it_excuses_nothing_and_the_row_says_whom_to_call(self, cast, days):
        row, teacher = make_leave(cast), signed_in(cast, "teacher")
        page = today_rows(teacher)
        assert "请先给奶奶打电话核实：138\N{NO-BREAK SPACE}9351\N{NO-BREAK SPACE}0003" in page
        assert act(row, "called", cast.adults["grandmother"].pk) in page
        assert act(row, "agree") not in page
        answer = teacher.post(act(row, "agree"), **HX)
        assert answer.status_code == 409
        assert "请先给奶奶打电话核实" in text_of(answer)
        row.refresh_from_db()
        assert row.state == "asked"
        assert mark_of(cast, days[0]) is None

    def test_a_call_counts_and_says_who_made_it(self, cast, days):
        row, teacher = make_leave(cast), signed_in(cast, "teacher")
        answer = teacher.post(act(row, "called", cast.adults["grandmother"].pk), **HX)
        assert act(row, "agree") in text_of(answer)
        teacher.post(act(row, "called", cast.adults["grandmother"].pk), **HX)
        row.refresh_from_db()
        assert (row.second, row.second_agrees, row.called_by) == (
            cast.adults["grandmother"], True, cast.users["teacher"],
        )  # fmt: skip
        teacher.post(act(row, "agree"))
        assert mark_of(cast, days[0]) == Mark("leave", "ill")

    @pytest.mark.parametrize("key", ["father", "mother", "other_mother", "far_mother"])
    def test_no_call_with_a_blocked_adult_the_asker_or_a_stranger(self, cast, days, key):
        row = make_leave(cast)
        url = act(row, "called", cast.adults[key].pk)
        assert signed_in(cast, "teacher").post(url).status_code == 404
        row.refresh_from_db()
        assert row.second is None

    def test_the_carer_is_shown_it_and_confirms_by_one_tap(self, cast, days):
        let_in(cast, "grandmother")
        row, grandmother = make_leave(cast), signed_in(cast, "grandmother")
        assert "是这样吗" in text_of(grandmother.get("/f/"))
        url = reverse("family:leave_say", args=[row.pk])
        assert url in text_of(grandmother.get(url_of(cast)))
        grandmother.post(url, {"answer": "yes"})
        row.refresh_from_db()
        assert (row.second, row.second_agrees, row.called_by) == (
            cast.adults["grandmother"], True, None,
        )  # fmt: skip
        assert grandmother.post(url, {"answer": "no"}).status_code == 404
        assert act(row, "agree") in today_rows(signed_in(cast, "teacher"))

    def test_a_no_stands_against_everybody_until_a_call(self, cast, days):
        let_in(cast, "grandmother")
        row = make_leave(cast)
        signed_in(cast, "grandmother").post(
            reverse("family:leave_say", args=[row.pk]), {"answer": "no"}
        )
        talked(cast)  # even if the person asking is known to care by now
        teacher = signed_in(cast, "teacher")
        assert "奶奶说不是这样" in today_rows(teacher)
        teacher.post(act(row, "agree"))
        assert mark_of(cast, days[0]) is None
        teacher.post(act(row, "called", cast.adults["grandmother"].pk))
        teacher.post(act(row, "agree"))
        assert mark_of(cast, days[0]) == Mark("leave", "ill")

    def test_nobody_says_it_of_their_own_request(self, cast, days):
        row = make_leave(cast)
        url = reverse("family:leave_say", args=[row.pk])
        for key in ("mother", "other_mother", "blocked_father"):
            assert signed_in(cast, key).post(url, {"answer": "yes"}).status_code == 404
        row.refresh_from_db()
        assert row.second is None

    def test_whoever_has_the_same_number_is_no_second_person(self, cast, days):
        let_in(cast, "grandmother")
        row, on = make_leave(cast), timezone.localdate()
        grandmother = cast.adults["grandmother"]
        assert to_confirm([grandmother.pk], on) == [row]
        shared = ContactPoint.objects.get(adult=cast.adults["mother"])
        shared.pk, shared.adult, shared.priority = None, grandmother, 2
        shared.save(force_insert=True)
        assert to_confirm([grandmother.pk], on) == []

    def test_nobody_is_to_be_called_on_the_askers_own_number(self, cast, days):
        row, on = make_leave_of_aunt(cast), timezone.localdate()
        mother, grandmother = cast.adults["mother"], cast.adults["grandmother"]
        named = {one.adult_id for one in callees_of([row], on)[row.pk]}
        assert {mother.pk, grandmother.pk} <= named
        asker = ContactPoint.objects.get(adult=cast.adults["aunt"])
        ContactPoint.objects.filter(adult=grandmother).update(address=asker.address)
        named = {one.adult_id for one in callees_of([row], on)[row.pk]}
        assert mother.pk in named
        assert grandmother.pk not in named
        url = reverse("classroom:leave_called", args=[row.pk, grandmother.pk])
        assert signed_in(cast, "teacher").post(url).status_code == 404

    def test_a_second_blocked_since_counts_no_more(self, cast, days):
        row = make_leave(cast)
        actions.say(
            leave=row, adult=cast.adults["grandmother"], agrees=True, at=clock.now(),
            called_by=cast.users["teacher"],
        )  # fmt: skip
        block_adult(
            adult=cast.adults["grandmother"], by=cast.users["principal"], reason="保护令",
            at=clock.now(), ground="safeguarding", decision="校务会", decided_on=days[0],
        )  # fmt: skip
        signed_in(cast, "teacher").post(act(row, "agree"))
        assert mark_of(cast, days[0]) is None

    def test_an_asker_blocked_since_excuses_nothing_alone(self, cast, days):
        row = make_leave(cast, "grandmother")
        cast.adults["grandmother"].blocked_at = clock.now()
        cast.adults["grandmother"].blocked_reason = "保护令"
        cast.adults["grandmother"].blocked_by = cast.users["principal"]
        cast.adults["grandmother"].save()
        signed_in(cast, "teacher").post(act(row, "agree"))
        assert mark_of(cast, days[0]) is None

    def test_where_nobody_else_is_on_file_the_row_says_so(self, cast, days):
        Guardianship.objects.filter(adult=cast.adults["other_mother"]).delete()
        row, teacher = make_leave_of_aunt(cast, "haitao"), signed_in(cast, "next_teacher")
        assert "没有别的大人可以核实" in today_rows(teacher)
        teacher.post(act(row, "agree"))
        row.refresh_from_db()
        assert row.state == "asked"


class TestDeciding:
    def test_agreed_the_school_days_are_filled_in_and_no_others(self, cast, days):
        CalendarDay.objects.filter(on=days[1]).update(kind="holiday")
        row = make_leave(cast, "grandmother", starts_on=days[0], ends_on=days[2], reason="family")
        answer = signed_in(cast, "teacher").post(act(row, "agree"), **HX)
        assert act(row, "take_back") in text_of(answer)
        assert [mark_of(cast, day) for day in days[:4]] == [
            Mark("leave", "family"), None, Mark("leave", "family"), None,
        ]  # fmt: skip
        row.refresh_from_db()
        assert (row.state, row.decided_by) == ("agreed", cast.users["teacher"])
        let_in(cast, "grandmother")
        page = text_of(signed_in(cast, "grandmother").get(url_of(cast)))
        assert "张老师同意了" in page

    def test_a_double_tap_agrees_once(self, cast, days):
        row, teacher = make_leave(cast, "grandmother"), signed_in(cast, "teacher")
        for _time in range(2):
            answer = teacher.post(act(row, "agree"), **HX)
            assert answer.status_code == 200
            assert "准假" in text_of(answer)
        assert AttendanceMark.objects.count() == 1

    def test_an_absence_that_was_taken_becomes_leave_a_child_that_was_seen_stays(self, cast, days):
        make_mark(cast)
        child = cast.students["xiaobao"]
        rows = [
            make_leave(cast, "grandmother"),
            make_leave(cast, "grandmother", child="xiaobao"),
        ]
        for row in rows:
            signed_in(cast, "teacher").post(act(row, "agree"))
        assert mark_of(cast, days[0]) == Mark("leave", "ill")
        # the register was taken, so the child was there
        assert mark_of(cast, days[0], "xiaobao") is None
        assert not AttendanceMark.objects.filter(student=child).exists()

    def test_excused_it_is_no_sign_not_excused_it_stays_one(self, cast, days):
        make_mark(cast)
        child, on = cast.students["mengyao"], days[0]
        row, teacher = make_leave(cast, "grandmother"), signed_in(cast, "teacher")
        assert absent_days([child.pk], on, on) == {child.pk: [on]}
        assert "还不知道为什么" in today_rows(teacher)
        facts = {pk: one for pk, _school, one in facts_of([cast.school.pk], on)}
        assert facts[child.pk].absent == 1
        teacher.post(act(row, "agree"))
        assert absent_days([child.pk], on, on) == {}
        assert "还不知道为什么" not in today_rows(teacher)
        facts = {pk: one for pk, _school, one in facts_of([cast.school.pk], on)}
        assert facts[child.pk].absent == 0

    def test_homework_of_a_day_on_leave_is_not_missed(self, cast, days):
        child, on = cast.students["mengyao"], days[0]
        agreed(cast, make_leave(cast, "grandmother"))
        classroom.note_missed(
            students=[child], missing={child.pk}, was=set(), on=on,
            by=cast.users["teacher"], at=clock.now(),
        )  # fmt: skip
        facts = {pk: one for pk, _school, one in facts_of([cast.school.pk], on)}
        assert facts[child.pk].homework_missed == 0

    def test_declined_needs_a_word_which_the_family_reads(self, cast, days):
        make_mark(cast)
        row, teacher = make_leave(cast), signed_in(cast, "teacher")
        answer = teacher.post(act(row, "decline"), {"words": ""}, **HX)
        assert answer.status_code == 422
        assert "请让家里知道原因" in text_of(answer)
        assert f'id="work-leave-{row.pk}"' in text_of(answer)
        assert teacher.post(act(row, "decline"), {"words": ""}).status_code == 422
        answer = teacher.post(act(row, "decline"), {"words": "期末考试，请考完再走"}, **HX)
        assert "没有准假：期末考试" in text_of(answer)
        assert mark_of(cast, days[0]) == Mark("absent", "")
        page = text_of(signed_in(cast, "mother").get(url_of(cast)))
        assert "张老师没有同意：期末考试，请考完再走" in page

    @pytest.mark.parametrize("first", ["agree", "decline"])
    def test_the_second_decision_comes_too_late(self, cast, days, first):
        row, teacher = make_leave(cast, "grandmother"), signed_in(cast, "teacher")
        other = "decline" if first == "agree" else "agree"
        words = {"words": "考试"}
        teacher.post(act(row, first), words)
        assert teacher.post(act(row, other), words, **HX).status_code == 409
        row.refresh_from_db()
        assert row.state == {"agree": "agreed", "decline": "declined"}[first]

    def test_what_the_family_took_back_is_not_agreed(self, cast, days):
        row = make_leave(cast, "grandmother")
        actions.withdraw(leave=row, at=clock.now())
        answer = signed_in(cast, "teacher").post(act(row, "agree"), **HX)
        assert answer.status_code == 409
        assert "家里撤回了" in text_of(answer)
        assert not AttendanceMark.objects.exists()

    def test_a_colleague_of_another_class_sees_nothing(self, cast, days):
        row = make_leave_with_photo(cast)
        for key in ("next_teacher", "far_teacher", "admin", "mother"):
            client = signed_in(cast, key)
            assert client.get(reverse("classroom:leave", args=[row.pk])).status_code in (403, 404)
            for name in ("agree", "decline", "take_back"):
                assert client.post(act(row, name)).status_code in (403, 404)
            url = act(row, "called", cast.adults["grandmother"].pk)
            assert client.post(url).status_code in (403, 404)
        assert "替孩子请假" not in today_rows(signed_in(cast, "next_teacher"))

    def test_opened_beneath_its_row_it_is_a_part_of_the_page(self, cast, days):
        row = make_leave_with_photo(cast)
        part = text_of(
            signed_in(cast, "teacher").get(reverse("classroom:leave", args=[row.pk]), **HX)
        )
        assert "<html" not in part
        assert 'href="tel:+8613893510003"' in part


class TestTakingBack:
    def test_attendance_says_again_what_it_said(self, cast, days):
        make_mark(cast, "way")
        row = make_leave(cast, "grandmother", starts_on=days[0], ends_on=days[1])
        teacher = signed_in(cast, "teacher")
        teacher.post(act(row, "agree"))
        answer = teacher.post(act(row, "take_back"), **HX)
        assert act(row, "agree") in text_of(answer)
        assert [mark_of(cast, day) for day in days[:2]] == [Mark("absent", "way"), None]
        row.refresh_from_db()
        assert (row.state, row.decided_by, row.decided_at) == ("asked", None, None)
        teacher.post(act(row, "agree"))
        assert [mark_of(cast, day) for day in days[:2]] == [Mark("leave", "ill")] * 2

    def test_a_register_taken_since_leaves_an_absence_without_a_reason(self, cast, days):
        row, child = agreed(cast, make_leave(cast, "grandmother")), cast.students["mengyao"]
        stored = {child.pk: Mark("leave", "ill")}
        classroom.save_register(
            school_class=cast.school_class, on=days[0], was=stored, now=stored,
            by=cast.users["teacher"], at=clock.now(),
        )  # fmt: skip
        actions.take_back(leave=row, by=cast.users["teacher"], at=clock.now())
        assert mark_of(cast, days[0]) == Mark("absent", "")

    def test_what_somebody_wrote_over_it_stays(self, cast, days):
        row, child = agreed(cast, make_leave(cast, "grandmother")), cast.students["mengyao"]
        classroom.save_register(
            school_class=cast.school_class, on=days[0], was={child.pk: Mark("leave", "ill")},
            now={child.pk: Mark("late", "")}, by=cast.users["teacher"], at=clock.now(),
        )  # fmt: skip
        actions.take_back(leave=row, by=cast.users["teacher"], at=clock.now())
        assert mark_of(cast, days[0]) == Mark("late", "")

    def test_only_within_a_day(self, cast, days):
        row = agreed(cast, make_leave(cast, "grandmother"))
        LeaveRequest.objects.update(decided_at=clock.now() - timedelta(hours=25))
        answer = signed_in(cast, "teacher").post(act(row, "take_back"), **HX)
        assert answer.status_code == 409
        assert mark_of(cast, days[0]) == Mark("leave", "ill")

    def test_a_refusal_waits_again(self, cast, days):
        row, teacher = make_leave(cast, "grandmother"), signed_in(cast, "teacher")
        teacher.post(act(row, "decline"), {"words": "考试"})
        teacher.post(act(row, "take_back"))
        row.refresh_from_db()
        assert (row.state, row.answer) == ("asked", "")


class TestTheRegister:
    url = "/class/attendance/"

    def posted(self, cast, day, was, now):
        pk = cast.students["mengyao"].pk
        return {
            "on": day.isoformat(), "class": cast.school_class.pk, f"was-{pk}": was,
            f"kind-{pk}": now.partition("|")[0], f"reason-{pk}": now.partition("|")[2],
        }  # fmt: skip

    def test_the_child_stands_there_as_on_leave_and_stays_so(self, cast, days):
        agreed(cast, make_leave(cast, "grandmother"))
        teacher, pk = signed_in(cast, "teacher"), cast.students["mengyao"].pk
        page = text_of(teacher.get(self.url))
        assert f'name="kind-{pk}" value="leave" checked' in page
        assert page.count('value="leave"') == 1  # nobody else can be put on leave here
        data = self.posted(cast, days[0], "leave|ill", "leave|ill")
        answer = teacher.post(self.url, data, follow=True)
        assert "请假 1 人" in text_of(answer)
        assert mark_of(cast, days[0]) == Mark("leave", "ill")

    def test_a_child_that_came_after_all_is_there(self, cast, days):
        agreed(cast, make_leave(cast, "grandmother"))
        data = self.posted(cast, days[0], "leave|ill", "present|")
        signed_in(cast, "teacher").post(self.url, data)
        assert mark_of(cast, days[0]) == Mark()

    @pytest.mark.parametrize("was", ["present|", "absent|", ""])
    def test_nobody_is_put_on_leave_here(self, cast, days, was):
        signed_in(cast, "teacher").post(self.url, self.posted(cast, days[0], was, "leave|ill"))
        assert not AttendanceMark.objects.filter(kind="leave").exists()
        assert ClassRegister.objects.exists()

    def test_nor_by_a_forged_page(self, cast, days):
        data = self.posted(cast, days[0], "leave|ill", "leave|ill")
        signed_in(cast, "teacher").post(self.url, data)
        assert mark_of(cast, days[0]) is None

    def test_leave_to_come_is_no_event_yet(self, cast, days):
        agreed(cast, make_leave(cast, "grandmother", starts_on=days[2], ends_on=days[2]))
        page = text_of(
            signed_in(cast, "teacher").get(
                reverse("staff:child", args=[cast.students["mengyao"].pk])
            )
        )
        assert "请假（生病）" not in page
        assert "奶奶替孩子请假" in page


class TestMessages:
    def kept(self, which):
        return OutboxMessage.objects.filter(
            kind="notice", payload__about="leave", payload__which=which, state="due"
        )

    def test_the_second_adult_is_asked_and_no_more_when_somebody_has_said(self, cast, days):
        row = make_leave(cast)
        assert [one.adult for one in self.kept("second")] == [cast.adults["grandmother"]]
        actions.say(
            leave=row, adult=cast.adults["grandmother"], agrees=True, at=clock.now(),
            called_by=cast.users["teacher"],
        )  # fmt: skip
        assert not self.kept("second").exists()

    def test_nobody_is_asked_where_the_asker_cares(self, cast, days):
        make_leave(cast, "grandmother")
        assert not OutboxMessage.objects.filter(payload__about="leave").exists()

    @pytest.mark.parametrize("ahead", [0, 2])
    def test_the_answer_goes_ten_minutes_later_and_is_worth_sending_to_the_end(
        self, cast, days, ahead
    ):
        row = agreed(cast, make_leave(cast, ends_on=days[ahead]))
        message = self.kept("agreed").get()
        assert message.due_at == row.decided_at + timedelta(minutes=10)
        # Of leave that ends today, for a day; else to the midnight after its last day.
        over = timezone.make_aware(datetime.combine(days[ahead] + timedelta(days=1), time(0)))
        ends = over if ahead else message.due_at + timedelta(days=1)
        assert message.expires_at == ends

    def test_whoever_asked_hears_of_the_answer_unless_it_is_taken_back(self, cast, days):
        row = agreed(cast, make_leave(cast))
        assert [one.adult for one in self.kept("agreed")] == [cast.adults["mother"]]
        actions.take_back(leave=row, by=cast.users["teacher"], at=clock.now())
        assert not self.kept("agreed").exists()

    def test_it_holds_at_sending_while_it_is_true(self, cast, days):
        row = agreed(cast, make_leave(cast))
        notice = messages.LeaveNotice()
        asked = [
            Asked(number, row.pk, cast.school.pk, adult.pk, 1, clock.now(), which)
            for number, (adult, which) in enumerate(
                (
                    (cast.adults["mother"], "agreed"),
                    (cast.adults["mother"], "declined"),
                    (cast.adults["grandmother"], "agreed"),
                    (cast.adults["grandmother"], "second"),
                )
            )
        ]
        assert list(notice.holding(asked, clock.now())) == [0]


class TestBlockedAfterwards:
    """An adult of an agreed request is blocked while the days still run."""

    def block(self, cast, who, at=None):
        block_adult(
            adult=cast.adults[who],
            by=cast.users["principal"],
            reason="保护令",
            at=at or clock.now(),
        )

    @pytest.mark.parametrize("who", ["mother", "grandmother", "other_mother"])
    def test_the_days_ahead_are_no_longer_excused(self, cast, days, who):
        """The asker, who confirmed it, and who fetches the child."""
        row = make_leave(
            cast, ends_on=days[2], collects="adult", collector=cast.adults["other_mother"]
        )
        agreed(cast, row)
        assert mark_of(cast, days[1]).kind == "leave"
        assert actions.reopen_blocked(at=clock.now()) == 0
        self.block(cast, who)
        assert actions.reopen_blocked(at=clock.now()) == 1
        row.refresh_from_db()
        assert (row.state, row.decided_by) == ("asked", None)
        assert [mark_of(cast, day) for day in days[:3]] == [None] * 3
        assert "请假" in today_rows(signed_in(cast, "teacher"))
        assert actions.reopen_blocked(at=clock.now()) == 0

    def test_a_day_whose_register_was_taken_is_an_absence(self, cast, days):
        row = agreed(cast, make_leave(cast, "grandmother"))
        ClassRegister.objects.create(
            school=cast.school, school_class=cast.school_class, taken_on=days[0],
            taken_by=cast.users["teacher"], taken_at=clock.now(),
        )  # fmt: skip
        self.block(cast, "grandmother")
        actions.reopen_blocked(at=clock.now())
        assert mark_of(cast, days[0]).kind == "absent"
        row.refresh_from_db()
        assert row.state == "asked"

    def test_nobody_blocked_before_the_decision_and_no_day_gone_by(self, cast, days):
        row = agreed(cast, make_leave(cast, "grandmother"))
        self.block(cast, "grandmother", at=row.decided_at - timedelta(minutes=1))
        assert actions.reopen_blocked(at=clock.now()) == 0
        self.block(cast, "mother")
        assert actions.reopen_blocked(at=clock.now() + timedelta(days=1)) == 0

    def test_no_blocked_adult_fetches_a_child_whose_leave_waits(self, cast, days):
        row = make_leave(
            cast, "grandmother", collects="adult", collector=cast.adults["other_mother"]
        )
        self.block(cast, "other_mother")
        teacher = signed_in(cast, "teacher")
        assert "不能让这个人来接孩子" in today_rows(teacher)
        assert "不能让这个人来接孩子" in text_of(teacher.get(act(row, "agree")[: -len("agree/")]))
        teacher.post(act(row, "agree"))
        row.refresh_from_db()
        assert row.state == "asked"


def test_ten_requests_cost_what_one_does(cast, days):
    children = [cast.students[key].pk for key in ("mengyao", "xiaobao")]

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            waiting_leave(children, clock.now())
            leave_lines(children, [cast.adults["grandmother"].pk], days[0])
        return len(found)

    make_leave(cast)
    cost()
    few = cost()
    for day in days[1:]:
        for child in ("mengyao", "xiaobao"):
            make_leave(cast, child=child, starts_on=day, ends_on=day)
    cost()
    assert cost() == few


@pytest.mark.parametrize(
    ("words", "sounds"),
    [
        ("老师，梦瑶发烧了，今天请假一天", True),
        ("张老师，孩子病假两天", True),
        ("明天家里有事，她不能去上学", True),
        ("孩子生病了，来不了学校", True),
        ("国庆什么时候放假？", False),
        ("她没生病，就是没睡好", False),
        ("梦瑶这几天吃饭怎么样", False),
        ("", False),
    ],
)
def test_what_sounds_like_leave(words, sounds):
    assert sounds_like_leave(words) is sounds


def test_a_message_that_sounds_like_leave_offers_it_to_whoever_wrote_it(cast):
    mother = signed_in(cast, "mother")
    for words, is_offered in (("梦瑶发烧了，想请假", True), ("好的，谢谢老师", False)):
        data = {"key": str(uuid4()), "child": cast.students["mengyao"].pk, "text": words}
        page = text_of(mother.post(reverse("family_threads:new"), data, follow=True))
        assert words in page
        assert (url_of(cast) in page) is is_offered


def test_what_is_long_over_is_no_longer_shown(cast, days):
    make_leave(cast, starts_on=days[0] - timedelta(days=8), ends_on=days[0] - timedelta(days=8))
    assert own_leave([cast.adults["mother"].pk], days[0]) == []


def test_a_second_teacher_of_the_class_may_agree_too(cast, days):
    make_colleague(cast)
    row = make_leave(cast, "grandmother")
    signed_in(cast, "colleague").post(act(row, "agree"))
    row.refresh_from_db()
    assert row.decided_by == cast.users["colleague"]

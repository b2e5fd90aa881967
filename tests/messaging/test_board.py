"""The board, the ladder beside it, the teacher's tasks, the stop switch, channels and the demo phone."""

import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessRecord
from core import clock
from delivery import dispatch
from delivery.channels import secrets
from delivery.models import (
    ChannelAccount,
    DemoPhoneMessage,
    OutboxMessage,
    VoiceCall,
    VoiceEvent,
)
from delivery.texts import cause_in_words
from guardians.models import Contact
from messaging.actions import answer, ask_due_check_ins, ensure_plans
from messaging.models import CheckIn, CheckInLine, FollowUp
from schools.models import School
from students.models import Enrolment
from tests.factories.cast import (
    make_adult,
    make_cast,
    make_guardianship,
    make_student,
    send_away,
)
from tests.sinks import Answer

HTMX = {"HTTP_HX_REQUEST": "true"}


def text_of(response):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def sign_in(client, cast, who):
    client.force_login(cast.users[who])
    return client


def more_children(cast, number):
    for index in range(number):
        child = make_student(cast.school_class, f"何小{index}")
        father = make_adult(cast.school, f"何大{index}", f"+861389352{index:04d}")
        make_guardianship(child, father, "father")
        send_away(father, "昆山")


@pytest.fixture
def asked(cast, at):
    """Everybody is asked once; nothing is sent yet."""
    ensure_plans(at=at)
    ask_due_check_ins(at=at)
    return cast


@pytest.fixture
def task(asked, at):
    """Nobody has reached 徐梦瑶's mother: the class teacher's task."""
    check_in = CheckIn.objects.get(lines__student=asked.students["mengyao"])
    return FollowUp.objects.create(
        school=asked.school,
        student=asked.students["mengyao"],
        check_in=check_in,
        opened_at=at - timedelta(days=1),
    )


class TestBoard:
    def test_teacher_sees_the_own_class_only(self, client, asked):
        page = text_of(sign_in(client, asked, "teacher").get("/check-ins/"))
        assert "徐梦瑶" in page
        assert "丁海涛" not in page

    def test_principal_sees_every_class_of_the_own_school(self, client, asked):
        page = text_of(sign_in(client, asked, "principal").get("/check-ins/"))
        assert "徐梦瑶" in page
        assert "丁海涛" in page
        assert "马思源" not in page

    def test_one_class(self, client, asked):
        sign_in(client, asked, "principal")
        page = text_of(client.get(f"/check-ins/?class={asked.next_class.pk}"))
        assert "丁海涛" in page
        assert "徐梦瑶" not in page
        assert client.get(f"/check-ins/?class={asked.far_class.pk}").status_code == 404

    def test_shows_each_state_in_its_own_column(self, client, asked, at):
        check_in = CheckIn.objects.get(lines__student=asked.students["haitao"])
        answers = {asked.students["haitao"].pk: "need_help"}
        answer(check_in=check_in, key="k" * 8, answers=answers, at=at)
        OutboxMessage.objects.update(state="accepted")
        page = text_of(sign_in(client, asked, "principal").get("/check-ins/"))
        assert re.search(r"需要帮忙\s+1", page)
        assert re.search(r"等待回复\s+2", page)

    def test_beside_an_open_ladder_the_days_stay_and_empty_columns_go(self, client, asked, at):
        OutboxMessage.objects.update(state="accepted")
        sign_in(client, asked, "teacher")
        page = client.get("/check-ins/").content.decode()
        assert "再次询问" in page
        assert ">还没有通话记录</span>" in page
        child = asked.students["mengyao"].pk
        page = client.get(f"/check-ins/?child={child}").content.decode()
        assert "再次询问" not in page
        assert "<span>还没有通话记录</span>" in page

    def test_the_toolbar_has_the_class_and_the_pause_and_the_rest_is_one_tap_away(
        self, client, asked
    ):
        page = sign_in(client, asked, "principal").get("/check-ins/").content.decode()
        bar, more = page.split('<div class="head-aside">')[1].split('<details class="later">')
        assert 'name="class"' in bar
        assert reverse("messaging:stop") in bar
        assert reverse("messaging:call_sheet") not in bar
        assert reverse("messaging:call_sheet") in more.split("</details>")[0]

    def test_nobody_is_waited_for_before_the_question_has_left(self, client, asked, at):
        sign_in(client, asked, "teacher")
        School.objects.update(is_demo=True)  # its phone is a channel
        child = asked.students["mengyao"].pk
        asked_mother = OutboxMessage.objects.filter(adult=asked.adults["mother"])
        for change, state, when in (
            ({"due_at": at + timedelta(days=3)}, "还没发出", r"将在\S+ \d+:\d\d发出"),
            ({"due_at": at - timedelta(minutes=1)}, "还没发出", "正在发出"),
            ({"state": "claimed"}, "还没发出", ""),
            ({"state": "suppressed", "cause": "school_stopped"}, "还没发出", ""),
            ({"state": "failed", "cause": "no_such_number"}, "尚未联系上", ""),
            ({"state": "accepted", "cause": ""}, "等待回复", ""),
        ):
            asked_mother.update(**change)
            board, children = text_of(client.get("/check-ins/")), text_of(client.get("/children/"))
            assert re.search(rf"{state}\s+2", board), change
            assert state in children, change
            panel = text_of(client.get(f"/check-ins/?child={child}"))
            assert re.search(when, board), change
            assert re.search(when, panel), change
            assert ("等待回复" in children) == (state == "等待回复"), change

    def test_a_number_that_fails_is_said_before_the_next_message_goes(self, client, asked, at):
        sign_in(client, asked, "teacher")
        asked_mother = OutboxMessage.objects.filter(adult=asked.adults["mother"])
        for message in asked_mother:
            message.pk, message.idempotency_key = None, uuid4()
            message.dedupe_key += ":again"
            message.due_at = at + timedelta(days=1)
            message.save(force_insert=True)
        first = asked_mother.exclude(dedupe_key__endswith=":again")
        first.update(state="failed", cause="no_such_number")
        assert re.search(r"尚未联系上\s+2", text_of(client.get("/check-ins/")))
        asked_mother.update(state="suppressed", cause="opted_out")
        assert re.search(r"尚未联系上\s+2", text_of(client.get("/check-ins/")))

    def test_a_question_planned_before_sending_stopped_has_no_hour(self, client, asked, at):
        OutboxMessage.objects.update(due_at=at + timedelta(days=3))
        School.objects.update(sending_stopped_at=at)
        page = text_of(sign_in(client, asked, "teacher").get("/check-ins/"))
        assert "学校能发送时再发" in page
        assert "发出" not in page.split("接下来要发")[0].replace("还没发出", "")

    def test_what_goes_out_next_names_no_other_class_s_parents(self, client, asked):
        assert "马兰" in text_of(sign_in(client, asked, "principal").get("/check-ins/"))
        assert "马兰" not in text_of(sign_in(client, asked, "teacher").get("/check-ins/"))

    def test_what_will_not_be_sent_says_why(self, client, asked, at):
        asked.adults["mother"].opted_out_at = at
        asked.adults["mother"].save()
        page = text_of(sign_in(client, asked, "teacher").get("/check-ins/"))
        assert re.search(r"1 位不发", page)

    @pytest.mark.parametrize("path", ["/check-ins/", "/check-ins/?child={child}"])
    def test_asks_no_more_queries_for_ten_children(self, client, asked, at, path):
        sign_in(client, asked, "teacher")
        path = path.format(child=asked.students["mengyao"].pk)
        client.get(path)
        with CaptureQueriesContext(connection) as few:
            client.get(path)
        more_children(asked, 10)
        ensure_plans(at=at)
        ask_due_check_ins(at=at)
        client.get(path)  # the rail's counts are kept for seconds only
        with CaptureQueriesContext(connection) as many:
            page = text_of(client.get(path))
        assert "何小9" in page
        assert len(many) == len(few)

    def test_an_empty_board_says_what_comes_next(self, client, cast):
        page = text_of(sign_in(client, cast, "principal").get("/check-ins/"))
        assert "花名册" in page


class TestLadder:
    def test_tells_each_try_on_the_parent_s_clock_with_its_cause(
        self, client, cast, sms, gateway, at
    ):
        gateway.answers = [Answer(status=400, takes=False)]
        ensure_plans(at=at)
        ask_due_check_ins(at=at)
        # Only now: at night the day of the question has not yet come there.
        cast.adults["mother"].time_zone = "Asia/Almaty"
        cast.adults["mother"].save()
        OutboxMessage.objects.exclude(adult=cast.adults["mother"]).delete()
        dispatch.drain()
        sign_in(client, cast, "teacher")
        page = text_of(client.get(f"/check-ins/?child={cast.students['mengyao'].pk}"))
        assert "妈妈 王芳" in page
        assert "昆山" in page
        assert "晚 3 小时" in page
        assert "奶奶李秀兰照看" in page
        assert re.search(r"昆山 \d+:\d\d", page)
        assert cause_in_words("provider_refused") in page

    def test_opening_it_is_logged(self, client, asked):
        sign_in(client, asked, "teacher")
        client.get("/check-ins/")
        assert not AccessRecord.objects.exists()
        client.get(f"/check-ins/?child={asked.students['mengyao'].pk}")
        assert AccessRecord.objects.get().student_id == asked.students["mengyao"].pk

    @pytest.mark.parametrize("child", ["haitao", "yuan"])
    def test_no_other_child(self, client, asked, child):
        sign_in(client, asked, "teacher")
        own, other = asked.students["mengyao"].pk, asked.students[child].pk
        assert client.get(f"/check-ins/?child={own}").status_code == 200
        assert client.get(f"/check-ins/?child={other}").status_code == 404


class TestFollowUp:
    def test_opens_in_place(self, client, task, cast):
        page = sign_in(client, cast, "teacher").get(f"/check-ins/follow-up/{task.pk}/", **HTMX)
        assert "<html" not in page.content.decode()
        assert "结果怎么样" in text_of(page)

    def test_done_in_place_with_undo(self, client, task, cast):
        sign_in(client, cast, "teacher")
        page = client.post(
            f"/check-ins/follow-up/{task.pk}/", {"outcome": "talked", "words": "奶奶接的"}, **HTMX
        )
        assert "is-done" in page.content.decode()
        assert f"/check-ins/follow-up/{task.pk}/undo/" in page.content.decode()
        task.refresh_from_db()
        assert (task.outcome, task.words, task.done_by) == (
            "talked",
            "奶奶接的",
            cast.users["teacher"],
        )
        assert Contact.objects.get().reported_by == Contact.ReportedBy.STAFF
        client.post(f"/check-ins/follow-up/{task.pk}/undo/", **HTMX)
        task.refresh_from_db()
        assert task.done_at is None
        assert not Contact.objects.filter(retracted_at=None).exists()

    def test_without_script_leads_back_to_the_family(self, client, task, cast):
        sign_in(client, cast, "teacher")
        page = client.post(
            f"/check-ins/follow-up/{task.pk}/", {"outcome": "reached", "words": ""}, follow=True
        )
        assert page.redirect_chain[-1][0] == f"/check-ins/?child={task.student_id}"
        task.refresh_from_db()
        assert task.outcome == "reached"

    def test_without_an_outcome_nothing_is_lost(self, client, task, cast):
        sign_in(client, cast, "teacher")
        page = client.post(f"/check-ins/follow-up/{task.pk}/", {"words": "奶奶接的"}, **HTMX)
        assert page.status_code == 422
        assert "请选一个结果" in text_of(page)
        assert "奶奶接的" in page.content.decode()
        task.refresh_from_db()
        assert task.done_at is None

    def test_later(self, client, task, cast, at):
        sign_in(client, cast, "teacher")
        until = timezone.localdate(at) + timedelta(days=2)
        url = f"/check-ins/follow-up/{task.pk}/later/"
        assert "is-put_off" in client.post(url, {"until_on": until}, **HTMX).content.decode()
        task.refresh_from_db()
        assert task.put_off_until == until

    @pytest.mark.parametrize("days", [-1, 0, 60])
    def test_later_is_a_near_day_ahead(self, client, task, cast, at, days):
        sign_in(client, cast, "teacher")
        until = timezone.localdate(at) + timedelta(days=days)
        page = client.post(f"/check-ins/follow-up/{task.pk}/later/", {"until_on": until}, **HTMX)
        assert page.status_code == 422
        task.refresh_from_db()
        assert task.put_off_until is None

    @pytest.mark.parametrize("act", ["", "later/", "undo/"])
    @pytest.mark.parametrize("who", ["next_teacher", "far_teacher", "ended", "county", "mother"])
    def test_strangers_meet_nothing(self, client, task, cast, who, act):
        url, data = f"/check-ins/follow-up/{task.pk}/{act}", {"outcome": "reached"}
        assert sign_in(client, cast, who).post(url, data, **HTMX).status_code == 404
        task.refresh_from_db()
        assert task.done_at is None
        assert sign_in(client, cast, "teacher").post(url, data, **HTMX).status_code in (200, 422)


class TestStopping:
    def test_asks_once_with_a_reason(self, client, asked):
        sign_in(client, asked, "principal")
        assert "会等着" in text_of(client.get("/check-ins/stop/"))
        assert client.post("/check-ins/stop/", {"reason": ""}).status_code == 422
        assert School.objects.get(pk=asked.school.pk).sending_stopped_at is None
        page = client.post("/check-ins/stop/", {"reason": "停电"}, follow=True)
        assert School.objects.get(pk=asked.school.pk).sending_stopped_at is not None
        assert "接着发" in text_of(page)

    def test_goes_on(self, client, asked, at):
        School.objects.filter(pk=asked.school.pk).update(sending_stopped_at=at)
        sign_in(client, asked, "principal").post("/check-ins/resume/")
        assert School.objects.get(pk=asked.school.pk).sending_stopped_at is None

    def test_is_not_the_teacher_s(self, client, asked):
        sign_in(client, asked, "teacher")
        assert "/check-ins/stop/" not in client.get("/check-ins/").content.decode()
        for path in ("/check-ins/stop/", "/check-ins/resume/"):
            assert client.post(path, {"reason": "停电"}).status_code == 404
        assert School.objects.get(pk=asked.school.pk).sending_stopped_at is None


SMS = {
    "is_enabled": "on",
    "method": "POST",
    "url": "https://sms.example.cn/send",
    "content_type": "application/x-www-form-urlencoded",
    "body": "phone={phone}&text={text}",
    "headers": "Authorization: Bearer {secret_token}",
    "secret_token": "s3cret",
    "success_path": "Code",
    "success_equals": "OK",
}


class TestChannels:
    @pytest.fixture
    def admin(self, client, cast):
        return sign_in(client, cast, "admin")

    def test_saves_what_may_be_shown_and_hides_the_secret(self, admin, cast):
        page = admin.post("/check-ins/channels/new/sms/", SMS, follow=True)
        account = ChannelAccount.objects.get()
        assert account.config["url"] == SMS["url"]
        assert account.config["headers"] == {"Authorization": "Bearer {secret_token}"}
        assert account.config["success"] == {"json_path": "Code", "equals": "OK"}
        opened = secrets.unseal(sealed=account.secret, row=secrets.row_of(account))
        assert opened == {"token": "s3cret"}
        assert b"s3cret" not in bytes(account.secret)
        assert "s3cret" not in page.content.decode()

    def test_an_empty_secret_keeps_the_stored_one(self, admin):
        admin.post("/check-ins/channels/new/sms/", SMS)
        admin.post(
            f"/check-ins/channels/{ChannelAccount.objects.get().pk}/",
            SMS | {"secret_token": "", "success_path": "", "success_equals": ""},
        )
        account = ChannelAccount.objects.get()
        assert (
            secrets.unseal(sealed=account.secret, row=secrets.row_of(account))["token"] == "s3cret"
        )
        assert "success" not in account.config

    @pytest.mark.parametrize(
        ("field", "value", "words"),
        [
            ("url", "", "请填这一项"),
            ("url", "ftp://sms.example.cn/{phone}", "https://"),
            ("body", "nothing", "{phone}"),
            ("headers", "Authorization", "不是请求头"),
            ("success_path", "", "哪一项"),
            ("refused_regex", "(", "读不懂"),
            ("idempotency_header", "X Y", "连字符"),
        ],
    )
    def test_errors_stand_at_the_field_and_nothing_is_saved(self, admin, field, value, words):
        page = admin.post("/check-ins/channels/new/sms/", SMS | {field: value})
        assert page.status_code == 422
        assert page.context["form"].errors[field]
        assert words in text_of(page)
        assert not ChannelAccount.objects.exists()

    def test_json_must_be_json(self, admin):
        broken = SMS | {"content_type": "application/json", "body": '{"to": {phone}}'}
        assert "JSON" in text_of(admin.post("/check-ins/channels/new/sms/", broken))
        whole = broken | {"body": '{"to": "{phone}", "text": "{text}"}'}
        assert admin.post("/check-ins/channels/new/sms/", whole).status_code == 302

    def test_a_test_shows_how_it_went(self, admin, sms, gateway):
        page = admin.post(f"/check-ins/channels/{sms.pk}/test/", {"address": "13893510009"}, **HTMX)
        row = OutboxMessage.objects.get()
        assert f"/check-ins/channels/test/{row.pk}/" in page.content.decode()
        dispatch.drain()
        page = admin.get(f"/check-ins/channels/test/{row.pk}/", **HTMX)
        assert "已发到 +8613893510009" in text_of(page)
        assert "hx-get" not in page.content.decode()

    def test_a_test_needs_a_number(self, admin, sms):
        page = admin.post(f"/check-ins/channels/{sms.pk}/test/", {"address": "12"}, **HTMX)
        assert page.status_code == 422
        assert "手机号是 11 位" in text_of(page)
        assert not OutboxMessage.objects.exists()

    @pytest.mark.parametrize("who", ["principal", "teacher", "ended", "county", "mother"])
    def test_are_the_administrator_s_alone(self, client, cast, sms, who):
        sign_in(client, cast, who)
        for path in ("", "new/sms/", f"{sms.pk}/"):
            assert client.get(f"/check-ins/channels/{path}").status_code == 404
        assert (
            client.post(f"/check-ins/channels/{sms.pk}/test/", {"address": "1"}).status_code == 404
        )
        sign_in(client, cast, "admin")
        assert client.get(f"/check-ins/channels/{sms.pk}/").status_code == 200

    def test_the_demo_phone_is_for_demo_schools(self, admin, cast):
        assert "/check-ins/demo-phone/" not in admin.get("/check-ins/channels/").content.decode()
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        assert "/check-ins/demo-phone/" in admin.get("/check-ins/channels/").content.decode()
        assert admin.get("/check-ins/channels/new/demo_phone/").status_code == 404


class TestDemoPhone:
    @pytest.fixture
    def demo(self, cast):
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        for number, (school, key) in enumerate(
            [(cast.school, "mother"), (cast.other_school, "far_mother")]
        ):
            DemoPhoneMessage.objects.create(
                school=school,
                idempotency_key=f"00000000-0000-0000-0000-00000000000{number}",
                adult=cast.adults[key],
                address="+8613893510001",
                text="【家桥】点一下：http://127.0.0.1/f/c/x-0-y/ 谢谢",
            )
        return cast

    def test_shows_what_arrived_with_a_link_that_works(self, client, demo):
        page = sign_in(client, demo, "principal").get("/check-ins/demo-phone/")
        assert "王芳" in text_of(page)
        assert "徐梦瑶的妈妈" in text_of(page)
        assert 'href="http://127.0.0.1/f/c/x-0-y/" target="_blank"' in page.content.decode()
        assert "演示" in text_of(page)

    def test_never_another_school_s(self, client, demo):
        sign_in(client, demo, "principal")
        stranger = demo.adults["far_mother"].pk
        page = text_of(client.get(f"/check-ins/demo-phone/?of=a{stranger}"))
        assert "虎秀兰" not in page
        assert "点一下" not in page

    def test_only_for_demo_schools(self, client, demo):
        sign_in(client, demo, "principal")
        assert client.get("/check-ins/demo-phone/").status_code == 200
        School.objects.update(is_demo=False)
        assert client.get("/check-ins/demo-phone/").status_code == 404

    def test_asks_again_only_for_news(self, client, demo):
        sign_in(client, demo, "principal")
        seen = client.get("/check-ins/demo-phone/").context["seen"]
        again = f"/check-ins/demo-phone/?seen={seen}"
        assert client.get(again, **HTMX).status_code == 204
        assert client.get("/check-ins/demo-phone/?seen=0", **HTMX).status_code == 200
        call = VoiceCall.objects.create(
            school=demo.school,
            channel="demo_call",
            idempotency_key=uuid4(),
            kind="test",
            address="+8613893510001",
            script={"language": "en", "first": "a", "steps": {"a": {"say": "Hello", "keys": {}}}},
            placed_at=clock.now(),
        )
        assert client.get(again, **HTMX).status_code == 200  # it rings
        seen = client.get("/check-ins/demo-phone/").context["seen"]
        VoiceEvent.objects.create(
            school=demo.school, call=call, number=1, kind="answered", at=clock.now()
        )
        again = f"/check-ins/demo-phone/?seen={seen}"
        assert client.get(again, **HTMX).status_code == 200  # somebody has picked up

    def test_finds_by_name(self, client, demo):
        sign_in(client, demo, "principal")
        assert "王芳" in text_of(client.get("/check-ins/demo-phone/?q=王"))
        assert "没有叫这个名字" in text_of(client.get("/check-ins/demo-phone/?q=张三"))

    @pytest.mark.parametrize("of", ["", "a", "a999999999999999999999", "zz", "a0"])
    def test_nonsense_is_an_empty_phone(self, client, demo, of):
        page = sign_in(client, demo, "principal").get(f"/check-ins/demo-phone/?of={of}")
        assert page.status_code == 200
        texts = DemoPhoneMessage.objects.filter(school=demo.school).values_list("text", flat=True)
        assert texts
        assert not [text for text in texts if text in page.content.decode()]


def test_the_answer_of_a_child_who_left_reaches_both_class_teachers(client, db, without_wall):
    """The school that asked sees the answer, the new class teacher the child with it. No act moves a file to
    another school, transfers make a new one there; behind the wall each school would see its own rows.
    """
    cast = make_cast()
    at = timezone.now()
    student, mother = cast.students["haitao"], cast.adults["other_mother"]
    check_in = CheckIn.objects.create(
        school=cast.school,
        adult=mother,
        due_on=timezone.localdate(at) - timedelta(days=2),
        asked_at=at - timedelta(days=2),
        expires_at=at + timedelta(days=5),
    )
    CheckInLine.objects.create(school=cast.school, check_in=check_in, student=student)
    student.enrolments.update(ends_on=timezone.localdate(at) - timedelta(days=1))
    student.school = cast.other_school
    student.save()
    Enrolment.objects.create(
        school=cast.other_school,
        student=student,
        school_class=cast.far_class,
        starts_on=timezone.localdate(at),
    )
    answer(check_in=check_in, key="k", answers={student.pk: "talked"}, at=at)
    seen = {}
    for who in ("next_teacher", "teacher", "far_teacher"):
        client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
        seen[who] = "丁海涛" in client.get(reverse("messaging:board")).content.decode()
        opened = client.get(reverse("staff:child", args=[student.pk])).status_code
        assert opened == (200 if who == "far_teacher" else 404)
    assert seen["next_teacher"]
    assert not seen["teacher"]
    assert "和孩子通了话" in client.get(reverse("staff:child", args=[student.pk])).content.decode()

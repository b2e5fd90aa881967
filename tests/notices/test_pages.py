"""The pages for staff and families, over HTTP."""

import re
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AccessRecord, User
from core import clock
from core.days import week_day
from delivery.models import OutboxMessage
from guardians.blocking import actions as blocking
from guardians.models import Adult, ContactPoint, Guardianship
from notices import actions, presenters, rules, work
from notices.models import Notice, NoticeAnswer, NoticeChild, NoticeFile, Notified
from schools.policies import today_in
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.notices import PDF, answers, draft, sent, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def client_of(cast):
    def make(who: str) -> Client:
        client = Client(headers={"accept-language": "zh-hans"})
        client.force_login(cast.users[who], "django.contrib.auth.backends.ModelBackend")
        return client

    return make


def form(cast, **more) -> dict:
    today = today_in(cast.school, clock.now())
    said = {
        "key": str(uuid4()),
        "kind": "sign",
        "title": "春游同意书",
        "words": "下周三去马牙雪山脚下。\n请您签字。",
        "due_on": str(today + timedelta(days=4)),
        "scope": "classes",
        "classes": [cast.school_class.pk],
    }
    return said | more


class TestWriting:
    def test_a_form_sent_twice_is_one_draft_and_shows_whom_it_reaches(self, cast, client_of):
        client, data = client_of("teacher"), form(cast)
        for _time in range(2):
            response = client.post(reverse("notices:new"), data)
        notice = Notice.objects.get()
        assert response.url == reverse("notices:preview", args=[notice.pk])
        page = client.get(response.url).content.decode()
        assert "1 个家庭" in page
        assert "春游同意书" in page
        assert not OutboxMessage.objects.filter(kind="notice").exists()

    def test_two_tabs_of_a_draft_replace_nothing_unseen(self, cast, client_of):
        client, data = client_of("teacher"), form(cast)
        client.post(reverse("notices:new"), data)
        notice = Notice.objects.get()
        url = reverse("notices:edit", args=[notice.pk])
        seen = client.get(url).context["form"]["instead_of"].value()
        client.post(url, data | {"words": "我们周四去。", "instead_of": seen})
        late = data | {"words": "我们周五去。"}
        answer = client.post(url, late | {"instead_of": seen})
        assert answer.status_code == 422
        for words in ("我们周四去。", "我们周五去。"):
            assert words in answer.content.decode()
        notice.refresh_from_db()
        assert notice.words == "我们周四去。"
        again = answer.context["form"]["instead_of"].value()
        assert f'name="instead_of" value="{again}"' in answer.content.decode()
        client.post(url, late | {"instead_of": again})
        notice.refresh_from_db()
        assert notice.words == "我们周五去。"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", "长" * 61),
            ("words", " "),
            ("due_on", ""),
            ("due_on", "2020-01-01"),
            ("due_on", "neulich"),
            ("due_on", "2099-01-01"),
            ("kind", "x"),
            ("classes", []),
            ("scope", "school"),  # not allowed for a class teacher
            ("classes", ["999999"]),
            ("key", ""),
        ],
    )
    def test_a_mistake_stands_at_its_field_and_nothing_is_lost(self, cast, client_of, field, value):
        response = client_of("teacher").post(reverse("notices:new"), form(cast, **{field: value}))
        assert response.status_code == 422
        page = response.content.decode()
        assert 'class="field-bad"' in page
        if field != "words":
            assert "马牙雪山" in page
        assert not Notice.objects.exists()

    def test_files_are_known_by_what_is_in_them(self, cast, client_of):
        client = client_of("teacher")
        for name, content in (
            ("a.pdf", b"<html><script>alert(1)</script>"),
            ("a.pdf", PDF.replace(b"/Catalog", b"/Catalog/OpenAction<</S/JavaScript/JS(x)>>")),
            ("a.jpg", b"MZ not a photo"),
            ("a.pdf", PDF[:-7]),
            ("a.pdf", PDF + b" " * rules.PDF_BYTES),
        ):
            data = form(cast, files=[SimpleUploadedFile(name, content)])
            response = client.post(reverse("notices:new"), data)
            assert response.status_code == 422, (name, content[:20])
        good = SimpleUploadedFile("同意书.jpg", PDF, "image/jpeg")
        assert client.post(reverse("notices:new"), form(cast, files=[good])).status_code == 302
        file = NoticeFile.objects.get()
        assert bytes(file.pdf) == PDF
        response = client.get(reverse("notices:file", args=[file.pk]))
        assert response["Content-Type"] == "application/pdf"
        assert response["X-Content-Type-Options"] == "nosniff"

    def test_a_photo_is_made_anew(self, cast, client_of):
        from io import BytesIO

        from PIL import Image

        made = BytesIO()
        Image.new("RGB", (40, 30), "red").save(made, "PNG")
        photo = SimpleUploadedFile("x.png", made.getvalue())
        client_of("teacher").post(reverse("notices:new"), form(cast, files=[photo]))
        file = NoticeFile.objects.get()
        assert file.photo is not None
        response = client_of("teacher").get(reverse("notices:file", args=[file.pk]))
        assert response["Content-Type"] == "image/jpeg"

    def test_sending_taking_back_and_throwing_away(self, cast, client_of):
        client, notice = client_of("teacher"), draft(cast)
        seen = {"seen": actions.as_previewed(notice)}
        for _time in range(2):
            client.post(reverse("notices:send", args=[notice.pk]), seen)
        notice.refresh_from_db()
        assert notice.is_scheduled
        assert "收回" in client.get(reverse("notices:board", args=[notice.pk])).content.decode()
        client.post(reverse("notices:take_back", args=[notice.pk]))
        notice.refresh_from_db()
        assert notice.is_draft
        client.post(reverse("notices:discard", args=[notice.pk]))
        assert not Notice.objects.exists()

    def test_what_was_changed_since_the_preview_is_not_sent_unseen(self, cast, client_of):
        client, notice = client_of("teacher"), draft(cast)
        preview = client.get(reverse("notices:preview", args=[notice.pk])).content.decode()
        seen = actions.as_previewed(notice)
        assert preview.count(f'name="seen" value="{seen}"') == 2
        changed = form(cast, title="改到周六", instead_of="")
        client.post(reverse("notices:edit", args=[notice.pk]), changed)
        page = client.post(reverse("notices:send", args=[notice.pk]), {"seen": seen}, follow=True)
        assert "请再看一遍再发" in page.content.decode()
        notice.refresh_from_db()
        assert (notice.is_draft, notice.title) == (True, "改到周六")

    @pytest.mark.parametrize("when", ["", "gestern", "2020-01-01T08:00", "2099-01-01T08:00"])
    def test_a_time_that_cannot_be(self, cast, client_of, when):
        notice = draft(cast)
        response = client_of("teacher").post(
            reverse("notices:send", args=[notice.pk]), {"later": "1", "starts_at": when}
        )
        assert response.status_code == 422
        notice.refresh_from_db()
        assert notice.is_draft

    def test_a_time_of_the_school_s_clock(self, cast, client_of):
        notice = draft(cast)
        tomorrow = today_in(cast.school, clock.now()) + timedelta(days=1)
        client_of("teacher").post(
            reverse("notices:send", args=[notice.pk]),
            {
                "later": "1",
                "starts_at": f"{tomorrow}T07:30",
                "seen": actions.as_previewed(notice),
            },
        )
        notice.refresh_from_db()
        assert notice.starts_at.isoformat().startswith(str(tomorrow - timedelta(days=1)) + "T23:30")

    def test_blocked_is_named_only_to_who_may_know(self, cast, client_of):
        blocking.block_adult(
            adult=cast.adults["other_mother"],
            reason="令",
            by=cast.users["principal"],
            at=clock.now(),
        )
        for who, knows in (("principal", True), ("admin", False)):
            notice = draft(cast, by=who)
            page = client_of(who).get(reverse("notices:preview", args=[notice.pk]))
            text = page.content.decode()
            assert "丁海涛" in text
            assert ("屏蔽" in text or "阻止" in text or "封" in text) is knows, who


class TestFamily:
    def test_a_link_opens_without_recording_and_a_tap_confirms(self, cast):
        notice = sent(cast)
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
        client = Client()
        for ask in (client.head, client.get):
            assert ask(url).status_code == 200
        assert not Notified.objects.filter(seen_at__isnull=False).exists()
        page = client.get(url).content.decode()
        assert "周五下午三点" in page
        assert "<title>" in page
        assert not re.search("<title>[^<]*(梦瑶|家长会)", page)
        for _time in range(2):
            assert client.post(url).status_code == 302
        assert NoticeAnswer.objects.count() == 2
        assert Notified.objects.filter(seen_at__isnull=False).count() == 1
        assert "谢谢" in client.get(url).content.decode()

    def test_signed_in_opening_is_seeing(self, cast, client_of):
        notice = sent(cast)
        url = reverse("family_notices:notice", args=[notice.pk])
        client_of("mother").head(url)
        assert not Notified.objects.filter(seen_at__isnull=False).exists()
        client_of("mother").get(url)
        assert Notified.objects.get(seen_at__isnull=False).adult == cast.adults["mother"]

    def test_signing_with_another_name_or_none(self, cast):
        notice = sent(cast, kind="sign")
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
        response = Client().post(url, {"signed_as": " "})
        assert response.status_code == 422
        assert not NoticeAnswer.objects.exists()
        Client().post(url, {"signed_as": "王 芳"})
        assert set(NoticeAnswer.objects.values_list("signed_as", flat=True)) == {"王 芳"}

    def test_who_may_not_decide_reads_and_cannot_sign(self, cast):
        notice = sent(cast, kind="sign")
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["grandmother"])])
        assert "签上我的名字" not in Client().get(url).content.decode()
        Client().post(url, {"signed_as": "李秀兰"})
        assert not NoticeAnswer.objects.exists()

    def test_a_carer_who_may_not_sign_is_asked_to_read_and_says_that_it_was_seen(
        self, cast, client_of
    ):
        notice = sent(cast, kind="sign")
        told = {row.adult_id: row.payload for row in OutboxMessage.objects.filter(kind="notice")}
        mother, grandmother = told[cast.adults["mother"].pk], told[cast.adults["grandmother"].pk]
        assert "sign" in mother["words"]
        assert "read" in grandmother["words"]
        assert "day" not in grandmother
        grandmothers = cast.users["grandmother"] = User.objects.create(username="nainai")
        Adult.objects.filter(pk=cast.adults["grandmother"].pk).update(user=grandmothers)
        home = client_of("grandmother").get("/f/").content.decode()
        assert "请读一读：周五的家长会" in home
        assert "去签字" not in home
        assert "去签字" in client_of("mother").get("/f/").content.decode()
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["grandmother"])])
        assert "我看过了" in Client().get(url).content.decode()
        for _time in range(2):
            assert Client().post(url).status_code == 302
        row = Notified.objects.get(adult=cast.adults["grandmother"])
        assert row.seen_at is not None
        assert "请读一读" not in client_of("grandmother").get("/f/").content.decode()
        # She has done what she can; only adults who may sign are reminded.
        lines = list(NoticeChild.objects.filter(notice=notice))
        actions.ask_again(notice=notice, lines=lines, at=clock.now() + timedelta(days=1))
        again = OutboxMessage.objects.filter(kind="notice", payload__words__icontains="still")
        assert set(again.values_list("adult", flat=True)) == {cast.adults["mother"].pk}

    def test_a_notice_that_asks_for_consent_can_be_refused_and_the_mind_changed(
        self, cast, client_of
    ):
        notice = sent(cast, kind="sign")
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
        assert "我不同意" in Client().get(url).content.decode()
        too_long = Client().post(url, {"refuse": "1", "words": "字" * 301})
        assert too_long.status_code == 422
        for _time in range(2):
            Client().post(url, {"refuse": "1", "words": "她晕车"})
        assert NoticeAnswer.objects.filter(is_refused=True, words="她晕车").count() == 2
        assert not NoticeChild.objects.filter(settled_at=None).exists()
        assert "您说了不同意" in Client().get(url).content.decode()
        board = (
            client_of("teacher").get(reverse("notices:board", args=[notice.pk])).content.decode()
        )
        assert re.search("王芳.*不同意.*她晕车", board)
        assert "1 家不同意" in board
        child = client_of("teacher").get(reverse("staff:child", args=[cast.students["mengyao"].pk]))
        assert "不同意" in child.content.decode()
        Client().post(url, {"signed_as": "王芳"})
        now = NoticeAnswer.objects.filter(withdrawn_at=None)
        assert set(now.values_list("is_refused", flat=True)) == {False}
        assert NoticeAnswer.objects.count() == 4  # the earlier no stays on record
        Client().post(url, {"refuse": "1"})
        assert set(now.values_list("is_refused", flat=True)) == {True}

    def test_what_asks_only_to_confirm_cannot_be_refused(self, cast):
        notice = sent(cast)
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
        Client().post(url, {"refuse": "1"})
        assert not NoticeAnswer.objects.filter(is_refused=True).exists()

    def test_after_a_recall_the_page_says_so(self, cast):
        notice = sent(cast)
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
        actions.recall(notice=notice, reason="改到下周", by=cast.users["teacher"], at=clock.now())
        page = Client().get(url).content.decode()
        assert "改到下周" in page
        assert "周五下午三点" not in page
        Client().post(url)
        assert not NoticeAnswer.objects.exists()

    def test_no_link_for_the_blocked_the_parted_and_the_forged(self, cast):
        notice = sent(cast)
        mother = cast.adults["mother"]
        token = token_of(notice, mother)

        def status(token=token) -> int:
            return Client().get(reverse("family_notices:link", args=[token])).status_code

        assert status() == 200
        assert status(token[:-1] + ("0" if token[-1] != "0" else "1")) == 404
        assert status(token_of(notice, cast.adults["other_mother"])) == 404
        assert status(token_of(notice, cast.adults["father"])) == 404
        Guardianship.objects.filter(adult=mother).update(may_see_file=False)
        assert status() == 404
        Guardianship.objects.filter(adult=mother).update(may_see_file=True)
        point = ContactPoint.objects.get(adult=mother)
        OutboxMessage.objects.filter(adult=mother).update(address="+8613893519998")
        assert status() == 404  # it was sent to a phone that is no longer hers
        OutboxMessage.objects.filter(adult=mother).update(address=point.address)
        assert status() == 200
        blocking.block_adult(adult=mother, reason="令", by=cast.users["principal"], at=clock.now())
        assert status() == 404

    def test_a_link_ends(self, cast):
        now = clock.now()
        notice = sent(cast, at=now - timedelta(days=60), due_on=(now - timedelta(days=40)).date())
        url = reverse("family_notices:link", args=[token_of(notice, cast.adults["mother"])])
        assert Client().get(url).status_code == 404
        assert Client().post(url).status_code == 404

    def test_a_shared_phone_with_somebody_blocked_opens_nothing(self, cast):
        notice = sent(cast)
        mother = cast.adults["mother"]
        ContactPoint.objects.filter(adult=cast.adults["father"]).update(
            address=ContactPoint.objects.get(adult=mother).address
        )
        url = reverse("family_notices:link", args=[token_of(notice, mother)])
        assert Client().get(url).status_code == 404

    def test_files_only_with_the_notice(self, cast, client_of):
        notice = sent(cast, files=[actions.NewFile(name="a.pdf", pdf=PDF)])
        other = sent(cast, by="principal", scope="children", picked=[cast.students["haitao"].pk])
        file = notice.files.get()
        token = token_of(notice, cast.adults["mother"])
        link = reverse("family_notices:link_file", args=[token, file.pk])
        assert Client().get(link).content == PDF
        wrong = token_of(other, cast.adults["other_mother"])
        assert (
            Client().get(reverse("family_notices:link_file", args=[wrong, file.pk])).status_code
            == 404
        )
        own = reverse("family_notices:file", args=[notice.pk, file.pk])
        assert client_of("mother").get(own).status_code == 200
        assert client_of("other_mother").get(own).status_code == 404

    def test_the_card_and_the_list(self, cast, client_of):
        notice = sent(cast)
        home = client_of("mother").get("/f/").content.decode()
        url = reverse("family_notices:notice", args=[notice.pk])
        assert home.count(url) == 1  # one line for both children
        assert url in client_of("mother").get(reverse("family_notices:list")).content.decode()
        answers(cast, notice)
        assert url not in client_of("mother").get("/f/").content.decode()

    def test_two_parents_do_not_read_each_other_s_other_children(self, cast):
        other = make_student(cast.school_class, "马小花")
        make_guardianship(other, cast.adults["mother"], "mother")
        notice = sent(cast)
        page = Client().get(
            reverse("family_notices:link", args=[token_of(notice, cast.adults["grandmother"])])
        )
        assert "小花" not in page.content.decode()
        assert len({line.family for line in NoticeChild.objects.filter(notice=notice)}) == 1


class TestBoard:
    def test_who_has_not_answered_is_asked_again_and_rung_up(self, cast, client_of):
        notice = sent(cast, at=clock.now() - timedelta(days=1))
        client = client_of("teacher")
        page = client.get(reverse("notices:board", args=[notice.pk])).content.decode()
        assert "徐梦瑶" in page
        assert "0" in page
        client.post(reverse("notices:again", args=[notice.pk]))
        assert OutboxMessage.objects.filter(kind="notice").count() == 4
        paper = client.get(reverse("notices:paper", args=[notice.pk])).content.decode()
        assert "138 9351 0001" in paper
        assert "138 9351 0002" not in paper  # blocked
        read = AccessRecord.objects.filter(what="call list", user=cast.users["teacher"])
        listed = NoticeChild.objects.filter(notice=notice).values_list("student", flat=True)
        assert {one.student_id for one in read} == set(listed) != set()
        answers(cast, notice)
        paper = client.get(reverse("notices:paper", args=[notice.pk])).content.decode()
        assert "徐梦瑶" not in paper

    def test_a_paper_names_the_day_because_it_is_read_on_another(self, cast, client_of):
        now = clock.now()
        tomorrow = today_in(cast.school, now) + timedelta(days=1)
        notice = sent(cast, at=now - timedelta(days=1), due_on=tomorrow)
        paper = (
            client_of("teacher").get(reverse("notices:paper", args=[notice.pk])).content.decode()
        )
        with override("zh-hans"):
            assert f"到{week_day(tomorrow)}" in paper
        assert "明天截止" not in paper

    def test_the_button_says_whom_it_asks_and_from_when(self, cast, client_of):
        now = clock.now()
        notice = sent(cast, at=now - timedelta(days=1))
        client = client_of("teacher")
        url = reverse("notices:board", args=[notice.pk])
        page = client.get(url).content.decode()
        said = re.search(r"提醒 (\d+) 家，([^<]+)</button>", page)
        assert said is not None
        assert said[1] == "1"  # brother and sister are one family
        client.post(reverse("notices:again", args=[notice.pk]))
        again = OutboxMessage.objects.filter(kind="notice", payload__words__icontains="still")
        first, *_, last = sorted(again.values_list("due_at", flat=True))
        with override("zh-hans"):
            shown = presenters.hour_words(first, last, clock.now(), cast.school.time_zone)
        assert said[2] == shown
        page = client.get(url).content.decode()
        assert "提醒 1 家" not in page  # each adult once a day
        assert "今天不能再提醒了" in page
        assert (
            f'class="btn btn-primary" href="{reverse("notices:paper", args=[notice.pk])}"' in page
        )

    @pytest.mark.parametrize(
        ("first", "last", "shown"),
        [
            ((24, 15, 0), (24, 15, 0), "现在"),
            ((24, 15, 0), (24, 19, 30), "现在起"),
            ((24, 19, 0), (24, 19, 0), "今晚 19:00"),
            ((24, 19, 0), (24, 21, 30), "今晚 19:00 起"),
            ((24, 17, 0), (25, 19, 0), "今天 17:00 起"),
            ((25, 19, 0), (25, 19, 0), "明天 19:00"),
        ],
    )
    def test_hours_that_differ_are_said_as_from_when(self, first, last, shown):
        def moment(day: int, hour: int, minute: int) -> datetime:
            return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai"))

        with override("zh-hans"):
            words = presenters.hour_words(
                moment(*first), moment(*last), moment(24, 15, 0), "Asia/Shanghai"
            )
        assert words == shown

    def test_a_class_teacher_sees_the_own_class_of_a_school_s_notice(self, cast, client_of):
        notice = sent(cast, by="principal")
        url = reverse("notices:board", args=[notice.pk])
        for who, sees, not_seen in (
            ("teacher", "徐梦瑶", "丁海涛"),
            ("next_teacher", "丁海涛", "徐梦瑶"),
        ):
            page = client_of(who).get(url).content.decode()
            assert sees in page
            assert not_seen not in page
            assert (
                client_of(who).post(reverse("notices:recall", args=[notice.pk])).status_code == 404
            )

    def test_told_by_phone_counts_for_the_siblings(self, cast, client_of):
        notice = sent(cast)
        line = NoticeChild.objects.filter(notice=notice).first()
        url = reverse("notices:told", args=[line.pk])
        client = client_of("teacher")
        assert client.post(url, {"adult": "", "via": "phone"}).status_code == 422
        data = {"adult": cast.adults["grandmother"].pk, "via": "phone"}
        assert client.post(url, data).status_code == 302
        assert (
            NoticeAnswer.objects.filter(via="phone", recorded_by=cast.users["teacher"]).count() == 2
        )

    def test_a_signature_is_not_taken_by_phone_nor_from_who_may_not_decide(self, cast, client_of):
        notice = sent(cast, kind="sign")
        line = NoticeChild.objects.filter(notice=notice).first()
        url = reverse("notices:told", args=[line.pk])
        for adult, via in (("mother", "phone"), ("grandmother", "paper"), ("father", "paper")):
            data = {"adult": cast.adults[adult].pk, "via": via}
            assert client_of("teacher").post(url, data).status_code == 422
        data = {"adult": cast.adults["mother"].pk, "via": "paper"}
        assert client_of("teacher").post(url, data).status_code == 302

    def test_a_no_on_the_phone_is_written_down_and_taken_back(self, cast, client_of):
        notice = sent(cast, kind="sign")
        line = NoticeChild.objects.get(student=cast.students["mengyao"])
        url = reverse("notices:told", args=[line.pk])
        mother = cast.adults["mother"].pk
        assert client_of("teacher").post(url, {"adult": mother, "via": "phone"}).status_code == 422
        client_of("teacher").post(url, {"adult": mother, "via": "no-phone"})
        answer = NoticeAnswer.objects.filter(is_refused=True, via="phone").first()
        client_of("teacher").post(reverse("notices:withdraw", args=[answer.pk]))
        line = answer.child
        line.refresh_from_db()
        assert line.settled_at is None
        assert notice.pk == line.notice_id

    def test_nobody_takes_back_a_family_s_own_word_or_another_school_s(self, cast, client_of):
        notice, by = sent(cast, kind="sign"), cast.users["teacher"]
        lines = [NoticeChild.objects.get(student=cast.students["mengyao"])]
        mother, at = cast.adults["mother"], clock.now()
        actions.answer(notice=notice, adult=mother, lines=lines, via="phone", by=by, at=at)
        answers(cast, notice)
        for who, via in (("teacher", "page"), ("far_teacher", "phone")):
            answer = NoticeAnswer.objects.filter(via=via).first()
            url = reverse("notices:withdraw", args=[answer.pk])
            assert client_of(who).post(url).status_code == 404
        assert not NoticeAnswer.objects.exclude(withdrawn_at=None).exists()

    def test_a_recall_needs_its_reason(self, cast, client_of):
        notice = sent(cast)
        url = reverse("notices:recall", args=[notice.pk])
        assert client_of("teacher").post(url, {"reason": " "}).status_code == 422
        client_of("teacher").post(url, {"reason": "改期了"})
        page = client_of("teacher").get(reverse("notices:board", args=[notice.pk]))
        assert "改期了" in page.content.decode()
        assert "改期了" not in client_of("teacher").get(reverse("notices:list")).content.decode()

    def test_today_says_who_has_not_answered_the_day_before(self, cast):
        today = today_in(cast.school, clock.now())
        far = sent(cast, due_on=today + timedelta(days=5))
        near = sent(cast, due_on=today + timedelta(days=1))
        items = work.work_for(cast.users["teacher"], clock.now())
        assert [item.key for item in items] == [f"notice-{near.pk}"]
        assert work.work_for(cast.users["principal"], clock.now()) == []
        answers(cast, near)
        assert work.work_for(cast.users["teacher"], clock.now()) == []
        assert far.due_on

    def test_as_many_queries_for_ten_families_as_for_one(
        self, cast, client_of, django_assert_max_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        def counted(client, urls) -> list[int]:
            found = []
            for url in urls:
                client.get(url)
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    client.get(url)
                found.append(len(queries))
            return found

        client, mother = client_of("teacher"), client_of("mother")
        first = sent(cast)
        staff = [reverse(f"notices:{name}", args=[first.pk]) for name in ("board", "paper")]
        own = ["/f/", reverse("family_notices:list")]
        before = counted(client, [reverse("notices:list"), *staff]), counted(mother, own)
        for number in range(9):
            student = make_student(cast.school_class, f"王小{number}")
            adult = make_adult(cast.school, f"王大{number}", f"+86138935200{number:02d}")
            make_guardianship(student, adult, "mother")
        Notice.objects.update(starts_at=clock.now())
        more = [sent(cast) for _number in range(9)]
        staff = [reverse(f"notices:{name}", args=[more[-1].pk]) for name in ("board", "paper")]
        assert NoticeChild.objects.filter(notice=more[-1]).count() == 11
        assert (counted(client, [reverse("notices:list"), *staff]), counted(mother, own)) == before

    def test_the_timeline_tells_of_it(self, cast, client_of):
        notice = sent(cast)
        answers(cast, notice)
        page = client_of("teacher").get(reverse("staff:child", args=[cast.students["mengyao"].pk]))
        assert "周五的家长会" in page.content.decode()


def test_opted_out_stands_on_the_board_as_such(cast, client_of):
    Adult.objects.filter(name__in=["王芳", "李秀兰"]).update(opted_out_at=timezone.now())
    notice = sent(cast)
    page = client_of("teacher").get(reverse("notices:board", args=[notice.pk])).content.decode()
    assert "不接收消息" in page or "不想收" in page or "不收" in page

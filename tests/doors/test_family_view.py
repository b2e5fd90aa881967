"""A family's view of its child: what it shows, what it withholds, and what may be done there (B5, B6, B9)."""

import io
import json
import re
import zipfile
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.actions import record_access
from accounts.models import AccessRecord
from classroom.models import FamilyRequest, Letter, Observation
from core import clock
from guardians.models import Guardianship
from privacy import requests
from privacy.models import DataRequest
from students.models import Student
from tests.factories import familyview
from tests.factories.cast import make_guardianship, make_student
from tests.factories.classroom import make_photo
from tests.pdfs import fonts_of_pdf, text_of_pdf

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def at(db):
    return clock.now()


@pytest.fixture
def view(cast, at):
    return familyview.fill(cast, at)


def signed_in(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who], BACKEND)
    return client


@pytest.fixture
def mother(cast):
    return signed_in(cast, "mother")


@pytest.fixture
def grandmother(cast):
    """A carer with an account: sees how the child is, decides nothing."""
    from tests.factories.cast import make_user

    cast.users["grandmother"] = make_user("family-grandmother", "李秀兰")
    cast.adults["grandmother"].user = cast.users["grandmother"]
    cast.adults["grandmother"].save(update_fields=["user"])
    return signed_in(cast, "grandmother")


def text_of(response) -> str:
    return unescape(re.sub(r"<[^>]+>", "", response.content.decode()))


def child_url(cast, rest: str = "", child: str = "mengyao") -> str:
    return f"/f/children/{cast.students[child].pk}/{rest}"


def copy_of(client, cast, **data) -> zipfile.ZipFile:
    answer = client.post(child_url(cast, "copy/"), {"key": str(uuid4())} | data)
    assert answer["Content-Type"] == "application/zip"
    return zipfile.ZipFile(io.BytesIO(answer.getvalue()))


class TestTheChildsPage:
    def test_good_news_leads_the_letter(self, mother, cast, view):
        page = text_of(mother.get(child_url(cast)))
        order = [familyview.LETTER[part] for part in ("good_news", "body", "mood", "learning")]
        places = [
            page.index(words) for words in [*order, "张老师", familyview.LETTER["you_can_do"]]
        ]
        assert places[:4] == sorted(places[:4])
        assert familyview.GOOD in page
        assert "王芳，您好" in page

    def test_an_empty_part_is_left_out(self, mother, cast, view):
        Letter.objects.filter(pk=view.letter.pk).update(mood="")
        page = text_of(mother.get(child_url(cast)))
        assert "心情" not in page
        assert "身体" in page

    def test_a_carer_reads_the_letter_as_the_mother_s(self, mother, grandmother, cast, view):
        page = text_of(grandmother.get(child_url(cast)))
        assert "这封信是老师写给梦瑶妈妈的" in page
        assert "李秀兰，您好" not in page
        assert "这周您可以做的一件小事" not in page
        assert "老师请妈妈做的事" in page
        assert "这封信是老师写给" not in text_of(mother.get(child_url(cast)))

    def test_without_a_letter_it_says_so(self, mother, cast):
        page = text_of(mother.get(child_url(cast)))
        assert "老师还没有写信" in page
        assert "身体" not in page.replace("身体、心情", "")

    def test_who_cares_at_home_without_phone_or_place(self, mother, cast):
        page = text_of(mother.get(child_url(cast)))
        assert "李秀兰" in page
        assert "9351" not in page.replace("0935-5112233", "")

    def test_another_family_s_child_is_not_there(self, mother, cast):
        assert mother.get(child_url(cast, child="haitao")).status_code == 404
        assert mother.get("/f/children/999999/").status_code == 404

    @pytest.mark.parametrize("page", ["", "readers/", "copy/", "correct/", "delete/"])
    def test_who_may_not_see_the_file_finds_nothing(self, mother, cast, page):
        assert mother.get(child_url(cast, page)).status_code == 200
        Guardianship.objects.filter(
            adult=cast.adults["mother"], student=cast.students["mengyao"]
        ).update(may_see_file=False)
        assert mother.get(child_url(cast, page)).status_code == 404
        assert mother.get(child_url(cast, page, child="xiaobao")).status_code == 200

    def test_a_carer_reads_and_decides_nothing(self, grandmother, cast, view):
        page = grandmother.get(child_url(cast)).content.decode()
        assert familyview.GOOD in page
        assert "/copy/" not in page
        for rest in ("copy/", "correct/", "delete/"):
            assert grandmother.get(child_url(cast, rest)).status_code == 404
            assert grandmother.post(child_url(cast, rest), {"key": str(uuid4())}).status_code == 404
        assert not DataRequest.objects.filter(adult=cast.adults["grandmother"]).exists()

    def test_a_blocked_adult_is_a_stranger(self, cast):
        father = signed_in(cast, "blocked_father")
        for rest in ("", "readers/", "copy/", "correct/", "delete/"):
            assert father.get(child_url(cast, rest)).status_code == 404

    def test_in_english_too(self, mother, cast, view):
        cast.adults["mother"].language = "en"
        cast.adults["mother"].save()
        page = text_of(mother.get(child_url(cast)))
        assert "First, the good news." in page
        assert "Health" in page


class TestWhatIsWithheld:
    """product.md B9: each of these exists, and no family page, copy or file holds any of them."""

    PAGES = ("/f/", "/f/me/", "/f/requests/")
    OF_CHILD = ("", "readers/", "copy/", "correct/", "delete/")

    def found_in(self, words: str, view) -> list[str]:
        compact = re.sub(r"\s", "", words)
        return [what for what, text in view.withheld.items() if text in compact]

    def test_no_page_shows_it(self, mother, cast, view):
        assert Observation.objects.filter(themes__len__gt=0, tell_family=True).count() == 2
        for address in [*self.PAGES, *(child_url(cast, rest) for rest in self.OF_CHILD)]:
            answer = mother.get(address)
            assert answer.status_code == 200, address
            assert self.found_in(answer.content.decode(), view) == [], address

    def test_no_page_of_the_carer_shows_it(self, grandmother, cast, view):
        own = {"what another adult answered", "other adult's phone", "other adult's consent"}
        for address in ["/f/", "/f/me/", child_url(cast), child_url(cast, "readers/")]:
            found = self.found_in(grandmother.get(address).content.decode(), view)
            assert set(found) <= own, address

    def test_no_file_of_the_copy_holds_it(self, mother, cast, view):
        archive = copy_of(mother, cast)
        assert archive.namelist() == ["about.txt", "data.html", "data.css", "data.json", "data.pdf"]
        for name in ("about.txt", "data.html", "data.json"):
            assert self.found_in(archive.read(name).decode(), view) == [], name
        assert self.found_in(text_of_pdf(archive.read("data.pdf")), view) == []

    def test_readers_do_not_tell_of_a_concern(self, mother, cast, view):
        page = text_of(mother.get(child_url(cast, "readers/")))
        assert "张丽华" in page
        assert "陈敏" not in page  # she opened the concern, not the file
        record_access(
            by=cast.users["counsellor"], school_id=cast.school.pk,
            student_ids=[cast.students["mengyao"].pk], what="child", ip=None,
        )  # fmt: skip
        assert "陈敏" in text_of(mother.get(child_url(cast, "readers/")))

    def test_readers_do_not_tell_of_results_of_before(self, mother, cast, view):
        """Only children with an earlier screening are in such a file, as only they are in a survey."""
        record_access(
            by=cast.users["counsellor"], school_id=cast.school.pk,
            student_ids=[cast.students["mengyao"].pk], what="past_results", ip=None,
        )  # fmt: skip
        assert "陈敏" not in text_of(mother.get(child_url(cast, "readers/")))

    def test_readers_are_staff_with_post_and_day(self, mother, cast, view):
        page = text_of(mother.get(child_url(cast, "readers/")))
        assert "班主任" in page
        assert "王芳" not in page  # the family's own readings are not listed


class TestHome:
    def test_the_card_leads_to_the_child_and_shows_the_latest_good_news(self, mother, cast, view):
        page = mother.get("/f/").content.decode()
        assert child_url(cast) in page
        assert familyview.GOOD in page

    def test_as_many_queries_for_ten_children_as_for_one(self, mother, cast, view, at):
        def queries():
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert mother.get("/f/").status_code == 200
            return len(captured)

        queries()  # the first page of a process also makes what later ones keep
        few = queries()
        for number in range(8):
            child = make_student(cast.school_class, f"徐小{'一二三四五六七八'[number]}")
            make_guardianship(child, cast.adults["mother"], "mother")
            familyview.observe(
                cast, at, "唱了歌", student=child, tell_family=True, strengths=["brave"]
            )
            familyview.ask(cast, at, student=child)
        assert queries() == few

    def test_one_solid_button(self, mother, cast, view, at):
        for child in ("mengyao", "xiaobao"):
            familyview.ask(cast, at, student=cast.students[child])
        page = mother.get("/f/").content.decode()
        assert len(re.findall(r'class="btn"', page)) <= 1


class TestRequestsOfTheSchool:
    def answer(self, client, row, answer="done", words="昨天寄了"):
        return client.post(
            f"/f/requests/{row.pk}/", {"answer": answer, "words": words}, follow=True
        )

    def test_they_stand_with_their_day_and_teacher(self, mother, view):
        page = text_of(mother.get("/f/requests/"))
        assert "请给孩子寄一张近照" in page
        assert "张老师" in page

    def test_an_answer_is_kept_once(self, mother, view):
        assert "昨天寄了" in text_of(self.answer(mother, view.ask))
        view.ask.refresh_from_db()
        first = view.ask.answered_at
        assert (view.ask.answer, view.ask.answer_words) == ("done", "昨天寄了")
        self.answer(mother, view.ask)
        view.ask.refresh_from_db()
        assert view.ask.answered_at == first

    def test_cannot_is_an_answer_too(self, mother, view):
        self.answer(mother, view.ask, "cannot", "没有照片")
        view.ask.refresh_from_db()
        assert view.ask.answer == "cannot"

    def test_i_will_do_it_keeps_the_request_until_it_is_done(self, mother, view):
        self.answer(mother, view.ask, "will_do", "")
        home = text_of(mother.get("/f/"))
        assert "您说了会办：请给孩子寄一张近照" in home
        page = mother.get("/f/requests/").content.decode()
        assert 'value="done"' in page
        assert 'value="will_do"' not in page
        assert "改一改回答" not in page
        self.answer(mother, view.ask, "done", "")
        assert "请给孩子寄一张近照" not in text_of(mother.get("/f/"))

    def test_a_paper_is_photographed_there_and_seen_by_the_teacher(self, cast, mother, view):
        url = f"/f/requests/{view.ask.pk}/"
        for _time in range(2):
            mother.post(url, {"answer": "done", "words": "", "photo": make_photo()})
        photo = view.ask.photos.get()
        own = f"/f/requests/{view.ask.pk}/photos/{photo.pk}/"
        assert own in mother.get("/f/requests/").content.decode()
        assert mother.get(own)["Content-Type"] == "image/jpeg"
        assert signed_in(cast, "other_mother").get(own).status_code == 404
        teacher = signed_in(cast, "teacher")
        page = teacher.get(reverse("classroom:request", args=[view.ask.pk])).content.decode()
        seen = reverse("classroom:request_photo", args=[view.ask.pk, photo.pk])
        assert seen in page
        assert teacher.get(seen)["Content-Type"] == "image/jpeg"
        bad = SimpleUploadedFile("a.jpg", b"no photo", "image/jpeg")
        answer = mother.post(url, {"answer": "will_do", "words": "在路上", "photo": bad})
        assert answer.status_code == 422
        assert "在路上" in answer.content.decode()
        assert view.ask.photos.count() == 1

    def test_words_survive_a_missing_answer(self, mother, view):
        page = self.answer(mother, view.ask, "", "写了半天的话")
        assert page.status_code == 422
        assert "写了半天的话" in text_of(page)
        assert "请在三个里点一个" in text_of(page)
        assert not FamilyRequest.objects.exclude(answer="").exists()

    def test_of_another_adult_it_is_not_there(self, mother, cast, view, at):
        other = familyview.ask(cast, at, "grandmother")
        assert self.answer(mother, other).status_code == 404
        other.refresh_from_db()
        assert other.answer == ""

    def test_nothing_waits(self, mother):
        assert "没有要您做的事" in text_of(mother.get("/f/requests/"))


class TestTheCopy:
    def test_it_holds_the_file_and_what_is_the_mother_s_own(self, mother, cast, view):
        data = json.loads(copy_of(mother, cast).read("data.json"))
        assert (data["schema"], data["schema_version"]) == ("jiaqiao.family-copy", 1)
        assert data["child"]["name"] == "徐梦瑶"
        assert data["letters"][0]["good_news"] == familyview.LETTER["good_news"]
        assert [row["words"] for row in data["good_news"]] == [familyview.GOOD]
        assert [row["address"] for row in data["your_contacts"]] == ["+8613893510001"]
        assert data["your_places"][0]["place"] == "昆山"
        assert data["check_ins"][0]["words"] == "我们聊了作业"
        assert data["sent_home"][0]["words"] == "一双棉鞋"
        assert [row["purpose"] for row in data["consents"]] == ["photo"]
        assert [row["words"] for row in data["holidays"]] == ["腊月二十六到家"]
        assert data["talks"][0]["reported_by"] == "parent"

    def test_its_pages_can_be_read(self, mother, cast, view):
        Student.objects.filter(pk=cast.students["mengyao"].pk).update(
            strengths="会修东西", is_boarding=True, health="花生过敏", sex="f"
        )
        content = copy_of(mother, cast).read("data.pdf")
        words = re.sub(r"\s", "", text_of_pdf(content))
        for expected in (
            "徐梦瑶",
            familyview.LETTER["good_news"],
            "138",
            "昆山",
            "一双棉鞋",
            "会修东西",
            "帮助别人",
        ):
            assert expected in words
        fonts = fonts_of_pdf(content)
        assert fonts
        assert all(fonts.values()), fonts
        assert all(
            "+" in name for name in fonts
        )  # no more of a font than its letters that are used

    def test_nobody_keeps_it_on_the_way(self, mother, cast, view):
        answer = mother.post(child_url(cast, "copy/"), {"key": str(uuid4())})
        answer.close()
        assert "no-store" in answer["Cache-Control"]
        assert re.fullmatch(
            r'attachment; filename="jiaqiao-copy-[\d-]+\.zip"', answer["Content-Disposition"]
        )

    def test_it_is_on_record_once_for_each_key(self, mother, cast, view):
        key = str(uuid4())
        copy_of(mother, cast, key=key)
        copy_of(mother, cast, key=key)
        row = DataRequest.objects.get(kind="copy")
        assert (row.state, row.adult) == ("done", cast.adults["mother"])
        assert AccessRecord.objects.filter(what="family copy", user=cast.users["mother"]).exists()

    def test_it_is_not_made_without_end(self, mother, cast, view):
        for _number in range(requests.COPIES_A_DAY):
            copy_of(mother, cast)
        answer = mother.post(child_url(cast, "copy/"), {"key": str(uuid4())})
        assert "text/html" in answer["Content-Type"]
        assert DataRequest.objects.filter(kind="copy").count() == requests.COPIES_A_DAY

    def test_words_fetch_nothing_and_stay_words(self, mother, cast, view):
        Letter.objects.filter(pk=view.letter.pk).update(
            good_news='<img src="http://127.0.0.1:1/x"><b>粗</b>'
        )
        words = text_of_pdf(copy_of(mother, cast).read("data.pdf"))
        assert "<b>粗</b>" in re.sub(r"\s", "", words)


class TestCorrectionAndDeletion:
    def correct(self, client, cast, **data):
        data = {"key": str(uuid4()), "part": "home", "words": "我们搬到了三组"} | data
        return client.post(child_url(cast, "correct/"), data, follow=True)

    def delete(self, client, cast, **data):
        data = {"key": str(uuid4()), "words": "", "is_sure": "1"} | data
        return client.post(child_url(cast, "delete/"), data, follow=True)

    def test_a_correction_stands_with_its_day(self, mother, cast, at):
        page = text_of(self.correct(mother, cast))
        assert "我们搬到了三组" in page
        row = DataRequest.objects.get()
        assert (row.kind, row.state) == ("correction", "open")
        assert (row.due_on - timezone.localdate(row.asked_at)).days == requests.ANSWER_DAYS

    def test_twice_is_once(self, mother, cast):
        key = str(uuid4())
        self.correct(mother, cast, key=key)
        self.correct(mother, cast, key=key)
        assert DataRequest.objects.count() == 1

    def test_what_is_added_on_the_same_page_is_not_dropped(self, mother, cast):
        key = str(uuid4())
        self.correct(mother, cast, key=key)
        self.correct(mother, cast, key=key, words="我们搬到了三组，电话也换了")
        assert DataRequest.objects.count() == 2

    def test_what_is_missing_is_said_at_the_field_and_nothing_is_lost(self, mother, cast):
        page = self.correct(mother, cast, part="")
        assert page.status_code == 422
        assert "我们搬到了三组" in text_of(page)
        assert "请选一下是哪里不对" in text_of(page)
        page = self.correct(mother, cast, words="")
        assert "请写下正确的内容" in text_of(page)
        assert not DataRequest.objects.exists()

    def test_a_deletion_waits_for_the_check(self, mother, cast):
        self.delete(mother, cast)
        assert DataRequest.objects.get().state == "checking"
        self.delete(mother, cast)
        assert DataRequest.objects.count() == 1  # one wish, however often it is said

    def test_a_deletion_needs_the_tick(self, mother, cast):
        page = self.delete(mother, cast, is_sure="")
        assert page.status_code == 422
        assert not DataRequest.objects.exists()

    @pytest.mark.parametrize("kind", ["correct", "delete"])
    def test_the_family_takes_it_back(self, mother, cast, kind):
        getattr(self, kind)(mother, cast)
        row = DataRequest.objects.get()
        page = mother.post(child_url(cast, f"asked/{row.pk}/withdraw/"), follow=True)
        row.refresh_from_db()
        assert row.state == "withdrawn"
        assert "您已收回" in text_of(page)

    def test_nobody_else_takes_it_back(self, mother, grandmother, cast):
        self.correct(mother, cast)
        row = DataRequest.objects.get()
        address = child_url(cast, f"asked/{row.pk}/withdraw/")
        assert grandmother.post(address).status_code == 404
        row.refresh_from_db()
        assert row.state == "open"

    def test_the_answer_is_read_on_the_child_s_page(self, mother, cast, at):
        self.correct(mother, cast)
        requests.answer(
            request=DataRequest.objects.get(), by=cast.users["admin"], is_done=True,
            words="已经改好了", at=at + timedelta(hours=1),
        )  # fmt: skip
        assert "已经改好了" in text_of(mother.get(child_url(cast)))

"""The staff's pages: what nobody has read, letting out and taking back, sending, figures without names."""

import io

import pypdfium2
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from core import clock
from core.printing import pdf_of
from delivery.models import OutboxMessage
from learning import actions, presenters
from learning.models import Lesson, LessonPlan, LessonReading, LessonSent
from learning.queries import is_out
from schools.models import School
from tests.factories.cast import make_adult, make_guardianship, make_student
from tests.factories.learning import HEARD, let_out, load, sent, ticked
from tests.pdfs import pages_of_pdf, text_of_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sends(cast):
    School.objects.filter(pk=cast.school.pk).update(is_demo=True)


def client_of(cast, who: str) -> Client:
    client = Client()
    client.force_login(cast.users[who])
    return client


def page(cast, who: str, name: str, *args, **query) -> str:
    answer = client_of(cast, who).get(reverse(f"learning:{name}", args=args), query)
    assert answer.status_code == 200
    return answer.content.decode()


def post(cast, who: str, name: str, *args, **said):
    return client_of(cast, who).post(reverse(f"learning:{name}", args=args), said)


def told() -> set[str]:
    return set(OutboxMessage.objects.values_list("adult__name", flat=True))


class TestList:
    def test_each_with_who_has_read_it(self, cast):
        lesson = load()["praise"]
        assert page(cast, "teacher", "list").count("还没有人审读") == 2
        actions.let_out(
            lesson=lesson, school=cast.school, by=cast.users["counsellor"], at=clock.now()
        )
        html = page(cast, "teacher", "list")
        assert "陈敏审读过" in html
        assert html.count("还没有人审读") == 1
        assert page(cast, "far_teacher", "list").count("还没有人审读") == 2

    def test_for_whom(self, cast):
        load()
        assert "电话里说什么" in page(cast, "teacher", "list", **{"for": "away"})
        home = page(cast, "teacher", "list", **{"for": "home"})
        assert "夸他做了什么" in home
        assert "电话里说什么" not in home

    def test_as_many_queries_for_ten_as_for_one(self, cast, django_assert_max_num_queries):
        client = client_of(cast, "teacher")
        url = reverse("learning:list")
        load()
        client.get(url)
        with django_assert_max_num_queries(100) as two:
            client.get(url)
        let_out(cast, "praise")
        let_out(cast, "calling")
        client.get(url)
        with django_assert_max_num_queries(100) as both_read:
            client.get(url)
        assert len(two) == len(both_read)


class TestLettingOut:
    def test_only_who_has_read_every_sentence(self, cast):
        lesson = load()["praise"]
        assert post(cast, "counsellor", "let_out", lesson.pk).status_code == 422
        assert not LessonReading.objects.exists()
        assert post(cast, "counsellor", "let_out", lesson.pk, has_read="on").status_code == 302
        assert LessonReading.objects.get().by == cast.users["counsellor"]

    def test_a_teacher_may_not(self, cast):
        lesson = load()["praise"]
        assert post(cast, "teacher", "let_out", lesson.pk, has_read="on").status_code == 404
        html = page(cast, "teacher", "lesson", lesson.pk)
        assert "has_read" not in html
        assert "心理老师、校长或县里的负责人审读过，就可以发了" in html

    def test_taken_back_with_a_reason(self, cast):
        lesson = let_out(cast)
        assert post(cast, "principal", "take_back", lesson.pk).status_code == 422
        assert post(cast, "principal", "take_back", lesson.pk, reason="电话不对").status_code == 302
        html = page(cast, "teacher", "lesson", lesson.pk)
        assert "电话不对" in html
        assert "马建国收回" in html

    def test_a_page_from_before_lets_nothing_out_that_was_taken_back(self, cast):
        lesson = load()["praise"]
        client = client_of(cast, "counsellor")
        before = ticked(client, lesson)
        by, at = cast.users["principal"], clock.now()
        facts = {"lesson": lesson, "school": cast.school, "by": by}
        actions.let_out(**facts, at=at)
        actions.take_back(**facts, reason="电话不对", at=at)
        address = reverse("learning:let_out", args=[lesson.pk])
        assert client.post(address, before).status_code == 422
        assert not is_out(lesson, cast.school.pk)
        assert client.post(address, ticked(client, lesson)).status_code == 302

    def test_every_sentence_is_there_to_read_in_both_languages(self, cast):
        lesson = load()["praise"]
        html = page(cast, "counsellor", "lesson", lesson.pk)
        for text in lesson.texts.values():
            for said in (text["title"], text["week"], *text["read"], *text["heard"]):
                assert said in html
        assert "世卫组织" in html


class TestSending:
    def test_to_a_class(self, cast):
        lesson = let_out(cast)
        assert "send/" in page(cast, "teacher", "lesson", lesson.pk)
        answer = post(
            cast, "teacher", "send", lesson.pk, whom="class", **{"class": cast.school_class.pk}
        )
        assert answer.status_code == 302
        assert told() == {"王芳", "李秀兰"}

    def test_only_to_ones_own_class(self, cast):
        lesson = let_out(cast)
        answer = post(
            cast, "teacher", "send", lesson.pk, whom="class", **{"class": cast.next_class.pk}
        )
        assert answer.status_code == 404
        answer = post(
            cast, "counsellor", "send", lesson.pk, whom="class", **{"class": cast.next_class.pk}
        )
        assert answer.status_code == 302
        assert told() == {"马兰"}

    def test_to_one_family_only_where_it_knows(self, cast):
        lesson = let_out(cast)
        said = {
            "whom": "children",
            "children": [cast.students["mengyao"].pk],
            "class": cast.school_class.pk,
        }
        answer = post(cast, "counsellor", "send", lesson.pk, **said)
        assert answer.status_code == 422
        html = answer.content.decode()
        assert "请先跟家里说一声" in html
        picked = cast.students["mengyao"].pk
        assert f'name="children" value="{picked}" checked>' in html  # nothing is chosen twice
        assert html.count('type="checkbox" name="children"') > 1
        assert html.count(" checked><span><svg") == 1
        assert told() == set()
        assert post(cast, "counsellor", "send", lesson.pk, **said, knows="on").status_code == 302
        assert told() == {"王芳", "李秀兰"}

    def test_not_to_a_child_of_another_class(self, cast):
        said = {
            "whom": "children",
            "children": [cast.students["haitao"].pk],
            "class": cast.school_class.pk,
            "knows": "on",
        }
        assert post(cast, "teacher", "send", let_out(cast).pk, **said).status_code == 422
        assert told() == set()

    def test_not_what_nobody_has_read(self, cast):
        lesson = load()["praise"]
        assert post(cast, "teacher", "send", lesson.pk, whom="class").status_code == 404
        assert "send/" not in page(cast, "teacher", "lesson", lesson.pk)

    def test_which_way_it_came_stands_nowhere(self, cast):
        fields = {field.name for field in LessonSent._meta.get_fields()}
        assert fields == {
            "id",
            "school",
            "lesson",
            "adult",
            "sent_at",
            "opened_at",
            "answered_at",
            "is_of_use",
        }

    def test_a_school_that_is_silent_says_so(self, cast):
        lesson = let_out(cast)
        School.objects.filter(pk=cast.school.pk).update(sending_stopped_at=clock.now())
        answer = post(
            cast, "teacher", "send", lesson.pk, whom="class", **{"class": cast.school_class.pk}
        )
        assert answer.status_code == 422
        assert "学校现在不给家里发消息" in answer.content.decode()


class TestFigures:
    def test_of_the_own_class_and_without_names(self, cast):
        for number in range(2):
            child = make_student(cast.school_class, f"孩子{number}")
            adult = cast.adults[f"new{number}"] = make_adult(cast.school, f"家长{number}")
            make_guardianship(child, adult, "mother")
            sent(cast, who=f"new{number}")
        lesson = sent(cast, who="other_mother").lesson  # of the next class
        html = page(cast, "teacher", "lesson", lesson.pk)
        assert "有三个大人收到以后才显示" in html
        sent(cast, who="grandmother")
        actions.answer(
            lesson=lesson, adult=cast.adults["grandmother"], is_of_use=True, at=clock.now()
        )
        html = page(cast, "teacher", "lesson", lesson.pk)
        assert figures(html) == {"收到": "3", "打开过": "1", "有用": "1", "没用": "0"}
        assert "李秀兰" not in html
        assert figures(page(cast, "principal", "lesson", lesson.pk))["收到"] == "4"


def figures(html: str) -> dict[str, str]:
    found = {}
    for part in html.split("<dt>")[1:]:
        label, _, rest = part.partition("</dt><dd>")
        found[label] = rest.partition("</dd>")[0]
    return found


class TestPlan:
    def test_off_until_somebody_sets_it(self, cast):
        load()
        assert "不会自动发送" in page(cast, "teacher", "list")
        assert post(cast, "teacher", "plan", is_on="1", weekday="3").status_code == 404
        assert post(cast, "counsellor", "plan", is_on="1", weekday="9").status_code == 422
        assert not LessonPlan.objects.exists()
        assert post(cast, "counsellor", "plan", is_on="1", weekday="3").status_code == 302
        assert "周四" in page(cast, "teacher", "list")


class TestOnPaper:
    def test_a_meeting_hears_it_and_talks_about_it(self, cast):
        lesson = let_out(cast)
        answer = client_of(cast, "teacher").get(reverse("learning:group_sheet", args=[lesson.pk]))
        words = text_of_pdf(answer.content)
        for part in ("夸他做了什么", *HEARD.split("\n\n"), "这周说一次。", "12356"):
            assert part in words

    def test_a_poster_shows_what_is_read_with_the_schools_own_numbers(self, cast):
        School.objects.filter(pk=cast.school.pk).update(
            hotlines=[{"number": "0935-5121100", "name": "值班室"}]
        )
        lesson = let_out(cast)
        answer = client_of(cast, "teacher").get(reverse("learning:poster", args=[lesson.pk]))
        assert answer["Content-Type"] == "application/pdf"
        words = text_of_pdf(answer.content)
        for part in ("夸他做了什么", "小事也算。", "0935-5121100", cast.school.name):
            assert part in words
        assert HEARD.split("\n\n")[0] not in words

    def test_a_poster_on_a3(self, cast):
        lesson = let_out(cast)
        client, url = client_of(cast, "teacher"), reverse("learning:poster", args=[lesson.pk])
        sizes = []
        for size in ("a4", "a3"):
            with pypdfium2.PdfDocument(client.get(url, {"size": size}).content) as paper:
                assert len(paper) == 1
                sizes.append(paper[0].get_size())
        (width, height), (wide, high) = sizes
        assert (round(width), round(height)) == (595, 842)
        assert (round(wide), round(high)) == (842, 1191)

    def test_a_square_picture_to_share(self, cast):
        lesson = let_out(cast)
        answer = client_of(cast, "teacher").get(reverse("learning:card", args=[lesson.pk]))
        assert answer["Content-Type"] == "image/jpeg"
        picture = Image.open(io.BytesIO(answer.content))
        assert picture.size == (1080, 1080)
        assert len(answer.content) < 400_000
        assert len(picture.resize((60, 60)).getcolors(3600) or ()) > 20  # something is drawn on it

    @pytest.mark.parametrize("template", ["poster", "group_sheet", "card"])
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_our_longest_fits_one_page(self, cast, language, template):
        actions.load_shipped(at=clock.now())

        def length(lesson) -> int:
            text = lesson.text(language)
            heard = text["heard"] if template == "group_sheet" else []
            return len("".join([text["title"], text["week"], *text["read"], *heard]))

        longest = max(Lesson.objects.filter(minutes=None).exclude(place=None), key=length)
        with translation.override(language):
            words = presenters.on_paper(longest, cast.school)
            pdf = pdf_of(render_to_string(f"learning/{template}.html", words))
        assert pages_of_pdf(pdf) == 1

    def test_only_what_somebody_here_has_read(self, cast):
        lesson = let_out(cast)
        urls = [reverse(f"learning:{name}", args=[lesson.pk]) for name in ("poster", "group_sheet")]
        for url in urls:
            assert client_of(cast, "far_teacher").get(url).status_code == 404
        actions.take_back(
            lesson=lesson,
            school=cast.school,
            reason="x",
            by=cast.users["counsellor"],
            at=clock.now(),
        )
        for url in urls:
            assert client_of(cast, "teacher").get(url).status_code == 404

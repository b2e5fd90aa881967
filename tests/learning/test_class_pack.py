"""A lesson for a class: read whole or refused by file and line, on paper, and never sent to a family."""

from dataclasses import asdict

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core import clock
from core.printing import pdf_of
from learning import actions, pack, presenters, shipped
from learning.models import Lesson, LessonSent
from learning.pack import LANGUAGES, Trouble
from learning.pack_class import Section
from learning.queries import lessons_to_send, lessons_to_teach
from tests.factories.learning import ALWAYS, CLASS_TEXT, about, class_files, class_lesson
from tests.learning.test_pages import client_of
from tests.pdfs import pages_of_pdf, text_of_pdf

OURS = pack.read(shipped.files_of("classroom"))[0].lessons
EN = "feelings__en_md"


def test_what_holds_in_every_lesson_is_read_into_each():
    found, wrong = pack.read(class_files())
    assert not wrong
    lesson = found.lessons[0]
    assert (lesson.audience, lesson.grades, lesson.minutes) == (("class",), (2, 4), 40)
    text = lesson.texts["zh-hans"]
    assert [(one.minutes, one.title) for one in text.steps] == [(5, "开场"), (35, "起名字")]
    assert [one.title for one in text.cases] == ["有人笑别人", "孩子哭了"]
    assert text.never == ("不说有什么好哭的。", "不排名。")
    assert text.handout == Section("我的心情", ("今天我的心情是：", "___"))


def test_a_change_of_what_always_holds_is_a_new_version_to_be_read():
    before = pack.read(class_files())[0].lessons[0].digest
    other = ALWAYS.replace("走到旁边", "坐到旁边").encode()
    assert pack.read(class_files(**{"always.zh-hans_md": other}))[0].lessons[0].digest != before


CASES = {
    "no file of what always holds": ({"always.en_md": None}, "always.en.md", Trouble.MISSING),
    "that file without a list": (
        {"always.en_md": "# 有事\n\n## 哭了\n走近。\n".encode()},
        "always.en.md",
        Trouble.NOT_FOUR,
    ),
    "three parts": (
        {EN: CLASS_TEXT.replace("# 不做\n\n- 不说有什么好哭的。\n", "").encode()},
        "feelings/en.md",
        Trouble.NOT_FOUR,
    ),
    "no aim": (
        {EN: CLASS_TEXT.replace("aim =", "aims =").encode()},
        "feelings/en.md",
        Trouble.FIELD,
    ),
    "minutes that do not add up": (
        {EN: CLASS_TEXT.replace("## 35", "## 30").encode()},
        "feelings/en.md",
        Trouble.MINUTES,
    ),
    "a hand-out of two pages": (
        {EN: CLASS_TEXT.replace("今天我的", "今天我的" * 300).encode()},
        "feelings/en.md",
        Trouble.TOO_LONG,
    ),
    "a script": (
        {EN: CLASS_TEXT.replace("今天几度？", "<script>alert(1)</script>").encode()},
        "feelings/en.md",
        Trouble.MARKUP,
    ),
    "no grades": (
        {"feelings__lesson_toml": about('"class"', "minutes = 40")},
        "feelings/lesson.toml",
        Trouble.FIELD,
    ),
    "for families and classes": (
        {"feelings__lesson_toml": about('"class", "home"', "grades = [2, 4]\nminutes = 40")},
        "feelings/lesson.toml",
        Trouble.FIELD,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_told_by_file(case):
    changed, file, trouble = CASES[case]
    found, wrong = pack.read(class_files(**changed))
    assert found is None
    assert (file, trouble) in [(one.file, one.trouble) for one in wrong]


class TestOurs:
    def test_each_says_what_to_do_and_whom_to_call(self):
        assert len(OURS) == 12
        for lesson in OURS:
            for language, text in lesson.texts.items():
                said = " ".join(said for one in text.cases for said in one.said)
                never = " ".join(text.never)
                for number in ("12356", "110", "120"):
                    assert number in said, (lesson.key, language)
                secret = {"zh-hans": "不答应保密", "en": "Don’t promise secrecy"}[language]
                assert secret in said
                assert {"zh-hans": "我不说", "en": "I’d rather not"}[language] in never

    def test_both_languages_have_the_same_steps_and_lines_to_write_on(self):
        for lesson in OURS:
            zh, en = (lesson.texts[one] for one in LANGUAGES)
            assert [one.minutes for one in zh.steps] == [one.minutes for one in en.steps]
            assert zh.handout.said.count("___") == en.handout.said.count("___"), lesson.key
            assert len(zh.cases) == len(en.cases)
            assert len(zh.never) == len(en.never), lesson.key

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("ours", OURS, ids=lambda one: one.key)
    @pytest.mark.django_db
    def test_one_page_for_pupils_and_one_leaf_for_the_teacher(self, cast, ours, language):
        texts = {one: asdict(text) for one, text in ours.texts.items()}
        lesson = Lesson(
            pk=1,
            audience=["class"],
            grades_from=ours.grades[0],
            grades_until=ours.grades[1],
            minutes=ours.minutes,
            texts=texts,
            sources=list(ours.sources),
            picture=ours.picture,
        )
        with translation.override(language):
            words = presenters.on_paper(lesson, cast.school)
            pages = [
                pages_of_pdf(pdf_of(render_to_string(f"learning/{name}.html", words)))
                for name in ("handout", "teacher_sheet")
            ]
        assert pages == [1, 2]


@pytest.mark.django_db
class TestAtSchool:
    def test_no_family_is_ever_sent_it(self, cast):
        lesson = class_lesson(cast)
        assert lesson not in lessons_to_send(cast.school.pk)
        assert list(lessons_to_teach(cast.school.pk)) == [lesson]
        children = [cast.students["mengyao"].pk]
        sent = actions.send(lesson=lesson, school=cast.school, student_ids=children, at=clock.now())
        assert sent == 0
        assert not LessonSent.objects.exists()
        url = reverse("learning:send", args=[lesson.pk])
        assert client_of(cast, "teacher").get(url).status_code == 404
        assert (
            client_of(cast, "teacher").get(reverse("learning:poster", args=[lesson.pk])).status_code
            == 404
        )

    def test_in_a_list_of_its_own_and_not_reviewed_until_somebody_has(self, cast):
        lesson = class_lesson(cast, is_out=False)
        client = client_of(cast, "counsellor")
        listed = reverse("learning:list")
        assert "给心情起个名字" not in client.get(listed).content.decode()
        html = client.get(listed, {"for": "class"}).content.decode()
        assert "给心情起个名字" in html
        assert "还没有人审读" in html
        paper = reverse("learning:teacher_sheet", args=[lesson.pk])
        assert client.get(paper).status_code == 404
        client.post(reverse("learning:let_out", args=[lesson.pk]), {"has_read": "on"})
        assert client.get(paper).status_code == 200

    def test_who_reads_it_sees_every_sentence(self, cast):
        lesson = class_lesson(cast, is_out=False)
        url = reverse("learning:lesson", args=[lesson.pk])
        html = client_of(cast, "principal").get(url).content.decode()
        for said in (
            "叫出自己的心情。",
            "一人说一个。",
            "走到旁边。",
            "不排名。",
            "今天我的心情是：",
        ):
            assert html.count(said) == 2, said

    def test_the_sheet_has_the_steps_and_the_hand_out_only_the_pupils_page(self, cast):
        lesson = class_lesson(cast)
        client = client_of(cast, "teacher")
        sheet = text_of_pdf(client.get(reverse("learning:teacher_sheet", args=[lesson.pk])).content)
        page = text_of_pdf(client.get(reverse("learning:handout", args=[lesson.pk])).content)
        for said in ("一人说一个。", "走到旁边。", "不排名。", "12356"):
            assert said in sheet
        assert "今天我的心情是：" in page
        assert "走到旁边" not in page

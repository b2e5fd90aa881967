"""A family's pages: heard, answered, chosen, gone; by link and signed in."""

from base64 import b64decode
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from doors.family.aloud.text import parts_of
from guardians.models import Adult, ContactPoint, Guardianship
from learning import actions
from learning.models import LessonSent
from tests.factories.learning import (
    HEARD,
    PICTURE,
    let_out,
    load,
    own_lesson,
    recorded,
    sent,
    token_of,
)
from tests.frontend.test_family_budget import DIST, PAGE_BYTES, sent_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(cast) -> LessonSent:
    return sent(cast)


@pytest.fixture
def mother(cast) -> Client:
    client = Client()
    client.force_login(cast.users["mother"])
    return client


def link_of(row: LessonSent) -> str:
    return reverse("family_learning:link", args=[token_of(row)])


def page_of(row: LessonSent) -> str:
    return reverse("family_learning:lesson", args=[row.lesson_id])


class TestByLink:
    def test_opening_records_nothing_and_a_tap_does(self, row):
        client = Client()
        html = client.get(link_of(row)).content.decode()
        assert "夸他做了什么" in html
        assert "陈敏看过" in html
        row.refresh_from_db()
        assert row.opened_at is None
        assert client.post(link_of(row), {"use": "yes"}).status_code == 302
        row.refresh_from_db()
        assert row.is_of_use
        assert row.opened_at == row.answered_at
        assert "您说有用" in client.get(link_of(row)).content.decode()

    def test_a_later_answer_counts(self, row):
        client = Client()
        client.post(link_of(row), {"use": "yes"})
        client.post(link_of(row), {"use": "no"})
        row.refresh_from_db()
        assert row.is_of_use is False

    def test_an_answer_that_is_none(self, row):
        assert Client().post(link_of(row), {"use": "perhaps"}).status_code == 422
        row.refresh_from_db()
        assert row.answered_at is None

    @pytest.mark.parametrize(
        "after", ["forged", "over", "blocked", "not_around", "shared_with_blocked", "fine"]
    )
    def test_when_it_opens(self, cast, row, after):
        url, adult = link_of(row), cast.adults["mother"]
        if after == "forged":
            url = url.replace(url[-3], "x" if url[-3] != "x" else "y")
        elif after == "over":
            LessonSent.objects.update(sent_at=clock.now() - timedelta(days=61))
        elif after == "blocked":
            Adult.objects.filter(pk=adult.pk).update(
                blocked_at=clock.now(), blocked_by=cast.users["principal"], blocked_reason="x"
            )
        elif after == "not_around":
            Guardianship.objects.filter(adult=adult).update(ends_on="2026-01-01")
        elif after == "shared_with_blocked":
            number = ContactPoint.objects.get(adult=cast.adults["father"]).address
            ContactPoint.objects.filter(adult=adult).update(address=number)
        assert Client().get(url).status_code == (200 if after == "fine" else 404)

    def test_taken_back_it_says_so_and_asks_nothing(self, cast, row):
        actions.take_back(
            lesson=row.lesson,
            school=cast.school,
            reason="电话不对",
            by=cast.users["principal"],
            at=clock.now(),
        )
        html = Client().get(link_of(row)).content.decode()
        assert "学校收回了这一课" in html
        assert "夸他做了什么" not in html
        assert "电话不对" not in html
        Client().post(link_of(row), {"use": "yes"})
        row.refresh_from_db()
        assert row.answered_at is None


class TestSignedIn:
    def test_opened_is_kept(self, mother, row):
        mother.head(page_of(row))
        row.refresh_from_db()
        assert row.opened_at is None
        mother.get(page_of(row))
        row.refresh_from_db()
        assert row.opened_at

    def test_the_list_has_what_was_sent_and_what_one_may_choose(self, cast, mother, row):
        let_out(cast, "calling")
        html = mother.get(reverse("family_learning:list")).content.decode()
        assert html.index("学校给您的") < html.index("夸他做了什么") < html.index("自己挑着听")
        assert html.index("自己挑着听") < html.index("电话里说什么")
        mother.get(page_of(row))
        html = mother.get(reverse("family_learning:list")).content.decode()
        assert "学校给您的" not in html
        assert html.index("打开过的") < html.index("夸他做了什么")

    def test_nothing_that_nobody_has_read_and_nothing_that_is_not_for_them(self, cast, mother):
        lessons = load()
        url = reverse("family_learning:lesson", args=[lessons["praise"].pk])
        assert mother.get(url).status_code == 404
        let_out(cast, "praise")
        assert mother.get(url).status_code == 200
        let_out(cast, "calling")
        calling = reverse("family_learning:lesson", args=[lessons["calling"].pk])
        assert mother.get(calling).status_code == 200
        LessonSent.objects.all().delete()
        cast.adults["mother"].migrations.update(is_away=False)
        assert mother.get(calling).status_code == 404
        assert mother.get(url).status_code == 200

    def test_chosen_by_oneself_it_is_as_if_sent(self, cast, mother):
        lesson = let_out(cast)
        url = reverse("family_learning:lesson", args=[lesson.pk])
        mother.post(url, {"use": "yes"})
        row = LessonSent.objects.get()
        assert (row.adult, row.is_of_use) == (cast.adults["mother"], True)
        assert actions.send(
            lesson=lesson,
            school=cast.school,
            student_ids=[cast.students["mengyao"].pk],
            at=clock.now(),
        ) in (0, 1)  # the grandmother, where the school has a way to her
        assert LessonSent.objects.filter(adult=cast.adults["mother"]).count() == 1

    def test_a_quiet_line_at_home_only_where_there_is_something(self, cast, mother):
        home = reverse("family:home")
        load()
        assert "学一学" not in mother.get(home).content.decode()
        row = sent(cast)
        html = mother.get(home).content.decode()
        assert html.count("学一学：有新的") == 1
        mother.get(page_of(row))
        assert "学一学：两分钟" in mother.get(home).content.decode()


class TestThePage:
    def test_what_is_heard_is_the_whole_transcript(self, row):
        parts = parts_of(Client().get(link_of(row)).content.decode())
        for said in HEARD.split("\n\n"):
            assert said in parts[0]

    def test_the_picture_is_an_image_of_its_own(self, row):
        html = Client().get(link_of(row)).content.decode()
        data = html.partition("data:image/svg+xml;base64,")[2].partition('"')[0]
        assert b64decode(data).decode() == PICTURE
        assert 'alt="妈妈在打电话。"' in html

    def test_in_the_readers_language(self, cast, row):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(language="en")
        assert "In English: praise" in Client().get(link_of(row)).content.decode()

    def test_where_there_is_only_chinese_it_says_so_and_no_other_voice_reads_it(self, cast):
        Adult.objects.filter(pk=cast.adults["mother"].pk).update(language="en")
        lesson = own_lesson(cast)
        by, at = cast.users["counsellor"], clock.now()
        actions.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        row = LessonSent.objects.create(
            school=cast.school, lesson=lesson, adult=cast.adults["mother"], sent_at=at
        )
        html = Client().get(link_of(row)).content.decode()
        assert "This lesson is in Chinese only." in html
        assert '<ol class="says" lang="zh-Hans">' in html
        assert not any("雪" in part for part in parts_of(html))
        recorded(cast, lesson)
        html = Client().get(link_of(row)).content.decode()
        sound = reverse("family_learning:link_voice", args=[token_of(row), "zh-hans"])
        assert sound in html
        assert Client().get(sound).status_code == 200

    @pytest.mark.skipif(not DIST.exists(), reason="the front end is not built")
    def test_below_30_kb_without_sound(self, cast):
        actions.load_shipped(at=clock.now())
        for lesson in list(type(sent(cast).lesson).objects.filter(pack="jiaqiao")):
            actions.let_out(
                lesson=lesson, school=cast.school, by=cast.users["counsellor"], at=clock.now()
            )
            row = LessonSent.objects.create(
                school=cast.school,
                lesson=lesson,
                adult=cast.adults["mother"],
                sent_at=clock.now(),
            )
            html = Client().get(link_of(row)).content
            parts = [html] + [
                (DIST / name).read_bytes() for name in ("family.css", "lesson.css", "family.js")
            ]
            assert sum(map(sent_bytes, parts)) <= PAGE_BYTES, lesson.key

"""Two more ways to an adult on the pupils' first page, and what the next child at the computer can see."""

import re

import pytest
from django.test import Client

from safeguarding.models import Concern
from tests.doors.test_pupil import CODE, HOME, tap

pytestmark = pytest.mark.django_db
TALK, DONE = "/p/talk/", "/p/talk/done/"
HURT = {"about": "hurt", "hurt_by": "adult", "person": "any", "words": "他打我", "key": "one"}
CLASSMATE = {
    "about": "classmate",
    "when": "now",
    "person": "any",
    "words": "他老是哭",
    "key": "two",
}


@pytest.fixture
def pupil(cast, client) -> Client:
    assert tap(client, cast.school_class.door_code, CODE).status_code == 302
    return client


def test_a_tap_on_the_first_page_opens_the_questions_and_tells_nobody(pupil):
    home = pupil.get(HOME).content.decode()
    for about, words in (("hurt", "这不是你的错"), ("classmate", "不是打小报告")):
        assert f'value="{about}"' in home
        page = pupil.post(TALK, {"about": about})
        assert page.status_code == 200
        assert words in page.content.decode()
        assert "12356" in page.content.decode()
    assert not Concern.objects.exists()


def test_hurt_reaches_an_adult_and_the_child_learns_who_comes(cast, pupil):
    assert pupil.post(TALK, HURT)["Location"] == DONE
    concern = Concern.objects.get()
    assert (concern.source, concern.hurt_by, concern.words) == ("hurt", "adult", "他打我")
    assert concern.student == cast.students["mengyao"]
    page = pupil.get(DONE).content.decode()
    assert "陈敏" in page
    assert "一刻钟" in page
    assert "这不是你的错" in page
    assert "陈敏" in pupil.get(HOME).content.decode()


@pytest.mark.parametrize(
    "said", [HURT, CLASSMATE, {"when": "soon", "person": "any", "words": "想家", "key": "three"}]
)
def test_more_words_from_the_same_page_are_not_dropped(pupil, said):
    """A child may go back and tell the rest."""
    for words in (said["words"], "还有，他拿刀", "还有，他拿刀"):
        assert pupil.post(TALK, said | {"words": words})["Location"] == DONE
    told = Concern.objects.order_by("pk").values_list("words", flat=True)
    assert list(told) == [said["words"], "还有，他拿刀"]


def test_a_classmate_is_chosen_by_name_and_only_of_the_own_class(cast, pupil):
    page = pupil.post(TALK, {"about": "classmate"}).content.decode()
    assert "徐小宝" in page
    assert "徐梦瑶" not in page.partition("<select")[2].partition("</select>")[0]
    assert "丁海涛" not in page
    pupil.post(TALK, CLASSMATE | {"classmate": cast.students["xiaobao"].pk})
    assert Concern.objects.get().student == cast.students["xiaobao"]
    page = pupil.get(DONE).content.decode()
    assert "张丽华会去管这件事" in page
    stranger = pupil.post(TALK, CLASSMATE | {"classmate": cast.students["haitao"].pk, "key": "3"})
    assert stranger.status_code == 422
    assert Concern.objects.count() == 1


def test_without_a_name_the_words_are_enough(cast, pupil):
    assert pupil.post(TALK, CLASSMATE)["Location"] == DONE
    assert Concern.objects.get().student == cast.students["mengyao"]


@pytest.mark.parametrize(
    "said",
    [
        HURT | {"person": "admin"},
        HURT | {"person": ""},
        HURT | {"hurt_by": "dog"},
        HURT | {"words": "长" * 501},
        CLASSMATE | {"when": ""},
        CLASSMATE | {"words": ""},
        CLASSMATE | {"classmate": "x"},
        CLASSMATE | {"classmate": "9" * 30},
    ],
)
def test_a_bad_form_keeps_the_words_and_asks_again(pupil, said):
    answer = pupil.post(TALK, said)
    assert answer.status_code == 422
    assert said["words"] in answer.content.decode()
    assert not Concern.objects.exists()


@pytest.mark.parametrize("said", [HURT, CLASSMATE])
def test_tapped_twice_it_is_told_once(pupil, said):
    for _time in range(2):
        assert pupil.post(TALK, said)["Location"] == DONE
    assert Concern.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "telling"), [(HURT, "这不是你的错"), (CLASSMATE, "没有人会告诉同学是你说的")]
)
def test_what_was_pressed_is_shown_once_and_never_again(pupil, said, telling):
    pupil.post(TALK, said)
    assert telling in pupil.get(DONE).content.decode()
    for path in (DONE, HOME, TALK):
        assert telling not in pupil.get(path, follow=True).content.decode()
        assert said["words"] not in pupil.get(path, follow=True).content.decode()


def test_the_browser_keeps_nothing_that_tells_the_three_apart(pupil):
    titles = set()
    for about in ("", "hurt", "classmate"):
        page = pupil.post(TALK, {"about": about}) if about else pupil.get(TALK)
        assert "no-store" in page["Cache-Control"]
        titles.add(re.search("<title>([^<]*)", page.content.decode()).group(1))
    pupil.post(TALK, HURT)
    done = pupil.get(DONE)
    assert "no-store" in done["Cache-Control"]
    titles.add(re.search("<title>([^<]*)", done.content.decode()).group(1))
    assert len(titles) == 1


def test_after_signing_out_nobody_finds_it(pupil):
    pupil.post(TALK, HURT)
    pupil.post("/p/sign-out/")
    assert pupil.get(DONE)["Location"] == "/p/sign-in/"


def test_another_pupil_of_the_class_does_not_learn_of_it(cast, pupil):
    pupil.post(TALK, CLASSMATE | {"classmate": cast.students["xiaobao"].pk})
    other = Client()
    tap(other, cast.school_class.door_code, "moon-fish-boat-tree-star-bird")
    home = other.get(HOME).content.decode()
    assert "张丽华" not in home
    assert other.get(DONE)["Location"] == HOME


def test_without_a_session_it_is_told_again_and_not_lost_in_silence(client, db):
    assert client.post(TALK, HURT)["Location"] == "/p/sign-in/?told=over"

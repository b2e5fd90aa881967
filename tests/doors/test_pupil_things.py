"""Three things, at the pupils' door."""

from uuid import uuid4

import pytest
from django.test import Client

from calls.models import ThreeThings
from calls.things import actions
from core import clock
from students.policies import PICTURES_AT
from tests.doors.test_pupil import CODE, HOME, tap
from tests.factories.calls import chosen
from tests.factories.classroom import make_photo
from uploads.remaking import remake_photo

pytestmark = pytest.mark.django_db
THINGS, FELT = "/p/things/", "/p/things/felt/"


@pytest.fixture
def pupil(cast, client) -> Client:
    assert tap(client, cast.school_class.door_code, CODE).status_code == 302
    return client


def said(cast, **changes):
    mother = cast.adults["mother"].pk
    return {"to": mother, "pictures": ["pet", "dream"], "key": str(uuid4())} | changes


def test_chosen_shown_and_answered(cast, pupil):
    assert THINGS in pupil.get(HOME).content.decode()
    assert "我的小动物" in pupil.get(THINGS).content.decode()
    assert pupil.post(THINGS, said(cast, sentence_1="小羊站起来了"))["Location"] == THINGS
    things = ThreeThings.objects.get()
    assert (things.pictures, things.sentences) == (["pet", "dream"], ["小羊站起来了"])
    text = pupil.get(THINGS).content.decode()
    assert "小羊站起来了" in text
    actions.answer(things=things, picture="heart", words="妈妈想你", at=clock.now())
    assert "有回音了" in pupil.get(HOME).content.decode()
    text = pupil.get(THINGS).content.decode()
    assert "妈妈想你" in text
    assert "我想你" in text


def test_the_parent_s_photo_stands_there_for_fresh_pictures_alone(cast, pupil):
    things = chosen(cast)
    file = make_photo()
    file.remade = remake_photo(file, is_small=True)
    actions.answer(things=things, picture="", words="", photo=file, at=clock.now())
    photo = f"{THINGS}{things.pk}/photo/"
    assert photo in pupil.get(THINGS).content.decode()
    assert pupil.get(photo)["Content-Type"] == "image/jpeg"
    session = pupil.session
    session[PICTURES_AT] = 0
    session.save()
    assert pupil.get(photo).status_code == 302


@pytest.mark.parametrize(
    "changes",
    [
        {"pictures": []},
        {"pictures": ["gun"]},
        {"pictures": ["pet", "ball", "new", "food"]},
        {"pictures": ["pet", "ball", "new"], "sentence_1": "还有"},
        {"sentence_1": "长" * 61},
        {"to": ""},
        {"to": "x"},
        {"key": "none"},
    ],
)
def test_a_bad_form_is_asked_again_and_keeps_what_was_picked(cast, pupil, changes):
    answer = pupil.post(THINGS, said(cast, **changes))
    assert answer.status_code == 422
    assert not ThreeThings.objects.exists()


@pytest.mark.parametrize("who", ["father", "grandmother", "other_mother"])
def test_nobody_else_can_be_asked(cast, pupil, who):
    assert pupil.post(THINGS, said(cast, to=cast.adults[who].pk)).status_code == 422
    assert not ThreeThings.objects.exists()


def test_tapped_twice_it_is_chosen_once(cast, pupil):
    form = said(cast)
    for _time in range(2):
        pupil.post(THINGS, form)
    assert ThreeThings.objects.count() == 1


def test_how_it_felt_is_said_once_and_shown_to_nobody_after(cast, pupil):
    things = chosen(cast)
    assert "觉得怎么样" in pupil.get(THINGS).content.decode()
    for felt in ("3", "1"):
        assert pupil.post(FELT, {"things": things.pk, "felt": felt}).status_code == 200
    things.refresh_from_db()
    assert things.felt == 3
    assert "不太好" not in pupil.get(THINGS).content.decode()


@pytest.mark.parametrize("felt", ["", "4", "x"])
def test_an_odd_face_is_no_answer(cast, pupil, felt):
    things = chosen(cast)
    assert pupil.post(FELT, {"things": things.pk, "felt": felt})["Location"] == THINGS
    things.refresh_from_db()
    assert things.felt is None


def test_another_child_s_is_not_touched(cast, pupil):
    things = chosen(cast, "xiaobao")
    pupil.post(FELT, {"things": things.pk, "felt": "3"})
    things.refresh_from_db()
    assert things.felt is None
    assert "小羊" not in pupil.get(THINGS).content.decode()


def test_whoever_sits_down_later_taps_the_pictures_first(cast, pupil):
    chosen(cast)
    session = pupil.session
    session[PICTURES_AT] = 0
    session.save()
    assert pupil.get(THINGS)["Location"] == "/p/sign-in/?to=things"
    assert "小羊" not in pupil.get(HOME).content.decode()

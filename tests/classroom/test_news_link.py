"""Good news behind the link of its message: the text about one child, for one adult, without signing in."""

from datetime import timedelta

import pytest
from django.urls import reverse

from classroom.actions import correct, retract
from classroom.models import Observation, Thanks
from classroom.rules import LINK_STANDS_DAYS
from core import clock
from delivery import links as sealed
from delivery.models import OutboxMessage
from guardians.models import Guardianship
from tests.factories.cast import make_adult
from tests.factories.classroom import WORDS, make_note
from tests.factories.school_life import add_picture, agree, block, token_of


@pytest.fixture
def note(cast):
    return make_note(cast, tell_family=True)


def url(cast, note, adult="mother"):
    return reverse("family_classroom:news_link", args=[token_of(note, cast.adults[adult])])


def test_the_message_leads_to_it(cast, note, client):
    paths = {row.adult.name: row.payload["path"] for row in OutboxMessage.objects.all()}
    assert paths == {"王芳": url(cast, note), "李秀兰": url(cast, note, "grandmother")}
    page = client.get(paths["王芳"])
    assert page.status_code == 200
    assert WORDS in page.content.decode()


def test_it_shows_no_picture_and_nothing_of_a_sibling(cast, note, client):
    agree(cast, purpose="photo")
    add_picture(cast, note)
    make_note(cast, child="xiaobao", tell_family=True, words="小宝的好消息")
    make_note(cast, tell_family=False, words="只给老师看")
    html = client.get(url(cast, note)).content.decode()
    assert "<img" not in html
    assert "小宝" not in html
    assert "只给老师看" not in html


def test_it_shows_all_good_news_of_that_day(cast, note, client):
    make_note(cast, tell_family=True, words="还帮着擦了黑板")
    make_note(cast, tell_family=True, words="前天的", at=clock.now() - timedelta(days=2))
    html = client.get(url(cast, note)).content.decode()
    assert "还帮着擦了黑板" in html
    assert "前天的" not in html


@pytest.mark.parametrize("adult", ["father", "other_mother", "far_mother"])
def test_a_blocked_adult_and_a_stranger_meet_the_page_of_an_old_link(cast, note, client, adult):
    page = client.get(url(cast, note, adult))
    assert page.status_code == 404
    assert WORDS not in page.content.decode()


def test_it_ends(cast, note, client):
    assert client.get(url(cast, note)).status_code == 200
    Observation.objects.update(recorded_at=clock.now() - timedelta(days=LINK_STANDS_DAYS))
    assert client.get(url(cast, note)).status_code == 404


def over_by_retracting(cast, note):
    retract(notes=[note], by=cast.users["teacher"], at=clock.now())


def over_by_correcting(cast, note):
    correct(notes=[note], by=cast.users["teacher"], at=clock.now(), tell_family=False)


def over_by_blocking(cast, note):
    block(cast, cast.adults["mother"])


def over_by_a_shared_phone(cast, note):
    block(cast, make_adult(cast.school, "别人", "+8613893510001"))


def over_by_the_file(cast, note):
    Guardianship.objects.filter(adult=cast.adults["mother"]).update(may_see_file=False)


@pytest.mark.parametrize(
    "ends",
    [
        over_by_retracting,
        over_by_correcting,
        over_by_blocking,
        over_by_a_shared_phone,
        over_by_the_file,
    ],
)
def test_it_is_over_at_once(cast, note, client, ends):
    assert client.get(url(cast, note)).status_code == 200
    ends(cast, note)
    assert client.get(url(cast, note)).status_code == 404
    assert client.post(url(cast, note)).status_code == 404
    assert not Thanks.objects.exists()


def test_a_token_of_another_act_opens_nothing(cast, note, client):
    for purpose in ("class_week", "notice"):
        token = sealed.seal(purpose, note.pk, cast.adults["mother"].pk)
        address = reverse("family_classroom:news_link", args=[token])
        assert client.get(address).status_code == 404


def test_thank_you_counts_once_and_reaches_the_teacher(cast, note, client, sign_in):
    address = url(cast, note)
    client.get(address)
    assert not Thanks.objects.exists()  # a preview records nothing
    for _time in range(2):
        client.post(address)
    assert Thanks.objects.get().note == note
    page = sign_in("teacher").get(reverse("classroom:note", args=[note.pk]))
    assert "王芳" in page.content.decode()

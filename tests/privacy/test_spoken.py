"""B3, a spoken version: somebody of the school reads a text aloud, families hear it without script."""

from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from privacy.models import SpokenText
from tests.factories.accounts import read_aloud
from tests.factories.cast import Cast
from tests.factories.files import as_file, wav

pytestmark = pytest.mark.django_db
READ, LIST = "/privacy/spoken/photo/", "/privacy/spoken/"


def signed_in(cast: Cast, key: str) -> Client:
    client = Client()
    client.force_login(cast.users[key], "django.contrib.auth.backends.ModelBackend")
    return client


def question(cast: Cast) -> str:
    return f"/f/privacy/consents/{cast.students['mengyao'].pk}/photo/"


def sound(cast: Cast) -> str:
    return f"/f/privacy/spoken/{cast.school.pk}/photo/"


def recording(seconds: float = 1.0):
    return as_file(wav(seconds), "voice.wav", "audio/wav")


def test_read_once_and_heard_beside_the_text(cast):
    teacher, mother = signed_in(cast, "teacher"), signed_in(cast, "mother")
    assert "<audio" not in mother.get(question(cast)).content.decode()
    answer = teacher.post(READ, {"key": uuid4(), "voice": recording()})
    assert answer.status_code == 302
    page = mother.get(question(cast)).content.decode()
    assert f'src="{sound(cast)}?as=ogg"' in page
    assert "张丽华" in page
    heard = mother.get(sound(cast), {"as": "ogg"})
    assert (heard["Content-Type"], heard.content[:4]) == ("audio/ogg", b"OggS")
    part = mother.get(sound(cast), {"as": "m4a"}, headers={"Range": "bytes=4-7"})
    assert (part.status_code, part["Content-Type"], part.content) == (206, "audio/mp4", b"ftyp")


def test_without_one_the_school_s_phone_stands_there(cast):
    mother = signed_in(cast, "mother")
    page = mother.get(question(cast)).content.decode()
    assert f'href="tel:{cast.school.phone}"' in page
    read_aloud(cast)
    assert "tel:" not in mother.get(question(cast)).content.decode()


def test_the_same_form_twice_is_one_and_a_new_one_takes_its_place(cast):
    teacher, key = signed_in(cast, "teacher"), uuid4()
    for _again in range(2):
        teacher.post(READ, {"key": key, "voice": recording(1.0)})
    assert SpokenText.objects.get().seconds == 1
    teacher.post(READ, {"key": uuid4(), "voice": recording(3.0)})
    assert SpokenText.objects.get().seconds == 3


def test_another_try_from_the_same_page_takes_its_place(cast):
    """The first one may have arrived although the page did not say so."""
    teacher, key = signed_in(cast, "teacher"), uuid4()
    for seconds in (1.0, 3.0):
        teacher.post(READ, {"key": key, "voice": recording(seconds)})
    assert SpokenText.objects.get().seconds == 3


def test_a_recording_of_an_older_text_is_not_heard_and_asked_for_anew(cast):
    read_aloud(cast, text_version=0)
    mother = signed_in(cast, "mother")
    assert "<audio" not in mother.get(question(cast)).content.decode()
    assert mother.get(sound(cast)).status_code == 404
    assert "文字后来改过" in signed_in(cast, "teacher").get(LIST).content.decode()


@pytest.mark.parametrize(
    "voice",
    [None, as_file(b"MZ\x90", "voice.mp3", "audio/mpeg"), as_file(b"", "v.ogg", "audio/ogg")],
)
def test_what_is_no_recording_is_said_at_its_place(cast, voice):
    form = {"key": uuid4()} | ({"voice": voice} if voice else {})
    answer = signed_in(cast, "teacher").post(READ, form)
    assert answer.status_code == 422
    assert answer.context["form"].errors.keys() == {"voice"}
    assert not SpokenText.objects.exists()


def test_removed_nobody_hears_it(cast):
    read_aloud(cast)
    assert signed_in(cast, "teacher").post(READ + "remove/").status_code == 302
    assert signed_in(cast, "mother").get(sound(cast)).status_code == 404


def test_another_school_s_families_do_not_hear_it(cast):
    read_aloud(cast)
    other = f"/f/privacy/spoken/{cast.other_school.pk}/photo/"
    assert signed_in(cast, "mother").get(other).status_code == 404
    assert signed_in(cast, "mother").get(sound(cast) + "x/").status_code == 404


def test_the_list_costs_the_same_for_none_and_for_all(cast, django_assert_num_queries):
    teacher = signed_in(cast, "teacher")
    teacher.get(LIST)
    with CaptureQueriesContext(connection) as none:
        teacher.get(LIST)
    for purpose in ("photo", "voice", "village", "other_parent", "screening"):
        read_aloud(cast, purpose)
    with django_assert_num_queries(len(none)):
        teacher.get(LIST)

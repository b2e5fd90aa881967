"""Our own sentences spoken by the server, and no ear where it has no voice."""

import re

import pytest
from django.test import Client
from django.utils import translation

from core import clock
from doors.family import read_aloud
from tests.factories.cast import make_cast
from tests.factories.files import seconds_of
from tests.messaging.test_family_pages import ask
from uploads import speaking

HERE = "/f/hear/zh-hans/talked/"
needs_voice = pytest.mark.skipif(speaking.program() is None, reason="espeak-ng is not installed")


@needs_voice
@pytest.mark.parametrize("language", sorted(speaking.VOICES))
@pytest.mark.parametrize("name", sorted(read_aloud.SENTENCES))
def test_every_sentence_is_spoken_in_two_forms_within_its_bytes(language, name):
    for form, start in (("ogg", b"OggS"), ("m4a", b"ftyp")):
        heard = Client().get(f"/f/hear/{language}/{name}/?as={form}")
        assert heard.status_code == 200
        assert start in heard.content[:12]
        assert len(heard.content) <= 2_000 * seconds_of(heard.content) + 1_500  # head of the file


@needs_voice
def test_an_iphone_gets_aac_and_a_player_may_ask_for_a_part():
    iphone = {"User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 13_3 like Mac OS X)"}
    assert Client().get(HERE, headers=iphone)["Content-Type"] == "audio/mp4"
    part = Client().get(HERE, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"OggS")
    assert "max-age" in part["Cache-Control"]


@pytest.mark.django_db  # the page of that says the school's phone
@pytest.mark.parametrize("address", ["/f/hear/zh-hans/x/", "/f/hear/fr/talked/"])
def test_nothing_else_is_spoken(address):
    assert Client().get(address).status_code == 404


def test_no_sentence_has_room_for_a_name():
    for language in speaking.VOICES:
        with translation.override(language):
            for name in read_aloud.SENTENCES:
                assert not re.search(r"[%{}<>]", read_aloud.sentence(name)), name


@needs_voice
def test_the_check_in_offers_to_be_heard_without_script(db):
    page = Client().get(ask(make_cast(), clock.now(), "mengyao")[1]).content.decode()
    links = re.findall(r'<a class="say" href="(/f/hear/[^"]+)" aria-label="([^"]+)"', page)
    assert len(links) == 4
    assert "听：已通话" in [label for _href, label in links]
    assert all(Client().get(href).status_code == 200 for href, _label in links)


def test_without_the_program_there_is_no_ear(db, without_voice):
    page = Client().get(ask(make_cast(), clock.now(), "mengyao")[1]).content.decode()
    assert 'class="say"' not in page
    assert Client().get(HERE).status_code == 404

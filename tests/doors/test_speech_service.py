"""Pages are read by the county's voice service where one is named, through the guard of outgoing calls."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from core import clock
from delivery.services import speech
from tests.factories import familyview
from tests.speech_service import speech_service  # noqa: F401 - fixture
from uploads.rules import BadUpload


@pytest.fixture
def service(speech_service):  # noqa: F811
    return speech_service


@pytest.fixture
def at(db):
    return clock.now()


def test_the_service_gets_the_words_and_its_key(service):
    assert b"OggS" in speech.spoken("孩子很好。", "zh-hans")["audio/ogg"][:4]
    assert b"ftyp" in speech.spoken("孩子很好。", "zh-hans")["audio/mp4"][:12]
    ((path, headers, asked),) = service.asked  # the second time from memory
    assert path == "/v1/audio/speech"
    assert headers["Authorization"] == "Bearer secret"
    assert (asked["input"], asked["voice"]) == ("孩子很好。", "xiaoyi")


def test_a_private_host_that_the_environment_does_not_name_is_not_called(
    service, settings, without_voice
):
    settings.OUTGOING_PRIVATE_HOSTS = []
    with pytest.raises(BadUpload):
        speech.spoken("孩子很好。", "zh-hans")
    assert service.asked == []


def test_a_service_that_fails_is_no_broken_page(service, without_voice):
    service.status = 500
    with pytest.raises(BadUpload):
        speech.spoken("孩子很好。", "zh-hans")
    assert speech.can_speak("zh-hans")
    assert not speech.can_speak("fr")


@pytest.mark.django_db
def test_a_letter_is_read_without_espeak(service, cast, at, without_voice):
    familyview.fill(cast, at)
    mother, path = Client(), f"/f/children/{cast.students['mengyao'].pk}/"
    mother.force_login(cast.users["mother"])
    assert "data-aloud" in mother.get(path).content.decode()
    heard = mother.get(f"/f/aloud/voice/?{urlencode({'of': path, 'part': 0})}")
    assert heard.status_code == 200
    assert familyview.LETTER["good_news"] in service.asked[0][2]["input"]

"""The page on which a school records its sentences, and the ears that speak with them."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from delivery.models import SentenceVoice
from delivery.sentences.queries import sound_path
from doors.staff.sentences.queries import groups_of, sentence_named
from messaging.models import CheckIn
from tests.factories.files import as_file, wav
from tests.factories.sentences import LEAST, keep_sentence, say
from tests.messaging.test_family_pages import ask, tap

pytestmark = pytest.mark.django_db
LIST = reverse("staff:sentences", args=["zh-hans"])


def page_of(name: str, language: str = "zh-hans", page: str = "record_sentence") -> str:
    return reverse(f"staff:{page}", args=[language, name])


@pytest.fixture
def teacher(cast) -> Client:
    client = Client()
    client.force_login(cast.users["teacher"])
    return client


def recorded(teacher, cast, name=LEAST, **said):
    sentence = sentence_named(cast.school, "zh-hans", name)
    given = {
        "key": str(uuid4()),
        "words": sentence.words,
        "speaker": "李奶奶",
        "is_same": "on",
    } | said
    given.setdefault("voice", as_file(wav(), "voice.wav", "audio/wav"))
    return teacher.post(page_of(name), given)


def test_recorded_heard_and_removed(cast, teacher):
    assert "李奶奶" not in teacher.get(LIST).content.decode()
    assert recorded(teacher, cast).status_code == 302
    voice = SentenceVoice.objects.get()
    assert (voice.speaker, voice.kept_by) == ("李奶奶", cast.users["teacher"])
    page = teacher.get(LIST).content.decode()
    assert "李奶奶说的；张丽华存的" in page
    assert "录好了1句" in page
    heard = teacher.get(page_of(LEAST, page="sentence_voice"), {"as": "ogg"})
    assert heard.content.startswith(b"OggS")
    assert teacher.post(page_of(LEAST, page="remove_sentence")).status_code == 302
    assert not SentenceVoice.objects.exists()
    assert "录好了0句" in teacher.get(LIST).content.decode()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"voice": as_file(b"%PDF-1.7 no sound")}, "这不是录音"),
        ({"voice": as_file(wav(61), "voice.wav", "audio/wav")}, "最长 60 秒"),
        ({"voice": ""}, "先录"),
        ({"is_same": ""}, "先听一遍"),
        ({"speaker": " "}, "field-error"),
        ({"speaker": "李" * 41}, "field-error"),
        ({"key": "x"}, "重新打开"),
        ({"words": "别的话"}, "重新打开"),
    ],
)
def test_what_cannot_be_kept_is_said(cast, teacher, said, words):
    answer = recorded(teacher, cast, **said)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SentenceVoice.objects.exists()


def test_words_that_have_changed_are_asked_for_again(cast, teacher):
    own = keep_sentence(cast)
    SentenceVoice.objects.filter(pk=own.pk).update(words="从前的话")
    page = teacher.get(LIST).content.decode()
    assert "这句话后来改过" in page
    assert "录好了0句" in page
    recorded(teacher, cast)
    assert "这句话后来改过" not in teacher.get(LIST).content.decode()


def test_a_sentence_that_nobody_says_can_be_removed(cast, teacher):
    own = keep_sentence(cast)
    SentenceVoice.objects.filter(pk=own.pk).update(name="week-before")
    assert "已经不用的句子" in teacher.get(LIST).content.decode()
    assert teacher.post(page_of("week-before", page="remove_sentence")).status_code == 302
    assert not SentenceVoice.objects.exists()


@pytest.mark.parametrize(
    "address", [page_of("x"), page_of(LEAST, "fr"), LIST.replace("zh-hans", "fr")]
)
def test_of_what_is_no_sentence_there_is_no_page(teacher, address):
    assert teacher.get(address).status_code == 404


def test_the_list_costs_the_same_for_one_and_for_all(cast, teacher):
    names = [one.name for group in groups_of(cast.school, "zh-hans") for one in group.sentences]
    keep_sentence(cast, names[0])
    teacher.get(LIST)
    with CaptureQueriesContext(connection) as one:
        teacher.get(LIST)
    for name in names[1:6]:
        keep_sentence(cast, name)
    teacher.get(LIST)  # what the rail keeps for a while may have lapsed
    with CaptureQueriesContext(connection) as many:
        teacher.get(LIST)
    assert len(many) == len(one)


class TestEars:
    @pytest.fixture
    def link(self, cast) -> str:
        return ask(cast, clock.now(), "mengyao")[1]

    def ears(self, link) -> list[tuple[str, str]]:
        return self.ears_of(Client().get(link))

    def ears_of(self, answer) -> list[tuple[str, str]]:
        page = answer.content.decode()
        return re.findall(r'<a class="say" href="([^"]+)"( data-own="1")?', page)

    def test_the_recording_goes_before_every_other_voice(self, cast, link):
        own = keep_sentence(cast, "ear-talked")
        found = [href for href, is_own in self.ears(link) if is_own]
        assert found == [sound_path(own)]
        assert Client().get(found[0], {"as": "ogg"}).content.startswith(b"OggS")

    def test_it_is_heard_where_the_server_has_no_voice(self, cast, link, without_voice):
        assert self.ears(link) == []
        own = keep_sentence(cast, "ear-talked")
        assert self.ears(link) == [(sound_path(own), ' data-own="1"')]

    def test_another_schools_is_not(self, cast, link):
        say(cast.other_school, cast.users["far_teacher"], "ear-talked")
        assert not any(is_own for _href, is_own in self.ears(link))

    def test_each_that_can_be_recorded_is_heard_on_some_page(self, cast):
        """In one round of the weekly question: a mother who has talked, who has not, who needs help, and a
        grandmother who is asked about the children.
        """
        names = [one.name for group in groups_of(cast.school, "zh-hans") for one in group.sentences]
        ears = {name for name in names if name.startswith("ear-")}
        known = {sound_path(keep_sentence(cast, name)): name for name in ears}
        heard = set()
        client = Client()
        for days, answer in enumerate(("talked", "not_yet", "need_help")):
            first, path = ask(cast, clock.now() - timedelta(days=days), "mengyao")
            heard.update(self.ears(path))
            _key, page = tap(client, path, answer)
            heard.update(self.ears_of(page))
            heard.update(self.ears(f"{path}done/"))
        carers, path = ask(cast, clock.now(), "mengyao", adult="grandmother")
        CheckIn.objects.filter(pk=carers.pk).update(as_carer=True, first=first)
        heard.update(self.ears(path))
        assert {known[href] for href, is_own in heard if is_own} == ears

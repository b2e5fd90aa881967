"""A lesson read aloud by the school: kept with the lesson, heard by families instead of a machine."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from doors.family.aloud.text import parts_of
from learning import actions
from learning.models import LessonSent, LessonVoice
from tests.factories.files import as_file, noise, recording, wav
from tests.factories.learning import HEARD, files, let_out, load, recorded, sent, text, token_of
from tests.learning.test_pages import client_of
from uploads.models import Upload
from uploads.rules import VOICE_BYTES_PER_10_SECONDS

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(cast) -> LessonSent:
    return sent(cast)


def voice_file(data: bytes, name: str = "voice.wav"):
    return as_file(data, name, "audio/wav")


def keep(cast, row, who: str = "counsellor", **said):
    given = {"key": str(uuid4()), "language": "zh-hans", "is_same": "on"} | said
    if "voice" not in given:
        given["voice"] = voice_file(wav())
    url = reverse("learning:keep_voice", args=[row.lesson_id])
    return client_of(cast, who).post(url, given)


def link_of(row: LessonSent) -> str:
    return reverse("family_learning:link", args=[token_of(row)])


def sound_of(row: LessonSent, language: str = "zh-hans") -> str:
    return reverse("family_learning:link_voice", args=[token_of(row), language])


class TestKeeping:
    def test_kept_made_small_and_heard_by_the_family(self, cast, row):
        assert keep(cast, row, voice=voice_file(noise(10))).status_code == 302
        voice = LessonVoice.objects.get()
        assert (voice.kept_by, voice.language) == (cast.users["counsellor"], "zh-hans")
        sizes = [len(one.data) for one in voice.recording.contents.all()]
        assert len(sizes) == 2
        assert max(sizes) <= VOICE_BYTES_PER_10_SECONDS
        page = Client().get(link_of(row)).content.decode()
        assert sound_of(row) in page
        assert "陈敏念的" in page
        for said in HEARD.split("\n\n"):
            assert said in page  # the transcript stays
            assert not any(said in part for part in parts_of(page))  # no machine says it once more
        heard = Client().get(sound_of(row), {"as": "ogg"})
        assert heard["Content-Type"] == "audio/ogg"
        assert heard.content.startswith(b"OggS")

    def test_players_get_a_range_as_it_is(self, cast, row):
        recorded(cast, row.lesson)
        asked = {"Range": "bytes=0-99", "Accept-Encoding": "gzip"}
        part = Client().get(sound_of(row), {"as": "m4a"}, headers=asked)
        assert part.status_code == 206
        assert len(part.content) == 100
        assert not part.has_header("Content-Encoding")

    def test_sent_twice_it_is_one(self, cast, row):
        key = str(uuid4())
        for _time in range(2):
            assert keep(cast, row, key=key).status_code == 302
        assert LessonVoice.objects.count() == Upload.objects.count() == 1

    def test_the_same_page_again_with_another_language(self, cast, row):
        key = str(uuid4())
        for language in ("zh-hans", "en"):
            assert keep(cast, row, key=key, language=language).status_code == 302
        assert set(LessonVoice.objects.values_list("language", flat=True)) == {"zh-hans", "en"}
        assert Upload.objects.count() == 2

    def test_the_same_page_again_with_another_recording(self, cast, row):
        key = str(uuid4())
        keep(cast, row, key=key)
        assert keep(cast, row, key=key, voice=voice_file(noise(10))).status_code == 302
        assert LessonVoice.objects.get().recording.seconds == 10
        assert Upload.objects.count() == 1

    def test_a_later_one_takes_its_place(self, cast, row):
        keep(cast, row)
        first = LessonVoice.objects.get().recording_id
        keep(cast, row, who="principal", voice=voice_file(recording("webm"), "voice.webm"))
        voice = LessonVoice.objects.get()
        assert voice.kept_by == cast.users["principal"]
        assert not Upload.objects.filter(pk=first).exists()

    def test_longer_than_three_minutes(self, cast, row):
        answer = keep(cast, row, voice=voice_file(recording("ogg", 200), "voice.ogg"))
        assert answer.status_code == 422
        assert "这段录音太长" in answer.content.decode()
        assert not LessonVoice.objects.exists()

    @pytest.mark.parametrize(
        ("said", "words"),
        [
            ({"voice": as_file(b"%PDF-1.7 no sound")}, "这不是录音"),
            ({"voice": as_file(b"")}, "空"),
            ({"voice": voice_file(wav(loudness=0))}, "听不到声音"),
            ({"voice": ""}, "先录"),
            ({"is_same": ""}, "先听一遍"),
            ({"language": "fr"}, "field-error"),
            ({"key": "x"}, "field-error"),
        ],
    )
    def test_what_cannot_be_kept(self, cast, row, said, words):
        answer = keep(cast, row, **said)
        assert answer.status_code == 422
        assert words in answer.content.decode()
        assert not LessonVoice.objects.exists()

    def test_not_of_a_lesson_that_has_a_newer_version(self, cast, row):
        load(files(praise__zh_hans_md=text("夸，说得具体些")))
        assert keep(cast, row).status_code == 404


class TestHearing:
    def test_only_in_the_language_that_was_recorded(self, cast, row):
        recorded(cast, row.lesson, "en")
        page = Client().get(link_of(row)).content.decode()
        assert "data-say" in page
        assert sound_of(row) not in page
        assert Client().get(sound_of(row)).status_code == 404
        assert Client().get(sound_of(row, "en")).status_code == 200

    def test_taken_back_it_is_silent(self, cast, row):
        recorded(cast, row.lesson)
        actions.take_back(
            lesson=row.lesson,
            school=cast.school,
            reason="x",
            by=cast.users["principal"],
            at=clock.now(),
        )
        assert Client().get(sound_of(row)).status_code == 404
        client = Client()
        client.force_login(cast.users["mother"])
        url = reverse("family_learning:voice", args=[row.lesson_id, "zh-hans"])
        assert client.get(url).status_code == 404

    def test_a_forged_link_hears_nothing(self, cast, row):
        recorded(cast, row.lesson)
        assert Client().get(sound_of(row).replace("/voice/", "x/voice/")).status_code == 404

    def test_removed_the_phone_speaks_again(self, cast, row):
        recorded(cast, row.lesson)
        url = reverse("learning:remove_voice", args=[row.lesson_id, "zh-hans"])
        assert client_of(cast, "counsellor").post(url).status_code == 302
        assert not LessonVoice.objects.exists()
        assert not Upload.objects.exists()
        parts = parts_of(Client().get(link_of(row)).content.decode())
        assert HEARD.split("\n\n")[0] in parts[0]

    def test_another_school_does_not_hear_it(self, cast, row):
        recorded(cast, row.lesson)
        url = reverse("learning:voice", args=[row.lesson_id, "zh-hans"])
        assert client_of(cast, "teacher").get(url).status_code == 200
        assert client_of(cast, "far_teacher").get(url).status_code == 404

    def test_a_new_version_has_no_voice_yet(self, cast, row):
        recorded(cast, row.lesson)
        new = load(files(praise__zh_hans_md=text("夸，说得具体些")))["praise"]
        assert new.pk != row.lesson_id
        assert not LessonVoice.objects.filter(lesson=new).exists()


def test_teachers_listen_and_do_not_record(cast):
    lesson = let_out(cast)
    page = client_of(cast, "teacher").get(reverse("learning:lesson", args=[lesson.pk]))
    assert 'name="voice"' not in page.content.decode()
    page = client_of(cast, "counsellor").get(reverse("learning:lesson", args=[lesson.pk]))
    assert 'name="voice"' in page.content.decode()

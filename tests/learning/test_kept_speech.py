"""What a machine says of a lesson that was let out is kept: heard without saying it again, also where nothing
speaks any more.
"""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core import clock
from delivery.services import speech
from doors.family.aloud.text import parts_of
from guardians.models import Adult
from learning import actions
from learning.county import actions as county
from learning.models import KeptSpeech, Lesson, LessonSent
from learning.rules import LINK_STANDS_DAYS
from learning.tasks import keep_speech as task
from learning.voice import actions as voices
from learning.voice.actions import keep_speech
from learning.voice.queries import words_let_out
from learning.voice.words import digest_of, said
from tests.factories.learning import (
    class_lesson,
    county_reading,
    files,
    let_out,
    load,
    sent,
    text,
    token_of,
)
from tests.speech_service import speech_service  # noqa: F401 - fixture
from uploads import speaking
from uploads.rules import VOICE_BYTES_PER_10_SECONDS
from uploads.speaking import pieces

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def long_runs(monkeypatch):
    """Everything of two lessons in one run."""
    monkeypatch.setattr(voices, "PIECES_A_RUN", 12)


OPUS_RATE = 48_000  # in which Ogg counts, whatever the sound has


def link_of(row: LessonSent) -> str:
    return reverse("family_learning:link", args=[token_of(row)])


def sound_of(row: LessonSent, part: int, **more: str):
    asked = {"of": link_of(row), "part": part} | more
    return Client().get(f"{reverse('family:aloud_voice')}?{urlencode(asked)}")


def seconds(opus: bytes) -> float:
    last = opus.rfind(b"OggS")
    return int.from_bytes(opus[last + 6 : last + 14], "little") / OPUS_RATE


class TestKept:
    def test_every_piece_of_a_lesson_that_is_out_small_enough_for_its_family(self, cast):
        lesson = let_out(cast)
        both = [
            digest_of(words, language)
            for language in ("zh-hans", "en")
            for words in said(lesson.text(language), language)
        ]
        assert len(both) == 6
        assert task() == 6
        assert set(KeptSpeech.objects.values_list("digest", flat=True)) == set(both)
        for one in KeptSpeech.objects.all():
            tens = max(1, seconds(bytes(one.opus)) / 10)
            assert bytes(one.aac[4:8]) == b"ftyp"
            for sound in (one.opus, one.aac):
                assert len(sound) <= VOICE_BYTES_PER_10_SECONDS * tens
        assert task() == 0

    def test_nothing_of_what_nobody_has_read_and_nothing_for_a_class(self, cast):
        load()
        class_lesson(cast)
        assert keep_speech(at=clock.now()) == 0

    def test_read_by_the_county_alone_and_once_for_every_school(self, cast):
        county_reading(cast, load()["praise"])
        assert keep_speech(at=clock.now()) == 6
        let_out(cast)
        assert keep_speech(at=clock.now()) == 0

    def test_a_run_ends_and_the_next_goes_on(self, cast, monkeypatch):
        monkeypatch.setattr(voices, "PIECES_A_RUN", 4)
        let_out(cast)
        assert [keep_speech(at=clock.now()) for _run in range(3)] == [4, 2, 0]

    def test_two_at_once_say_nothing_twice(self, cast):
        let_out(cast)
        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, 0)", [voices.SPEAKING])
            assert keep_speech(at=clock.now()) == 0
            # Let go of here: the server ends a closed connection in its own time.
            cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [voices.SPEAKING])
        other.close()
        assert keep_speech(at=clock.now()) == 6

    def test_other_words_are_said_anew_and_what_nobody_says_goes(self, cast):
        lesson = sent(cast).lesson
        keep_speech(at=clock.now())
        KeptSpeech.objects.create(
            digest="0" * 64, language="en", speaker="x", opus=b"", aac=b"", made_at=clock.now()
        )
        new = load(files(praise__zh_hans_md=text("夸", heard="说一件小事。")))["praise"]
        assert keep_speech(at=clock.now()) == 0  # not read yet
        actions.let_out(lesson=new, school=cast.school, by=cast.users["counsellor"], at=clock.now())
        assert keep_speech(at=clock.now()) == 1
        assert not KeptSpeech.objects.filter(digest="0" * 64).exists()
        # Who was sent the older version can still open it.
        assert KeptSpeech.objects.count() == 7
        LessonSent.objects.filter(lesson=lesson).update(
            sent_at=clock.now() - timedelta(days=LINK_STANDS_DAYS + 1)
        )
        keep_speech(at=clock.now())
        assert KeptSpeech.objects.count() == 6

    def test_what_everybody_has_taken_back_goes(self, cast):
        lesson = let_out(cast)
        county_reading(cast, lesson)
        assert keep_speech(at=clock.now()) == 6
        by, at = cast.users["principal"], clock.now()
        actions.take_back(lesson=lesson, school=cast.school, reason="x", by=by, at=at)
        keep_speech(at=at)
        assert KeptSpeech.objects.count() == 6  # other schools have it by the county's word
        officer = cast.users["county"]
        county.take_back(county=cast.county, lesson=lesson, reason="x", by=officer, at=at)
        keep_speech(at=at)
        assert not KeptSpeech.objects.exists()

    def test_another_voice_takes_the_place_of_what_one_said_before(self, cast):
        let_out(cast)
        keep_speech(at=clock.now())
        KeptSpeech.objects.update(speaker="an older voice", opus=b"old")
        assert keep_speech(at=clock.now()) == 6
        assert set(KeptSpeech.objects.values_list("speaker", flat=True)) == {"espeak-ng"}
        assert not KeptSpeech.objects.filter(opus=b"old").exists()

    def test_a_service_that_is_away_takes_nothing_away(self, cast, settings):
        let_out(cast)
        keep_speech(at=clock.now())
        settings.SPEECH_URL = "http://127.0.0.1:9/v1/audio/speech"
        settings.OUTGOING_PRIVATE_HOSTS = ["127.0.0.1:9"]
        assert keep_speech(at=clock.now()) == 0
        assert set(KeptSpeech.objects.values_list("speaker", flat=True)) == {"espeak-ng"}

    def test_where_nothing_speaks_what_was_kept_stays(self, cast, without_voice):
        digest = digest_of(said(let_out(cast).text("en"), "en")[0], "en")
        row = {"language": "en", "speaker": "x", "opus": b"", "aac": b"", "made_at": clock.now()}
        KeptSpeech.objects.create(digest=digest, **row)
        KeptSpeech.objects.create(digest="0" * 64, **row)  # which no lesson says
        assert keep_speech(at=clock.now()) == 0
        assert KeptSpeech.objects.get().digest == digest

    def test_words_that_the_service_refuses_keep_no_others_waiting(self, cast, speech_service):  # noqa: F811
        lesson = let_out(cast)
        first = said(lesson.text("zh-hans"), "zh-hans")[0]
        speech_service.refuses = {speaking.spelled(first): 400}
        assert keep_speech(at=clock.now()) == 5
        assert not KeptSpeech.objects.filter(digest=digest_of(first, "zh-hans")).exists()

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_service_that_is_busy_or_broken_is_asked_once_a_run(
        self,
        cast,
        speech_service,  # noqa: F811
        status,
    ):
        let_out(cast)
        speech_service.status = status
        assert keep_speech(at=clock.now()) == 0
        assert len(speech_service.asked) == 1

    def test_a_run_that_lasts_begins_no_other_piece(self, cast, monkeypatch):
        monkeypatch.setattr(voices, "RUN_SECONDS", -1)
        let_out(cast)
        assert keep_speech(at=clock.now()) == 0

    def test_many_that_are_refused_keep_no_others_waiting(self, cast, speech_service, monkeypatch):  # noqa: F811
        monkeypatch.setattr(voices, "TRIES_A_RUN", 2)
        let_out(cast)
        at = clock.now()
        first = list(words_let_out(at))[:3]
        refused = [words for _language, words in list(words_let_out(at).values())[:3]]
        speech_service.refuses = dict.fromkeys(map(speaking.spelled, refused), 400)
        for minute in range(12):
            keep_speech(at=at + timedelta(minutes=minute))
        assert KeptSpeech.objects.count() == 3
        assert not KeptSpeech.objects.filter(digest__in=first).exists()


class TestHeard:
    """On a server without a voice, after a start."""

    @pytest.fixture
    def row(self, cast) -> LessonSent:
        row = sent(cast)
        keep_speech(at=clock.now())
        return row

    @pytest.fixture
    def silent(self, row, monkeypatch, tmp_path):
        monkeypatch.setenv("PATH", str(tmp_path))
        for known in (speaking.program, speaking.spoken, speech.spoken):
            known.cache_clear()
        yield
        speaking.program.cache_clear()

    def test_every_ear_of_the_page_is_heard(self, row, silent):
        html = Client().get(link_of(row)).content.decode()
        assert "data-aloud" in html
        parts = parts_of(html)
        assert len(parts) == 3
        for number, words in enumerate(parts):
            answer = sound_of(row, number)
            assert answer.content == bytes(
                KeptSpeech.objects.get(digest=digest_of(words, "zh-hans")).opus
            )
            assert sound_of(row, number, piece="1").status_code == 404  # behind the last
        assert sound_of(row, 0, **{"as": "m4a"})["Content-Type"] == "audio/mp4"

    def test_only_what_is_served_is_read_from_the_database(self, row, silent):
        """A player asks for many ranges of one sound."""
        with CaptureQueriesContext(connection) as asked:
            assert sound_of(row, 0, **{"as": "ogg"}).status_code == 200
        sound = [one["sql"] for one in asked if "learning_keptspeech" in one["sql"]]
        assert any('"opus"' in sql for sql in sound)
        assert not any('"aac"' in sql for sql in sound)

    def test_without_script_there_is_a_page_of_players(self, row, silent):
        html = Client().get(link_of(row)).content.decode()
        assert reverse("family:aloud") in html
        page = Client().get(f"{reverse('family:aloud')}?{urlencode({'of': link_of(row)})}")
        assert page.content.decode().count("<audio") == 3

    def test_taken_back_it_is_silent(self, cast, row, silent):
        by, at = cast.users["principal"], clock.now()
        actions.take_back(lesson=row.lesson, school=cast.school, reason="x", by=by, at=at)
        assert "data-aloud" not in Client().get(link_of(row)).content.decode()
        assert sound_of(row, 0).status_code == 404

    def test_where_a_piece_is_missing_there_is_no_ear(self, row, silent):
        heard = said(row.lesson.text("zh-hans"), "zh-hans")[0]
        KeptSpeech.objects.filter(digest=digest_of(heard, "zh-hans")).delete()
        assert "data-aloud" not in Client().get(link_of(row)).content.decode()
        assert sound_of(row, 0).status_code == 404

    def test_kept_it_is_not_said_again(self, row, monkeypatch):
        KeptSpeech.objects.update(opus=b"OggS kept")
        assert sound_of(row, 0).content == b"OggS kept"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_list_of_what_is_said_is_that_of_the_page(cast, language):
    """Of every lesson of ours: otherwise something kept would never be found."""
    actions.load_shipped(at=clock.now())
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(language=language)
    lessons = list(Lesson.objects.filter(pack="jiaqiao", place__isnull=False))
    assert len(lessons) >= 24
    by, at = cast.users["counsellor"], clock.now()
    for lesson in lessons:
        actions.let_out(lesson=lesson, school=cast.school, by=by, at=at)
        row = LessonSent.objects.create(
            school=cast.school, lesson=lesson, adult=cast.adults["mother"], sent_at=at
        )
        parts = parts_of(Client().get(link_of(row)).content.decode())
        on_the_page = [piece for words in parts for piece in pieces(words)]
        assert on_the_page == said(lesson.text(language), language), lesson.key

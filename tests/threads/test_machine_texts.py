"""Translations and transcripts of messages, against local servers that implement the documented formats."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions import choose_language
from accounts.models import User
from core import clock
from delivery.services import translation
from guardians.models import Adult
from messaging.models import Reply
from safeguarding import actions as safeguarding
from safeguarding.models import Concern
from tests.factories.threads import mother_writes, said, teacher_writes, text_in, voice_file
from tests.messaging.test_family_pages import ask, key_in, tap
from tests.providers.server import Say
from tests.providers.words import Transcriber, Translator
from threads import actions, family_presenters, queries, rules
from threads.models import MachineText, ThreadMessage
from threads.policies import get_place
from uploads.models import Upload

pytestmark = pytest.mark.django_db
Kind = MachineText.Kind
ENGLISH = "Does she still cough at night?"


@pytest.fixture
def translator(settings):
    with Translator() as found:
        settings.TRANSLATION_URL = found.url
        yield found


@pytest.fixture
def transcriber(settings):
    with Transcriber() as found:
        settings.TRANSCRIBE_URL = found.address
        settings.TRANSCRIBE_KEY, settings.TRANSCRIBE_MODEL = "geheim", "small"
        yield found


@pytest.fixture
def english_mother(cast):
    Adult.objects.filter(pk=cast.adults["mother"].pk).update(language="en")
    cast.adults["mother"].refresh_from_db()
    return cast.adults["mother"]


def run(later: timedelta = timedelta()) -> int:
    return actions.make_machine_texts(at=clock.now() + later)


def staff_page(
    cast, message: ThreadMessage, who: str = "teacher", language: str = "zh-hans"
) -> str:
    client = Client()
    client.force_login(cast.users[who])
    client.cookies["django_language"] = language
    return client.get(reverse("threads:thread", args=[message.thread_id])).content.decode()


def family_page(cast, message: ThreadMessage) -> str:
    client = Client()
    client.force_login(cast.users["mother"])
    return client.get(reverse("family_threads:thread", args=[message.thread_id])).content.decode()


class TestTranslation:
    def test_off_without_a_service(self, cast, english_mother):
        mother_writes(cast, ENGLISH)
        assert not MachineText.objects.exists()
        assert run() == 0

    def test_the_teacher_reads_it_beneath_the_words_and_marked(
        self, cast, english_mother, translator
    ):
        message = mother_writes(cast, ENGLISH)
        assert translator.asked == []  # the message does not wait for the service
        assert (run(), run()) == (1, 0)
        assert translator.texts() == [
            {"q": ENGLISH, "source": "en", "target": "zh", "format": "text"}
        ]
        made = message.machine_texts.get()
        assert (made.kind, made.language, made.text) == (Kind.TRANSLATION, "zh-hans", "ZH Does")
        assert made.service == translation.name()
        assert made.made_at
        page = staff_page(cast, message)
        assert page.index(ENGLISH) < page.index("机器翻译") < page.index("ZH Does")

    def test_the_family_reads_the_answer_in_its_language_with_the_words_a_tap_away(
        self, cast, english_mother, translator
    ):
        message = mother_writes(cast, ENGLISH)
        actions.say_from_school(
            thread=message.thread,
            said=said("昨晚没有咳嗽"),
            by=cast.users["teacher"],
            at=clock.now(),
        )
        assert run() == 2
        page = family_page(cast, message)
        assert (
            page.index("EN 昨晚没有")
            < page.index("Translated by machine")
            < page.index("Show the original words")
            < page.index("<p>昨晚没有咳嗽</p>")
        )
        assert "ZH Does" not in page  # nobody gets a translation of their own text

    def test_the_language_of_the_words_counts_not_that_of_the_pages(
        self, cast, english_mother, translator
    ):
        mother_writes(cast, "老师，她晚上还咳嗽吗？")
        mother_writes(cast, "👍 13893510001")
        teacher_writes(cast, text="OK, thank you!")
        assert not MachineText.objects.exists()

    def test_one_language_for_all_asks_nobody(self, cast, translator):
        mother_writes(cast)
        assert not MachineText.objects.exists()

    def test_a_teacher_who_chose_english_reads_chinese_words_in_english(self, cast, translator):
        teacher = cast.users["teacher"]
        choose_language(user=teacher, language="en")
        message = mother_writes(cast)
        assert run() == 1
        assert "EN " not in staff_page(cast, message)  # this device is set to Chinese
        assert "Translated by machine" in staff_page(cast, message, language="en")

    def test_a_text_by_phone_is_translated_too(self, cast, english_mother, translator):
        text_in(cast, ENGLISH)
        actions.land_incoming(at=clock.now())
        assert run() == 1

    def test_a_service_that_fails_is_asked_again_and_not_for_ever(
        self, cast, english_mother, translator
    ):
        message = mother_writes(cast, ENGLISH)
        translator.default = Say(status=500)
        assert (run(), run()) == (0, 0)
        assert len(translator.asked) == 1  # the second run came too early
        for day in range(1, rules.MACHINE_ATTEMPTS + 3):
            run(timedelta(days=day))
        assert len(translator.asked) == rules.MACHINE_ATTEMPTS
        assert message.machine_texts.get().has_ended
        page = staff_page(cast, message)
        assert page.index(ENGLISH) < page.index("没能翻译")

    def test_what_fails_does_not_hold_up_the_others(self, cast, english_mother, translator):
        mother_writes(cast, ENGLISH)
        mother_writes(cast, "Thank you")
        translator.says = [Say(status=500)]
        assert run() == 0
        assert run(timedelta(seconds=15)) == 1

    def test_an_answer_of_no_use_is_its_rows_own_and_holds_up_no_other(
        self, cast, english_mother, translator
    ):
        first = mother_writes(cast, ENGLISH)
        mother_writes(cast, "Thank you")
        translator.says = [Say(body="<html>sign in</html>")]
        assert run() == 1
        assert first.machine_texts.get().attempts == 1
        for day in range(1, rules.MACHINE_ATTEMPTS + 1):
            translator.says = [Say(body="[]")]
            run(timedelta(days=day))
        assert first.machine_texts.get().has_ended

    def test_a_service_that_cannot_be_reached_ends_the_run(
        self, cast, english_mother, translator, settings
    ):
        mother_writes(cast, ENGLISH)
        mother_writes(cast, "Thank you")
        settings.TRANSLATION_URL = "http://127.0.0.1:9"
        assert run() == 0
        assert sorted(MachineText.objects.values_list("attempts", flat=True)) == [0, 1]

    @pytest.mark.parametrize(
        "body",
        [
            "<html>sign in</html>",
            '{"translatedText": "  "}',
            '{"translatedText": 7}',
            '{"translatedText": "a\\u0000b"}',
            '{"translatedText": "\\u202egnp.exe"}',
            '{"translatedText": "%s"}' % ("ha" * 400),
            '{"translatedText": "%s"}' % ("x" * 2_000_000),
            '["x"]',
        ],
    )
    def test_an_answer_that_is_no_translation_is_refused(
        self, cast, english_mother, translator, body
    ):
        mother_writes(cast, ENGLISH)
        translator.says = [Say(body=body)]
        assert run() == 0
        assert MachineText.objects.get().attempts == 1
        assert run(timedelta(days=1)) == 1

    def test_a_host_of_the_own_network_must_be_named(
        self, cast, english_mother, translator, settings
    ):
        mother_writes(cast, ENGLISH)
        settings.OUTGOING_PRIVATE_HOSTS = []
        assert run() == 0
        assert translator.asked == []

    def test_a_message_taken_back_into_the_tray_takes_it_along(
        self, cast, english_mother, translator
    ):
        from tests.factories.threads import in_the_tray

        routing = in_the_tray(cast, ENGLISH)
        teacher = cast.users["teacher"]
        actions.assign(routing=routing, adult=english_mother, by=teacher, at=clock.now())
        assert run() == 1
        routing.refresh_from_db()
        assert actions.put_back(routing=routing, by=teacher, at=clock.now())
        assert not MachineText.objects.exists()


class TestTranscript:
    def test_off_without_a_service(self, cast):
        mother_writes(cast, "", voice=voice_file())
        assert not MachineText.objects.exists()

    def test_stands_beneath_the_sound_and_says_what_it_is(self, cast, transcriber):
        message = mother_writes(cast, "", voice=voice_file())
        assert transcriber.asked == []
        assert (run(), run()) == (1, 0)
        page = staff_page(cast, message)
        assert page.index("<audio") < page.index("机器写下来的") < page.index(transcriber.words)
        made = message.machine_texts.get()
        assert (made.kind, made.text) == (Kind.TRANSCRIPT, transcriber.words)
        assert made.service.startswith("small 127.0.0.1:")

    def test_the_service_learns_the_sound_and_its_language_alone(self, cast, transcriber):
        message = mother_writes(cast, "请听", voice=voice_file())
        run()
        (asked,), (form,) = transcriber.asked, transcriber.forms()
        assert asked.headers["authorization"] == "Bearer geheim"
        ogg = bytes(message.voice.contents.get(content_type="audio/ogg").data)
        assert form == {
            "file": ("voice.ogg", ogg),
            "model": (None, b"small"),
            "language": (None, b"zh"),
            "response_format": (None, b"json"),
        }

    def test_only_who_may_hear_may_read_and_the_family_has_its_voice(self, cast, transcriber):
        message = mother_writes(cast, "", voice=voice_file())
        run()
        assert transcriber.words not in family_page(cast, message)
        assert transcriber.words not in staff_page(cast, message, "counsellor")
        assert transcriber.words in staff_page(cast, message)

    def test_a_teachers_voice_is_not_written_down(self, cast, transcriber):
        teacher_writes(cast, text="", voice=voice_file())
        assert not MachineText.objects.exists()

    def test_is_translated_where_the_teacher_reads_another_language(
        self, cast, transcriber, translator
    ):
        User.objects.filter(pk=cast.users["teacher"].pk).update(language="en")
        cast.users["teacher"].refresh_from_db()
        message = mother_writes(cast, "", voice=voice_file())
        assert run() == 2  # the translator runs after the transcriber
        page = staff_page(cast, message, language="en")
        assert page.index("<audio") < page.index(transcriber.words) < page.index("EN 梦瑶这几")

    @pytest.mark.parametrize(
        "body", ["<html>", '{"text": ""}', '{"text": "%s"}' % ("好" * 200), '{"words": "x"}']
    )
    def test_an_answer_that_is_no_transcript_is_refused(self, cast, transcriber, body):
        mother_writes(cast, "", voice=voice_file())
        transcriber.says = [Say(body=body)]
        assert run() == 0
        assert run(timedelta(days=1)) == 1

    def test_nothing_is_promised_once_the_service_is_gone(self, cast, transcriber, settings):
        message = mother_writes(cast, "", voice=voice_file())
        assert "正在写成文字" in staff_page(cast, message)
        settings.TRANSCRIBE_URL = ""
        page = staff_page(cast, message)
        assert "<audio" in page
        assert "正在写成文字" not in page

    def test_a_voice_without_sound_holds_up_no_other(self, cast, transcriber):
        silent = mother_writes(cast, "", voice=voice_file())
        mother_writes(cast, "", voice=voice_file())
        silent.voice.contents.all().delete()
        assert run() == 1
        assert silent.machine_texts.get().has_ended

    def test_asks_outside_any_transaction(self, cast, transcriber, monkeypatch):
        mother_writes(cast, "", voice=voice_file())
        depth, inside = len(connection.savepoint_ids), []
        answer = transcriber.answer

        def looks(asked):
            inside.append(len(connection.savepoint_ids))
            return answer(asked)

        monkeypatch.setattr(transcriber, "answer", looks)
        assert run() == 1
        assert inside == [depth]

    def test_goes_with_the_sound(self, cast, transcriber):
        message = mother_writes(cast, "", voice=voice_file())
        run()
        Upload.objects.filter(pk=message.voice_id).delete()
        assert not MachineText.objects.exists()


class TestAHumanEarFirst:
    @pytest.fixture
    def voice(self, cast, transcriber):
        return mother_writes(cast, "", voice=voice_file(), calls_for_help=True)

    def test_a_voice_beside_i_need_help_waits_until_somebody_has_listened(
        self, cast, voice, transcriber
    ):
        assert run() == 0
        assert "请先听" in staff_page(cast, voice)
        assert transcriber.asked == []
        client = Client()
        client.force_login(cast.users["teacher"])
        client.get(reverse("threads:file", args=[voice.pk, "voice"])).getvalue()
        assert run() == 1
        assert transcriber.words in staff_page(cast, voice)

    def test_the_speakers_own_ear_is_not_enough(self, cast, voice, transcriber):
        actions.note_heard(message=voice, adult=cast.adults["father"], at=clock.now())
        assert run() == 0

    def test_so_does_what_follows_the_call_for_help(self, cast, voice, transcriber):
        actions.say_from_family(
            thread=voice.thread,
            adult=cast.adults["mother"],
            said=said("", voice=voice_file()),
            by=None,
            at=clock.now() + timedelta(hours=1),
        )
        assert run(timedelta(hours=2)) == 0

    def test_and_what_stands_already_is_hidden_again(self, cast, transcriber):
        message = mother_writes(cast, "", voice=voice_file())
        run()
        mother_writes(cast, "帮帮我们", calls_for_help=True)
        page = staff_page(cast, message)
        assert "请先听" in page
        assert transcriber.words not in page

    @pytest.mark.parametrize(
        ("hours", "waits"), [(-25, False), (-23, True), (0, True), (23, True), (25, False)]
    )
    def test_within_a_day_of_the_call_for_help(self, cast, transcriber, hours, waits):
        called = mother_writes(cast, "帮帮我们", calls_for_help=True)
        actions.say_from_family(
            thread=called.thread,
            adult=cast.adults["mother"],
            said=said("", voice=voice_file()),
            by=None,
            at=called.at + timedelta(hours=hours),
        )
        assert run(timedelta(days=3)) == (0 if waits else 1)

    def test_of_a_check_in_too_until_it_is_heard_at_the_concern(self, client, cast, transcriber):
        at = clock.now()
        _check_in, path = ask(cast, at, "mengyao")
        tap(client, path, "need_help")
        key = key_in(client.get(path + "more/"))
        client.post(path + "more/", {"key": key, "voice": voice_file()})
        actions.land_replies(at=at)
        safeguarding.run_intake(at=at)
        assert MachineText.objects.filter(kind=Kind.TRANSCRIPT).count() == 1
        assert run() == 0
        assert transcriber.asked == []
        concern, reply = Concern.objects.get(), Reply.objects.get(voice__isnull=False)
        staff = Client()
        staff.force_login(cast.users["teacher"])
        staff.get(reverse("safeguarding:voice", args=[concern.pk, reply.pk])).getvalue()
        assert run() == 1

    def test_another_answer_of_a_check_in_needs_none(self, client, cast, transcriber):
        at = clock.now()
        _check_in, path = ask(cast, at, "mengyao")
        tap(client, path, "not_yet")
        key = key_in(client.get(path + "more/"))
        client.post(path + "more/", {"key": key, "voice": voice_file()})
        actions.land_replies(at=at)
        assert run() == 1


def test_nothing_is_concluded_from_what_a_machine_wrote(cast, transcriber):
    """A transcript has no effect, even with words that would raise a concern or stop messages if a person
    wrote them.
    """
    transcriber.words = "救命，孩子发烧要请假，退订"
    message = mother_writes(cast, "", voice=voice_file())
    assert run() == 1
    at = clock.now()
    safeguarding.run_intake(at=at)
    actions.land_incoming(at=at)
    assert not Concern.objects.exists()
    teacher, mother = cast.users["teacher"], cast.adults["mother"]
    on = timezone.localdate(at)
    asked = {"user": teacher, "on": on, "school_id": cast.school.pk, "text": "请假", "limit": 1}
    assert not queries.search(**asked)
    context = family_presenters.talk([mother], get_place([mother], message.thread_id, on), at, "")
    assert context["leave_url"] == ""
    message.refresh_from_db()
    assert (message.text, message.calls_for_help) == ("", False)
    mother.refresh_from_db()
    assert mother.opted_out_at is None
    # If she had written it herself, search and the offer of leave would both react to the words.
    written = mother_writes(cast, transcriber.words)
    assert queries.search(**asked)
    context = family_presenters.talk([mother], get_place([mother], written.thread_id, on), at, "")
    assert context["leave_url"]

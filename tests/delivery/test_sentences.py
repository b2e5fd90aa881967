"""Sentences in the local dialect: which they are, what a call carries, what is heard without one."""

from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings as project
from django.test import Client

from calls.joining import actions as joining
from core import clock
from delivery import dispatch
from delivery.channels import demo_call
from delivery.dispatch.facts import read_facts
from delivery.models import OutboxMessage, SentenceVoice, VoiceCall
from delivery.sentences import actions
from delivery.sentences.queries import signer, sound_path
from doors.staff.sentences.queries import groups_of, no_longer_said
from guardians.models import ContactPoint
from messaging.models import CheckIn
from messaging.telephone import question_call
from nights.telephone import at_home_call, nearby_call, village_call
from safeguarding.telephone import alert_call
from schools.models import School
from tests.delivery.test_by_telephone import asked, key_of
from tests.factories.calls import make_phone, make_slot
from tests.factories.sentences import LEAST, keep_sentence
from uploads.models import Upload, UploadContent
from uploads.rules import VOICE_BYTES_PER_10_SECONDS

LANGUAGES = [code for code, _name in project.LANGUAGES]


@pytest.fixture
def account(make_account, voice):
    return make_account("voice", voice)


@pytest.fixture
def point(cast) -> ContactPoint:
    ContactPoint.objects.filter(adult=cast.adults["mother"]).update(by_call=True)
    return ContactPoint.objects.get(adult=cast.adults["mother"])


def fixed(school, language) -> set[str]:
    groups = groups_of(school, language)
    return {one.words for group in groups for one in group.sentences}


def steps_of(voice, message) -> dict:
    return voice.calls[key_of(message)]["script"]["steps"]


class TestWhichSentences:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_none_names_a_child_or_has_room_for_a_name(self, cast, language):
        for words in fixed(cast.school, language):
            assert "%" not in words
            assert "{" not in words
            assert not any(child.given_name in words for child in cast.students.values())

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_each_is_there_once_and_named_within_its_column(self, cast, language):
        groups = groups_of(cast.school, language)
        names = [one.name for group in groups for one in group.sentences]
        words = [one.words for group in groups for one in group.sentences]
        assert len(names) == len(set(names)) == len(words) == len(set(words)) > 40
        assert max(map(len, names)) <= SentenceVoice._meta.get_field("name").max_length

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_calls_of_an_evening_and_alerts_say_nothing_else(self, cast, language):
        school = cast.school.name
        scripts = [
            at_home_call(language, school),
            nearby_call(language, school, 1),
            village_call(language, school),
            alert_call(language),
        ]
        said = {step.say for script in scripts for step in script.steps}
        assert said <= fixed(cast.school, language)
        several = nearby_call(language, school, 3).steps[0].say
        assert several not in fixed(cast.school, language)

    @pytest.mark.parametrize("agreed", ["", "7"])
    @pytest.mark.parametrize("as_carer", [True, False])
    def test_the_question_says_them_but_where_it_names_a_child(
        self, cast, account, point, at, agreed, as_carer
    ):
        """As it really is, of one child and of several, with what a child may tell and choose."""
        message = asked(cast, at)
        CheckIn.objects.filter(pk=message.about_id).update(as_carer=as_carer)
        ContactPoint.objects.filter(pk=point.pk).update(agreed_key=agreed)
        (row,) = read_facts([message.pk], at)
        script = question_call(row, point.pk, at)
        names = {child.given_name for child in cast.students.values()}
        others = {
            step.say for step in script.steps if step.say not in fixed(cast.school, row.language)
        }
        assert others if agreed else not others
        assert all(any(name in words for name in names) for words in others)


class TestACall:
    def test_it_carries_the_recording_beside_the_words(self, cast, account, voice, point, at):
        own = keep_sentence(cast)
        message = asked(cast, at)
        said = steps_of(voice, message)
        assert said["said_1"]["say"] == own.words
        assert said["said_1"]["sound"] == f"{project.PUBLIC_URL}{sound_path(own)}"
        assert [name for name, step in said.items() if "sound" in step] == ["said_1"]
        heard = Client().get(urlsplit(said["said_1"]["sound"]).path, {"as": "ogg"})
        assert heard["Content-Type"] == "audio/ogg"
        assert heard.content == _bytes(own)

    def test_other_words_than_those_recorded_are_said_by_the_standard_voice(
        self, cast, account, voice, point, at
    ):
        own = keep_sentence(cast)
        SentenceVoice.objects.filter(pk=own.pk).update(words=own.words + "。")
        assert not any("sound" in step for step in steps_of(voice, asked(cast, at)).values())

    def test_another_schools_recording_is_not_heard_here(self, cast, account, voice, point, at):
        own = keep_sentence(cast)
        SentenceVoice.objects.filter(pk=own.pk).update(school=cast.other_school)
        assert not any("sound" in step for step in steps_of(voice, asked(cast, at)).values())

    def test_both_legs_of_a_call_that_joins(self, cast, make_account, voice, at):
        make_account("voice", voice, fen=10)
        phone = make_phone(cast.school, rings_at="+869355112233")
        make_slot(phone, cast.students["mengyao"], cast.adults["mother"], at, join_key="6")
        child, parent = (
            keep_sentence(cast, "join-child_join"),
            keep_sentence(cast, "join-parent_agree"),
        )
        joining.ring(at=at)
        dispatch.drain()
        message = OutboxMessage.objects.get(kind="join")
        legs = [leg["script"]["steps"] for leg in voice.calls[key_of(message)]["legs"]]
        assert legs[0]["join"]["sound"].endswith(sound_path(child))
        assert legs[1]["agree"]["sound"].endswith(sound_path(parent))
        assert "sound" not in legs[0]["ready"]  # it says the time

    def test_the_demo_phone_plays_it(self, cast, point, at, client):
        School.objects.filter(pk=cast.school.pk).update(is_demo=True)
        own = keep_sentence(cast)
        sound = _bytes(own)
        message = asked(cast, at)
        call = VoiceCall.objects.get(channel=demo_call.KIND)
        assert call.idempotency_key == message.idempotency_key
        client.force_login(cast.users["teacher"])
        address = f"/check-ins/demo-phone/calls/{call.pk}/said_1/"
        assert client.get(address, {"as": "ogg"}).content == sound
        actions.remove(voice=own)
        assert client.get(address, {"as": "ogg"}).content != sound


def _bytes(own: SentenceVoice) -> bytes:
    rows = UploadContent.objects.filter(upload=own.recording, content_type="audio/ogg")
    return bytes(rows.get().data)


class TestTheAddress:
    def test_it_stays_the_same_and_the_next_recording_has_another(self, cast):
        first = keep_sentence(cast)
        address = sound_path(first)
        assert sound_path(SentenceVoice.objects.get()) == address
        second = keep_sentence(cast, key=uuid4())
        assert sound_path(second) != address
        assert Client().get(address).status_code == 404
        kept = Client().get(sound_path(second))["Cache-Control"]
        assert kept == f"private, max-age={30 * 24 * 3600}"

    @pytest.mark.parametrize("token", ["x", "1", "1:x", "0:0", ":"])
    def test_nobody_guesses_it(self, cast, token):
        keep_sentence(cast)
        assert Client().get(f"/hooks/sentences/{token}/").status_code == 404

    def test_a_signed_number_of_another_recording_opens_nothing(self, cast):
        """An upload that is no sentence: a child's voice, say."""
        own = keep_sentence(cast)
        other = Upload.objects.create(
            school=cast.school, kind="voice", created_by=own.kept_by, created_at=clock.now()
        )
        assert Client().get(f"/hooks/sentences/{signer.sign(str(other.pk))}/").status_code == 404


class TestKeeping:
    def test_small_enough_for_a_slow_line(self, cast):
        sizes = [len(one.data) for one in keep_sentence(cast).recording.contents.all()]
        assert len(sizes) == 2
        assert max(sizes) <= VOICE_BYTES_PER_10_SECONDS

    def test_sent_twice_it_is_one(self, cast):
        key = uuid4()
        assert keep_sentence(cast, key=key) == keep_sentence(cast, key=key)
        assert SentenceVoice.objects.count() == Upload.objects.count() == 1

    def test_sent_again_it_is_of_whom_it_says_last(self, cast):
        key = uuid4()
        keep_sentence(cast, key=key, speaker="李奶奶")
        again = keep_sentence(cast, key=key, speaker="王奶奶")
        assert SentenceVoice.objects.get().speaker == again.speaker == "王奶奶"

    def test_a_later_one_takes_its_place_with_its_sound(self, cast):
        keep_sentence(cast)
        second = keep_sentence(cast, speaker="王校长")
        assert SentenceVoice.objects.get() == second
        assert Upload.objects.get() == second.recording

    def test_removed_it_is_gone_with_its_sound(self, cast):
        actions.remove(voice=keep_sentence(cast))
        assert not SentenceVoice.objects.exists()
        assert not Upload.objects.exists()

    def test_who_replaced_and_removed_it_stays_on_record_and_who_spoke_does_not(self, cast):
        keep_sentence(cast, speaker="李奶奶")
        actions.remove(voice=keep_sentence(cast, key=uuid4(), speaker="王校长"))
        history = apps.get_model("delivery", "SentenceVoiceEvent").objects.order_by("pgh_id")
        told = list(history.values_list("pgh_label", "name", "kept_by"))
        teacher = cast.users["teacher"].pk
        assert [label for label, _name, _by in told] == ["insert", "delete", "insert", "delete"]
        assert {(name, by) for _label, name, by in told} == {(LEAST, teacher)}
        assert not {"speaker", "recording"} & {one.name for one in history.model._meta.fields}

    def test_of_a_sentence_that_is_said_no_more_it_can_still_be_removed(self, cast):
        own = keep_sentence(cast)
        SentenceVoice.objects.filter(pk=own.pk).update(name="week-of_before")
        groups = groups_of(cast.school, "zh-hans")
        assert no_longer_said(groups, cast.school, "zh-hans") == [own]

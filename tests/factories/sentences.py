"""Sentences of calls, said by somebody of the place."""

from uuid import uuid4

from core import clock
from delivery.models import SentenceVoice
from delivery.sentences import actions
from delivery.sentences.queries import sound_path
from doors.staff.sentences.queries import sentence_named
from schools.models import School
from tests.factories.cast import Cast
from tests.factories.files import as_file, noise

LEAST = "week-said_1"  # "That is good to hear. Thank you, goodbye."


def say(school: School, by, name: str = LEAST, language: str = "zh-hans", **more) -> SentenceVoice:
    sentence = sentence_named(school, language, name)
    assert sentence is not None
    facts = {"words": sentence.words, "speaker": "李奶奶", "key": uuid4()} | more
    return actions.keep(
        school=school,
        language=language,
        name=name,
        file=as_file(noise(2), "voice.wav", "audio/wav"),
        by=by,
        at=clock.now(),
        **facts,
    )


def keep_sentence(cast: Cast, name: str = LEAST, **more) -> SentenceVoice:
    return say(cast.school, cast.users["teacher"], name, **more)


def matrix_objects(cast: Cast, name: str) -> dict:
    if "sentence" not in name:
        return {}
    voice = keep_sentence(cast)
    given = {"language": voice.language, "name": voice.name}
    return given | {"token": sound_path(voice).split("/")[-2]}

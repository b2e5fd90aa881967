"""The sentences that a school has recorded, and the address at which a gateway or phone fetches one."""

from dataclasses import replace

from django.core.signing import BadSignature, Signer
from django.db.models import QuerySet
from django.urls import reverse

from core import walls
from core.prepared import Question, prepared
from delivery.links import url_for
from delivery.sentences.models import SentenceVoice
from delivery.voice.rules import Script

signer = Signer(salt="sentence-voice")


def voices_of(school_id: int, language: str) -> QuerySet[SentenceVoice]:
    """Return the recordings without the sound: some dozen rows at most."""
    return SentenceVoice.objects.filter(school=school_id, language=language).order_by("pk")


def voices_by_words(school_id: int, language: str) -> dict[str, SentenceVoice]:
    """Return the recordings by their words. Every page with an ear calls this."""
    return {voice.words: voice for voice in _voices(school_id=school_id, language=language)}


def voices_question(school_id: int, language: str) -> Question:
    """Return the query that `voices_by_words` runs as soon as a page behind a link reaches only this school.

    It names the school itself, so it finds the same rows while a link is looked up among all schools.
    """
    with walls.within([school_id]):
        return _voices.question(school_id=school_id, language=language)


@prepared
def _voices(*, school_id, language) -> QuerySet[SentenceVoice]:
    return voices_of(school_id, language)


def sound_path(voice: SentenceVoice) -> str:
    """Return an address that nobody can guess, for a gateway or a phone behind a link, which sign in nowhere.

    It stays the same as long as the recording does, so it may be cached. Another recording has another
    address.
    """
    return reverse("hooks:sentence", args=[signer.sign(str(voice.recording_id))])


def recording_named_by(token: str) -> int | None:
    try:
        return int(signer.unsign(token))
    except (BadSignature, ValueError):
        return None


def with_sounds(script: Script | None, school_id: int) -> Script | None:
    """Return the script with the sound's address in each step that the school has recorded. One query."""
    if script is None:
        return None
    known = voices_by_words(school_id, script.language)
    steps = (
        replace(step, sound=url_for(path=sound_path(known[step.say])))
        if step.say in known
        else step
        for step in script.steps
    )
    return replace(script, steps=tuple(steps))

"""Speech: by a voice service that the environment names, else by `espeak-ng` on this machine.

The service is called in the form of /v1/audio/speech. It gets the text of letters and messages, so it belongs
on the county's own server. Connections go through delivery's guard.
"""

from functools import lru_cache
from http import HTTPStatus

import structlog
from django.conf import settings
from django.core.files.base import ContentFile

from delivery.channels.base import Failure, LostReply, PermanentFailure, TemporaryFailure
from delivery.channels.http import FILE_BYTES, reply_to
from uploads import speaking
from uploads.presenters import bad_upload
from uploads.remaking import remake_voice
from uploads.rules import Trouble

# recordings in this process, for players that fetch one in parts; older ones are made again
KEPT = 24
SPEAKER_CHARS = 120
SECONDS = 20.0  # for a piece of PIECE_CHARS

log = structlog.get_logger(__name__)


def can_speak(language: str) -> bool:
    if settings.SPEECH_URL:
        return language in speaking.VOICES
    return speaking.can_speak(language)


def speaker() -> str:
    """Return whose voice is in use now."""
    if not settings.SPEECH_URL:
        return "espeak-ng"
    return f"{settings.SPEECH_MODEL} {settings.SPEECH_VOICE}"[:SPEAKER_CHARS]


def say(words: str, language: str) -> dict[str, bytes]:
    """Return content type → bytes, Opus and AAC, only in the voice of `speaker`.

    Raises BadUpload, PermanentFailure if the service does not say this text, or another Failure if it is
    away.
    """
    if not settings.SPEECH_URL:
        return speaking.spoken_once(words, language)
    asked = {
        "model": settings.SPEECH_MODEL,
        "voice": settings.SPEECH_VOICE,
        "input": speaking.spelled(words),
        "response_format": "wav",
    }
    key = {"Authorization": f"Bearer {settings.SPEECH_KEY}"} if settings.SPEECH_KEY else {}
    reply = reply_to(
        "POST", settings.SPEECH_URL, SECONDS, json=asked, headers=key, most_bytes=FILE_BYTES
    )
    if reply.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise TemporaryFailure("provider_busy", "429")
    if HTTPStatus.BAD_REQUEST <= reply.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        cause = "unexpected_answer"
        raise PermanentFailure(cause, str(reply.status_code), is_about_address=False)
    if reply.status_code != HTTPStatus.OK:
        raise LostReply("unexpected_answer", str(reply.status_code))
    return dict(remake_voice(ContentFile(reply.content)).contents)


@lru_cache(maxsize=KEPT)
def spoken(words: str, language: str) -> dict[str, bytes]:
    """Return the same, but in the other voice if the service is away. Raises BadUpload if no voice could say
    it.
    """
    try:
        return say(words, language)
    except Failure as failure:
        log.warning("speech_service_failed", cause=failure.cause)
        if speaking.can_speak(language):
            return speaking.spoken_once(words, language)
        raise bad_upload(Trouble.VOICE_BROKEN) from None

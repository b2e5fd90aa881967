"""Transcribes voice notes, with a service in the form of /v1/audio/transcriptions.

It is off if settings.TRANSCRIBE_URL is empty. Call it outside any transaction. The service gets the sound and
its language: no name, no number, nothing else about anybody.
https://platform.openai.com/docs/api-reference/audio/createTranscription
"""

from django.conf import settings
from urllib3.filepost import encode_multipart_formdata

from delivery.channels.base import PermanentFailure
from delivery.channels.http import parsed, request
from delivery.services.answers import host_of, words_in
from uploads.models import Upload
from uploads.rules import VOICE_SECONDS

TIMEOUT_SECONDS = 60.0  # three minutes of speech on a server without a graphics card
REPLY_BYTES = 100_000
CONTENT_TYPE = "audio/ogg"
# Fast Chinese has six characters a second, fast English some twenty letters. More means a model that repeats
# itself.
CHARS_PER_SECOND = 30
# Our codes → ISO 639-1 codes.
CODES = {"zh-hans": "zh", "en": "en"}


def is_offered() -> bool:
    return bool(settings.TRANSCRIBE_URL)


def name() -> str:
    return f"{settings.TRANSCRIBE_MODEL} {host_of(settings.TRANSCRIBE_URL)}"


def written_down(voice: Upload, language: str) -> str:
    """Return what is said in `voice`. Raises a Failure."""
    sound = voice.contents.filter(content_type=CONTENT_TYPE).values_list("data", flat=True).first()
    if sound is None or not voice.seconds or voice.seconds > VOICE_SECONDS:
        raise PermanentFailure("no_sound")
    fields = {
        "file": ("voice.ogg", bytes(sound), CONTENT_TYPE),
        "model": settings.TRANSCRIBE_MODEL,
        "language": CODES.get(language, language),
        "response_format": "json",
    }
    content, content_type = encode_multipart_formdata(fields)
    headers = {"Content-Type": content_type}
    if settings.TRANSCRIBE_KEY:
        headers["Authorization"] = f"Bearer {settings.TRANSCRIBE_KEY}"
    reply = request(
        "POST",
        settings.TRANSCRIBE_URL,
        TIMEOUT_SECONDS,
        content=content,
        headers=headers,
        most_bytes=REPLY_BYTES,
    )
    return words_in(parsed(reply), "text", CHARS_PER_SECOND * (voice.seconds + 1))

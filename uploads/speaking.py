"""Text spoken by `espeak-ng`, for phones whose browser has no voice or no script.

The program runs as a separate process on this machine and may be missing; then we offer no sound. `spoken`
keeps our own sentences and the questions of a questionnaire in memory. `spoken_once` keeps nothing: it is for
the text of letters and messages (delivery.services.speech, doors/family/aloud).
"""

import re
import shutil
import subprocess
from functools import cache, lru_cache

import structlog
from django.core.files.base import ContentFile

from uploads.presenters import bad_upload
from uploads.remaking import remake_voice
from uploads.rules import Trouble

# Django's language → espeak-ng's voice. Other languages are not offered.
VOICES = {"zh-hans": "cmn", "en": "en"}
WORDS_PER_MINUTE = "135"  # espeak-ng's default is 175, but many listeners speak a dialect at home
SECONDS_AT_MOST = 10
# 110, 12356, 138 9351 0003, 0935-5121100: numbers to call, read digit by digit. family.js has the same
# pattern.
TO_RING = re.compile(
    r"(?<!\d)(11[09]|12[02]|12\d{3}|1\d\d[\s-]?\d{4}[\s-]?\d{4}|0\d{2,3}-\d{7,8})(?!\d)"
)
# Characters of one recording: two and a half minutes in the slow voice (uploads.rules.VOICE_SECONDS is
# three).
PIECE_CHARS = 400
ENDS = "。！？；.!?\n"
SENTENCES_KEPT = 128  # about 40 kB each, in one web process

log = structlog.get_logger(__name__)


@cache
def program() -> str | None:
    return shutil.which("espeak-ng")


def can_speak(language: str) -> bool:
    return language in VOICES and program() is not None


@lru_cache(maxsize=SENTENCES_KEPT)
def spoken(sentence: str, language: str) -> dict[str, bytes]:
    """Return one of our own sentences spoken, and keep it for the next request."""
    return spoken_once(sentence, language)


def spelled(words: str) -> str:
    """Return the text as a voice should read it: nobody can dial "twelve thousand"."""
    return TO_RING.sub(lambda number: " ".join(re.sub(r"\D", "", number[0])), words)


def pieces(words: str) -> list[str]:
    """Cut the text at the ends of sentences, so that each piece is one recording."""
    found: list[str] = []
    rest = words.strip()
    while len(rest) > PIECE_CHARS:
        head = rest[:PIECE_CHARS]
        cut = max(head.rfind(end) for end in ENDS) + 1 or PIECE_CHARS
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*filter(None, found), rest] if rest else found


def spoken_once(sentence: str, language: str) -> dict[str, bytes]:
    """Return content type → bytes, Opus and AAC. Raises BadUpload if the program or the encoder fails."""
    command = [program() or "espeak-ng", "-v", VOICES[language], "-s", WORDS_PER_MINUTE]
    try:
        done = subprocess.run(
            [*command, "--stdin", "--stdout"],
            input=spelled(sentence).encode(),
            capture_output=True,
            env={},
            timeout=SECONDS_AT_MOST,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as failure:
        log.warning("read_aloud_failed", why=type(failure).__name__)
        raise bad_upload(Trouble.VOICE_BROKEN) from None
    return dict(remake_voice(ContentFile(done.stdout)).contents)

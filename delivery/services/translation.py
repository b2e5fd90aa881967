"""Machine translation, by a service that speaks LibreTranslate's JSON.

It is off if settings.TRANSLATION_URL is empty. Call it outside any transaction.
https://docs.libretranslate.com/api/operations/translate/
"""

from django.conf import settings

from delivery.channels.http import parsed, request
from delivery.services.answers import host_of, words_in

# Our codes → LibreTranslate's codes.
CODES = {"zh-hans": "zh", "en": "en"}
TIMEOUT_SECONDS = 20.0  # a small server needs this for a long notice
# A longer translation means a model that repeats itself: a Chinese character is some four letters of English.
LONGER_TIMES = 8
LONGER_CHARS = 200


def is_offered() -> bool:
    return bool(settings.TRANSLATION_URL)


def name() -> str:
    return host_of(settings.TRANSLATION_URL)


def translated(texts: list[str], source: str, target: str) -> list[str]:
    """POST /translate for each text and return the translations. Raises a Failure."""
    body = {"source": CODES.get(source, source), "target": CODES.get(target, target)}
    body |= {"format": "text"}
    if settings.TRANSLATION_KEY:
        body["api_key"] = settings.TRANSLATION_KEY
    found = []
    for text in texts:
        url = f"{settings.TRANSLATION_URL}/translate"
        said = parsed(request("POST", url, TIMEOUT_SECONDS, json=body | {"q": text}))
        most_chars = LONGER_TIMES * len(text) + LONGER_CHARS
        found.append(words_in(said, "translatedText", most_chars))
    return found

"""The text of a lesson that a machine reads aloud."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from uploads.speaking import pieces


def said(text: Mapping[str, Any], language: str) -> list[str]:
    """Return every piece that the family's page (learning/family/lesson.html) can read aloud.

    These are the text to hear, the one thing of the week, and the question. A test compares page and list.
    """
    with translation.override(language):
        first = f"{_('Hear it first')} {_('about two minutes')}"
        parts = [
            [first, *text["heard"]],
            [_("One small thing this week"), text["week"]],
            [_("Was it useful to you?")],
        ]
    lines = ("\n".join(" ".join(line.split()) for line in part) for part in parts)
    return [piece for one in lines for piece in pieces(one)]


def digest_of(words: str, language: str) -> str:
    return sha256(f"{language}\n{words}".encode()).hexdigest()

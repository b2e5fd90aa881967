"""What is said of a lesson where a machine reads it aloud."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from uploads.speaking import pieces


def said(text: Mapping[str, Any], language: str) -> list[str]:
    """Every piece that the ears of the family's page (learning/family/lesson.html) have: what is to be heard,
    the one thing of the week, the question. A test holds page and list together.
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

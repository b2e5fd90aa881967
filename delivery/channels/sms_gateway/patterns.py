"""Patterns that an administrator types, run on what a gateway answers, in the worker that all schools share.

RE2 runs in time linear to the text, whatever the pattern says; it has neither back references nor looking
ahead or behind. https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any

import re2
from django.utils.translation import gettext as _

CHARS_AT_MOST = 200  # characters of a pattern
MEMORY_BYTES = 1 << 20  # bytes of one compiled pattern: "((a{100}){100}){100}" wants far more


@lru_cache(maxsize=256)
def _compiled(rule: str) -> Any:
    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.log_errors = False  # the administrator reads them
    return re2.compile(rule, options)


def finds(rule: str, text: str) -> bool:
    """False also where the rule cannot be read: nothing is taken for sent, or for refused, by mistake."""
    try:
        return _compiled(rule).search(text) is not None
    except (re2.error, UnicodeError):
        return False


def literally(text: str) -> str:
    return re2.escape(text)


def problem_of(rule: str) -> str:
    """Why it cannot be used, in words for the administrator; empty where it can."""
    if len(rule) > CHARS_AT_MOST:
        return _("At most %(count)d characters.") % {"count": CHARS_AT_MOST}
    try:
        _compiled(rule)
    except (re2.error, UnicodeError):
        return _(
            "This pattern cannot be read. It is written as for RE2: without references back, without looking "
            "ahead or behind."
        )
    return ""

"""Patterns that an administrator types. A worker shared by all schools runs them on a gateway's answers.

RE2 runs in time linear to the text, whatever the pattern says; it has no back references and no look-around.
https://github.com/google/re2/wiki/Syntax
"""

from functools import lru_cache
from typing import Any

import re2
from django.utils.translation import gettext as _

CHARS_AT_MOST = 200  # characters of a pattern
MEMORY_BYTES = 1 << 20  # bytes of one compiled pattern: "((a{100}){100}){100}" needs far more


@lru_cache(maxsize=256)
def _compiled(rule: str) -> Any:
    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.log_errors = False  # the administrator sees them
    return re2.compile(rule, options)


def finds(rule: str, text: str) -> bool:
    """Search. Return False also if the pattern cannot be read: then nothing counts as sent, or refused, by
    mistake.
    """
    try:
        return _compiled(rule).search(text) is not None
    except (re2.error, UnicodeError):
        return False


def literally(text: str) -> str:
    return re2.escape(text)


def problem_of(rule: str) -> str:
    """Return why we cannot use it, in words for the administrator; "" if we can."""
    if len(rule) > CHARS_AT_MOST:
        return _("At most %(count)d characters.") % {"count": CHARS_AT_MOST}
    try:
        _compiled(rule)
    except (re2.error, UnicodeError):
        return _(
            "We cannot read this pattern. Write it for RE2: no back references, no look-ahead, no "
            "look-behind."
        )
    return ""

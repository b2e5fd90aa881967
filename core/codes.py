"""Codes as people type and paste them: one way to clean them for every field."""

import unicodedata
from typing import Any

from django import forms


def clean_code(typed: object) -> str:
    """Return letters and digits alone, in capitals: without spaces, hyphens and signs that cannot be seen,
    and with the full-width forms of a Chinese input method (１２３ Ａ) as plain ones.
    """
    written = unicodedata.normalize("NFKC", "" if typed is None else str(typed))
    return "".join(one for one in written if one.isalnum()).upper()


def clean_digits(typed: object) -> str:
    """Return the digits of what was typed, also of a whole message that was pasted."""
    return "".join(one for one in clean_code(typed) if one.isdecimal() and one.isascii())


class CodeField(forms.CharField):
    """A code whose lengths and validators look at what is left after cleaning."""

    def to_python(self, value: Any) -> str:
        return clean_code(super().to_python(value))

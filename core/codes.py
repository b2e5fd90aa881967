"""Codes as people type and paste them, cleaned in one way for every field."""

import unicodedata
from typing import Any

from django import forms


def clean_code(typed: object) -> str:
    """Return only letters and digits, in capitals: spaces, hyphens and invisible characters are removed, and
    the full-width forms of a Chinese input method (１２３ Ａ) become plain ones.
    """
    written = unicodedata.normalize("NFKC", "" if typed is None else str(typed))
    return "".join(one for one in written if one.isalnum()).upper()


def clean_digits(typed: object) -> str:
    """Return the digits of what was typed, even from a whole message that was pasted."""
    return "".join(one for one in clean_code(typed) if one.isdecimal() and one.isascii())


class CodeField(forms.CharField):
    """A code whose lengths and validators apply to the cleaned text."""

    def to_python(self, value: Any) -> str:
        return clean_code(super().to_python(value))

"""Two people, or two tabs, at one text: nobody replaces what they have not seen, and nothing typed is lost.

A form carries the version with which it began. The action compares it under the row's lock
(`refuse_unseen`), and the form asks (`AsksToReplace`).
"""

from hashlib import blake2s
from typing import Any, Protocol, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _


class Person(Protocol):
    pk: Any

    @property
    def name(self) -> str: ...


class WrittenMeanwhile(Exception):
    """`writer` has saved `version` since the form was opened; `words` is what it says.

    `writer` is None if no record says who it was.
    """

    def __init__(self, *, version: str, writer: Person | None, words: str = "") -> None:
        super().__init__(version)
        self.version, self.writer, self.words = version, writer, words


def version_of(*values: object) -> str:
    """Return a mark of what is saved, which differs from that of anything else."""
    return blake2s(repr(values).encode(), digest_size=16).hexdigest()


def refuse_unseen(
    *,
    seen: str | None,
    there: tuple[object, ...],
    new: tuple[object, ...],
    writer: Person | None,
    words: str,
) -> None:
    """Raise WrittenMeanwhile if `there` is not what the form began with, unless it says the same as `new`.

    `seen`: the version with which the form began; without one, nothing is compared.
    """
    now = version_of(*there)
    if seen and seen != now and there != new:
        raise WrittenMeanwhile(version=now, writer=writer, words=words)


class AsksToReplace(forms.Form):
    """A form whose text somebody else may have replaced since it was opened."""

    instead_of = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    newer: WrittenMeanwhile | None = None

    def ask_to_replace(self, newer: WrittenMeanwhile, asked: Person) -> None:
        """Keep what `asked` has typed; saved once more, it replaces the newer version."""
        data = cast(QueryDict, self.data).copy()
        data["instead_of"] = newer.version
        self.data, self.newer = data, newer
        if newer.writer and newer.writer.pk == asked.pk:
            words = _(
                "You have saved another version in another tab. What you wrote here is below and is not saved"
                " yet."
            )
        else:
            words = _(
                "%(name)s has saved another version in the meantime. What you wrote is below and is not saved"
                " yet."
            ) % {"name": newer.writer.name if newer.writer else _("Somebody")}
        self.add_error(None, words)
